"""The judges that are our own rules: a sound mail passes each, and each wrong one is found by the rule it breaks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from dripcourse.errors import InputError
from dripcourse.flows import letters
from dripcourse.mail.links import Links
from tests.judge import planting
from tests.judge.baseline import FOLDER, compare, read_baseline
from tests.judge.body import BODY_RULES
from tests.judge.hostile import attempts, smuggled
from tests.judge.links import links
from tests.judge.mails import for_everybody
from tests.judge.pages import misses
from tests.judge.planted import BODY_END, PLANTED, SHOWN_END
from tests.judge.planting import letter, notice, sound, with_part, with_raw
from tests.judge.raw import HEAD_RULES, signature
from tests.judge.session import agreement, by_rules, steady
from tests.judge.spam import weighed
from tests.judge.specimen import Specimen
from tests.judge.verdict import Finding, Verdict, exit_code, table
from tests.judge.views import word
from tests.judge.weight import weight

RULES = (*HEAD_RULES, signature, *BODY_RULES, links, weight)


def rules_broken(mail: Specimen) -> set[str]:
    """The rules that say anything."""
    return {finding.place for finding in by_rules(RULES, [mail])}


def test_a_sound_mail_passes_every_rule() -> None:
    notices = [
        sound(letter(template))
        for template in ("already", "confirm", "data", "erase", "left", "paused", "pick-up", "resumed")
    ]
    others = [sound(one) for one in (planting.in_hebrew(), planting.mailed(), planting.personal())]
    assert by_rules(RULES, [sound(), *others, *notices]) == []


@pytest.mark.parametrize(("rule", "wrong"), PLANTED, ids=[f"{rule}-{at}" for at, (rule, _) in enumerate(PLANTED)])
def test_a_wrong_mail_is_found_by_the_rule_it_breaks(rule: str, wrong: Callable[[], Specimen]) -> None:
    assert rule in rules_broken(wrong())


def test_what_the_engine_does_wrong_is_found_in_its_mails(monkeypatch: pytest.MonkeyPatch) -> None:
    real = Links.lesson_urls
    for wrong, rules in (
        (
            lambda self, run: (lambda leave, click, me, mail: (me, click, leave, mail))(*real(self, run)),
            {"HTML", "text", "B7"},
        ),
        (lambda self, run: tuple(url.replace("https:", "http:") for url in real(self, run)), {"link", "HTML", "text"}),
        (lambda self, run: (lambda leave, click, me, mail: (leave, me, me, mail))(*real(self, run)), {"U1"}),
    ):
        monkeypatch.setattr(Links, "lesson_urls", wrong)
        try:
            broken = rules_broken(sound())
        except InputError:  # an http link of one click is refused before it can be judged
            broken = rules
        assert rules <= broken


def test_a_notice_nobody_asked_for_that_cannot_be_left_with_one_click_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    assert rules_broken(sound(letter("pick-up"))) == set()
    monkeypatch.setattr(letters, "_OF_LIST", ())
    assert {"H6", "H7", "H8", "U1", "U2"} <= rules_broken(sound(letter("pick-up")))


def test_a_heavy_mail_is_found_before_it_is_clipped() -> None:
    wrong = with_part("html", BODY_END, "x " * 10_000 + BODY_END)
    assert [each.place for each in by_rules([weight], [wrong])] == ["HTML"]


def test_a_mail_that_long_values_would_clip_is_found() -> None:
    assert [place for place, _ in weight(replace(sound(), longest_html=b"x" * 90_001))] == ["HTML"]


def test_no_name_writes_more_than_its_own_header() -> None:
    everybody = list(for_everybody(letter(), planting.NOW))
    assert by_rules((*HEAD_RULES, smuggled), everybody) == []
    assert agreement(everybody) == []


def test_whoever_is_mentioned_writes_words_and_nothing_else() -> None:
    everybody = list(for_everybody(planting.personal(), planting.NOW))
    assert by_rules((*HEAD_RULES, *BODY_RULES, links, smuggled), everybody) == []
    marked = next(mail for mail in everybody if b"&lt;b&gt;" in mail.raw)
    assert list(smuggled(replace(marked, raw=marked.raw.replace(b"&lt;b&gt;", b"<b>"))))
    quoted = next(mail for mail in everybody if "evil.example.net" in mail.told[0])
    assert list(smuggled(with_raw(b"\r\nList-Help: ", b"\r\nList-Help: evil.example.net ", quoted)))
    assert list(smuggled(with_raw(b"<h1", b"<h1 title=3Devil.example.net", quoted)))


def test_a_name_that_reaches_another_header_or_the_body_is_found() -> None:
    for wrong in (
        with_raw(b"\r\nTo:", b"\r\nCc: x@evil.example.net\r\nTo:"),
        with_part("html", BODY_END, f"evil.example.net{BODY_END}"),
    ):
        assert list(smuggled(wrong))


def test_addresses_and_values_with_line_ends_are_refused() -> None:
    assert [*attempts(letter(), planting.NOW), *attempts(notice(), planting.NOW)] == []


def test_lists_that_differ_within_a_course_and_ids_that_do_not_are_found() -> None:
    other = with_raw(b"<small-steps.lists", b"<small-steps.other")
    assert [each.place for each in steady([sound(), other])] == ["H5", "H6"]


def test_feedback_ids_that_tell_recipients_apart_are_found() -> None:
    assert [each.place for each in agreement([sound(), with_raw(b"Feedback-ID: five", b"Feedback-ID: anne")])] == ["H7"]


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


WORD = [
    ('<div style="padding:9px;margin:1px">x</div>', '<div style="margin:1px">x</div>'),
    ('<td style="padding:9px;max-width:1px">x</td>', '<td style="padding:9px">x</td>'),
    ("<ul style='padding-left:24px; color:red'>", "<ul style=' color:red'>"),
    ('<a style="display:inline-block; color:red">', '<a style=" color:red">'),
    ('<p style="display:none">', '<p style="display:none">'),
    ('<pre style="white-space:pre-wrap">', '<pre style="">'),
    ("<style>p{color:red}</style>", ""),
    ("<!--[if mso]><style>.press{padding:9px}</style><![endif]-->", "<style>.press{padding:9px}</style>"),
    ("<!--[if !mso]><!--><p>others</p><!--<![endif]-->", ""),
]


@pytest.mark.parametrize(("written", "read"), WORD, ids=[written for written, _ in WORD])
def test_the_view_of_word_has_nothing_that_word_does_not_know(written: str, read: str) -> None:
    mail = with_part("html", SHOWN_END, written + SHOWN_END)
    assert read + SHOWN_END in word(mail)


def test_a_stale_line_of_a_baseline_asks_whether_something_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text("none display:none: gmail :: the preheader\n", encoding="utf-8")
    assert "something is gone" in compare({}, path)[0].what
