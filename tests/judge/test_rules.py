"""The judges that are our own rules: a sound mail passes each, and each wrong one is found by the rule it breaks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.judge import planting
from tests.judge.baseline import FOLDER, compare, read_baseline
from tests.judge.body import BODY_RULES
from tests.judge.hostile import attempts, smuggled
from tests.judge.links import links
from tests.judge.mails import for_everybody
from tests.judge.pages import misses
from tests.judge.planting import letter, notice, sound, with_head, with_part, with_raw
from tests.judge.raw import HEAD_RULES, signature
from tests.judge.session import agreement, by_rules, steady
from tests.judge.spam import weighed
from tests.judge.specimen import Specimen
from tests.judge.verdict import Finding, Verdict, exit_code, table
from tests.judge.weight import weight

RULES = (*HEAD_RULES, signature, *BODY_RULES, links, weight)
BODY_END = "</body>"
SECOND_WAY = b"\r\nList-Unsubscribe: <https://x.example>\r\nList-Unsubscribe: "
PIXEL = '<img src="https://x.example/o.gif" width="1" height="1" alt="">'

#: (the rule that must find it, a wrong mail)
PLANTED: list[tuple[str, Callable[[], Specimen]]] = [
    ("H1", lambda: with_raw(b"\r\nSubject:", b"\r\nX-Subject:")),
    ("H1", lambda: with_raw(b"\r\nTo:", b"\r\nTo: x@evil.example.net\r\nTo:")),
    ("H1", lambda: with_raw(b"\r\nTo:", b"\r\nBcc: x@evil.example.net\r\nTo:")),
    ("H1", lambda: with_raw(b"\r\nTo: Anne", b"\r\nTo: x@evil.example.net, Anne")),
    ("H2", lambda: with_raw(b"\r\n", b"\n")),
    ("H2", lambda: with_raw(b"\r\nX-Auto", b"\r\nX-Long: " + b"y" * 1000 + b"\r\nX-Auto")),
    ("H2", lambda: with_raw(b"\r\nX-Auto", b"\r\nX-Long: " + b"y " * 60 + b"\r\nX-Auto")),
    ("H3", lambda: with_raw(b"List-Unsubscribe: <", b"List-Unsubscribe: =?utf-8?q?=3C?= <")),
    ("H3", lambda: with_raw(b"\r\nSubject: ", b"\r\nSubject: =?utf-8?q?" + b"y" * 70 + b"?=")),
    ("H3", lambda: with_raw(b'\r\nSubject: ', b'\r\nSubject: "=?utf-8?q?y?=" ')),
    ("H3", lambda: with_raw(b"\r\nSubject: ", b"\r\nSubject: =?utf-8?x ")),
    ("H4", lambda: with_raw(b"\r\nSubject: ", b"\r\nSubject: \xc3\xa9")),
    ("H4", lambda: with_raw(b"quoted-printable", b"8bit")),
    ("H4", lambda: with_raw(b'"utf-8"', b'"latin-1"')),
    ("H5", lambda: with_raw(b"+0000", b"GMT")),
    ("H5", lambda: with_raw(b"28 Sep 2026", b"29 Sep 2026")),
    ("H5", lambda: with_raw(b"@course.example.com>\r\nMIME", b"@other.example.com>\r\nMIME")),
    ("H6", lambda: with_head(list_id="other.lists.course.example.com")),
    ("H7", lambda: with_raw(b"Feedback-ID: ", b"Feedback-ID: x:")),
    ("H8", lambda: with_raw(b"Precedence: bulk\r\n", b"")),
    ("H8", lambda: with_raw(b"Auto-Submitted: auto-generated\r\n", b"", sound(notice()))),
    ("H12", lambda: with_raw(b"text/plain", b"text/html")),
    ("U1", lambda: with_raw(b"\r\nList-Unsubscribe: ", SECOND_WAY)),
    ("U1", lambda: with_raw(b"List-Unsubscribe: <https:", b"List-Unsubscribe: <http:")),
    ("U2", lambda: with_raw(b"=One-Click", b"=one-click")),
    ("U3", lambda: with_raw(b"\r\nSubject: Day", b"\r\nSubject: Night")),
    ("B1", lambda: with_part("html", BODY_END, "x " * 50_000 + BODY_END)),
    ("B2", lambda: with_part("html", planting.LESSON.preheader, "Other words than the author's for the list of mails")),
    ("B2", lambda: with_part("text", planting.LESSON.subject[7:].upper(), planting.LESSON.preheader)),
    ("B3", lambda: with_part("html", "supported-color-schemes", "x-supported")),
    ("B3", lambda: with_part("html", "prefers-color-scheme", "prefers-contrast")),
    ("B4", lambda: with_part("html", '<html lang="en"', '<html lang="fr"')),
    ("B4", lambda: with_part("html", "<h1", "<h1>Twice</h1><h1")),
    ("B4", lambda: with_part("html", ' role="presentation"', "")),
    ("B4", lambda: with_part("html", BODY_END, f'<p style="font-size: 11px">small</p>{BODY_END}')),
    ("B5", lambda: with_part("html", BODY_END, f"<script>1</script>{BODY_END}")),
    ("B5", lambda: with_part("html", BODY_END, f'<p onclick="x()">x</p>{BODY_END}')),
    ("B5", lambda: with_part("html", BODY_END, f'<p style="background:url(https://x.example)">x</p>{BODY_END}')),
    ("B6", lambda: with_part("html", BODY_END, f"<p>bare</p>{BODY_END}")),
    ("B6", lambda: with_part("html", "</style>", "p { color: red } " * 1100 + "</style>")),
    ("B7", lambda: with_part("text", "Springfield", "Shelbyville")),
    ("B7", lambda: with_part("html", "--DC.RECIPIENT--", "you")),
    ("text", lambda: with_part("html", BODY_END, f'<a href="https://example.org/page?a=1&amp;b=2">More</a>{BODY_END}')),
    ("HTML", lambda: with_part("text", "https://example.org/page?a=1", "https://example.org/page?a=2")),
    ("link", lambda: with_part("html", BODY_END, f'<a href="http://example.org/">Example</a>{BODY_END}')),
    ("link", lambda: with_part("html", "https://example.org/page", "https://click.example.net/?to=https://example.org/page")),
    ("link", lambda: with_part("html", ">a page about it<", ">click here<")),
    ("link", lambda: with_part("html", ">a page about it<", "> <")),
    ("picture", lambda: with_part("html", BODY_END, PIXEL + BODY_END)),
]  # fmt: skip


def rules_broken(mail: Specimen) -> set[str]:
    """The rules that say anything."""
    return {finding.place for finding in by_rules(RULES, [mail])}


def test_a_sound_mail_passes_every_rule() -> None:
    assert by_rules(RULES, [sound(), sound(notice())]) == []


@pytest.mark.parametrize(("rule", "wrong"), PLANTED, ids=[f"{rule}-{at}" for at, (rule, _) in enumerate(PLANTED)])
def test_a_wrong_mail_is_found_by_the_rule_it_breaks(rule: str, wrong: Callable[[], Specimen]) -> None:
    assert rule in rules_broken(wrong())


def test_a_heavy_mail_is_found_before_it_is_clipped() -> None:
    wrong = with_part("html", BODY_END, "x " * 10_000 + BODY_END)
    assert [each.place for each in by_rules([weight], [wrong])] == ["HTML"]


def test_a_mail_that_long_values_would_clip_is_found() -> None:
    assert [place for place, _ in weight(replace(sound(), longest_html=b"x" * 90_001))] == ["HTML"]


def test_no_name_writes_more_than_its_own_header() -> None:
    everybody = list(for_everybody(letter(), planting.NOW))
    assert by_rules((*HEAD_RULES, smuggled), everybody) == []
    assert agreement(everybody) == []


def test_a_name_that_reaches_another_header_or_the_body_is_found() -> None:
    for wrong in (
        with_raw(b"\r\nTo:", b"\r\nCc: x@evil.example.net\r\nTo:"),
        with_part("html", BODY_END, f"evil.example.net{BODY_END}"),
    ):
        assert list(smuggled(wrong))


def test_addresses_and_values_with_line_ends_are_refused() -> None:
    assert [*attempts(letter(), planting.NOW), *attempts(notice(), planting.NOW)] == []


def test_lists_that_differ_within_a_course_and_ids_that_do_not_are_found() -> None:
    other = with_head(list_id="small-steps.other.example.com")
    assert [each.place for each in steady([sound(), other])] == ["H5", "H6"]


def test_feedback_ids_that_tell_recipients_apart_are_found() -> None:
    assert [each.place for each in agreement([sound(), with_head(feedback_id="a:b:c:anne-doe")])] == ["H7"]


def test_a_baseline_needs_a_reason_in_each_line(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text("# remark\n\na miss :: known since 2007\nanother ::\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"x\.txt:4: .* no reason"):
        read_baseline(path)


def test_what_is_not_in_the_baseline_and_what_is_only_there_are_both_found(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text("old :: gone since\nknown :: always so\n", encoding="utf-8")
    found = {"known": "mail 1", "new": "mail 2"}
    assert [(each.mail, each.place) for each in compare(found, path)] == [("mail 2", "new"), ("x.txt", "old")]
    assert [each.place for each in compare(found, path, whole=False)] == ["new"]


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.txt")), ids=lambda path: path.name)
def test_the_shipped_baselines_have_a_reason_in_each_line(path: Path) -> None:
    assert all(len(reason) > 10 for reason in read_baseline(path).values())


def test_misses_are_told_by_feature_degree_and_family() -> None:
    told = [
        {"mail": "one", "support": "none", "feature": "gap", "client": "outlook.windows"},
        {"mail": "two", "support": "none", "feature": "gap", "client": "outlook.ios"},
        {"mail": "two", "support": "none", "feature": "gap", "client": "aol.ios"},
        {"mail": "two", "support": "partial", "feature": "gap", "client": "gmail.ios"},
    ]
    assert misses(told) == {"none gap: aol outlook": "one", "partial gap: gmail": "two"}


GOOD = dict.fromkeys(("DKIM_SIGNED", "DKIM_VALID", "DKIM_VALID_AU"), -0.1)


@pytest.mark.parametrize(
    ("score", "rules", "places"),
    [
        (-0.3, GOOD, []),
        (0.9, GOOD | {"SOME_RULE": 0.9}, []),
        (1.0, GOOD, ["score"]),
        (0.2, GOOD | {"NEW_RULE": 1.1, "OTHER": -0.9}, ["NEW_RULE"]),
        (0.0, {"DKIM_SIGNED": 0.1, "DKIM_VALID": -0.1}, ["DKIM_VALID_AU"]),
    ],
)  # fmt: skip
def test_a_score_a_rule_or_a_signature_that_does_not_count_is_found(
    score: float, rules: dict[str, float], places: list[str]
) -> None:
    assert [each.place for each in weighed({"name": "x", "score": score, "rules": rules})] == places


CLEAN = Verdict("raw", "3 mails")
FOUND = Verdict("vnu", "3 pages", (Finding("one", "line 3", "no alt"),))
MISSING = Verdict("axe", "", missing="no chromium here")


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [([CLEAN], 0), ([CLEAN, FOUND], 1), ([CLEAN, MISSING], 3), ([MISSING, FOUND, CLEAN], 1)],
)
def test_the_exit_code_tells_findings_before_missing_judges(verdicts: list[Verdict], code: int) -> None:
    assert exit_code(verdicts) == code


def test_the_table_has_a_line_for_each_judge_and_says_why_one_is_missing() -> None:
    lines = table([CLEAN, FOUND, MISSING]).splitlines()
    assert len(lines) == 5
    assert "no chromium here" in lines[4]
    assert [line.split()[-2] for line in lines[2:]] == ["clean", "FOUND", "MISSING"]
