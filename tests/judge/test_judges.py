"""Each outside judge finds what was planted for it, and the sound mail passes it. Slow: they are whole programs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.judge import pages, planting, workshop
from tests.judge.__main__ import main
from tests.judge.planting import letter, sound, with_part, with_raw
from tests.judge.session import JUDGES, Case, ask
from tests.judge.spam import spam
from tests.judge.specimen import Specimen
from tests.judge.verdict import Broken, Finding, Missing

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("judges")]

BODY_END = "</body>"
NARROW = "display:inline-block;width:50px;overflow-wrap:anywhere"
FOOT = '<td class="foot"'
CELL = '<table><tr><th>Time</th></tr><tr><td style="width:30px;word-break:break-all">minutes</td></tr></table>'
TABLE = (
    "<table><tr><th>"
    + "</th><th>".join(("Selbstverständlichkeiten", "Verantwortungsbewusstsein") * 2)
    + "</th></tr></table>"
)
Judge = Callable[[Sequence[Specimen], Path], list[Finding]]


def vnu(mails: Sequence[Specimen], room: Path) -> list[Finding]:
    return pages.vnu(mails, room, whole=False)


def caniemail(mails: Sequence[Specimen], room: Path) -> list[Finding]:
    return pages.caniemail(mails, room, whole=False)


def spamassassin(mails: Sequence[Specimen], room: Path) -> list[Finding]:
    return spam(mails, room)[1]


@pytest.fixture
def asked(tmp_path: Path) -> Callable[[Judge, Specimen], list[Finding]]:
    """Asks a judge about one mail; skips, saying why, where the judge cannot be had."""

    def ask_one(judge: Judge, mail: Specimen) -> list[Finding]:
        try:
            return judge([mail], tmp_path)
        except Missing as why:
            if isinstance(why, Broken):
                raise
            pytest.skip(f"no judge: {why}")

    return ask_one


def planted(html: str) -> Specimen:
    """The sound lesson with `html` at its end."""
    return with_part("html", BODY_END, html + BODY_END)


def sheet(css: str) -> Specimen:
    """The sound lesson with one more style sheet."""
    return with_part("html", "</head>", f"<style>{css}</style></head>")


def within(element: str, style: str) -> Specimen:
    """The sound lesson with a box of that style around all that the element holds."""
    html = letter().mail.html
    start = html.index(">", html.index(element)) + 1
    end = html.index("</td>", start)
    boxed = f'<div style="{style}">{html[start:end]}</div>'
    return sound(replace(letter(), mail=replace(letter().mail, html=html[:start] + boxed + html[end:])))


def shouting() -> Specimen:
    """A mail nobody has asked for."""
    spam_words = (
        "CONGRATULATIONS!!! You have WON $1,000,000 USD in the INTERNATIONAL LOTTERY. Viagra Cialis, 100% FREE, "
        "no obligation, act now, click below, dear friend, risk free, confidential, next of kin, transfer of funds. "
    ) * 8
    one = letter()
    mail = replace(one.mail, subject="URGENT!!! YOU HAVE WON $1,000,000 CASH!!!", text=one.mail.text + spam_words)
    return sound(replace(one, mail=replace(mail, html=mail.html.replace(BODY_END, f"<p>{spam_words}</p>{BODY_END}"))))


@pytest.mark.parametrize("judge", [vnu, caniemail, pages.axe, spamassassin], ids=lambda judge: judge.__name__)
def test_a_sound_mail_passes(judge: Judge, asked: Callable[[Judge, Specimen], list[Finding]]) -> None:
    assert asked(judge, sound()) == []


@pytest.mark.parametrize(
    ("judge", "wrong", "words"),
    [
        (vnu, lambda: planted('<img src="https://x.example/a.png" width="9" height="9">'), "alt"),
        (vnu, lambda: planted("<center>old</center>"), "obsolete"),
        (vnu, lambda: planted("<p><div>in a paragraph</div></p>"), "“p”"),
        (vnu, lambda: planted('<p style="colour: red">a typing error in CSS</p>'), "colour"),
        (vnu, lambda: planted('<table summary="x"><tr><td>a warning not in the baseline</td></tr></table>'), "summary"),
        (caniemail, lambda: planted('<p style="display:grid; gap: 9px">grid</p>'), "not in caniemail.txt"),
        (caniemail, lambda: planted("<video></video>"), "not in caniemail.txt"),
        (pages.axe, lambda: planted('<p style="color:#bbbbbb;background:#ffffff">faint</p>'), "color-contrast"),
        (pages.axe, lambda: planted('<div style="width:900px">wide</div>'), "scrolls sideways"),
        (pages.axe, lambda: planted('<img src="https://x.example/a.png" alt="">'), "asks for https://x.example/a.png"),
        (pages.axe, lambda: planted('<img src="https://x.example/a.png">'), "image-alt"),
        (pages.axe, lambda: planted('<a href="https://x.example" style="display:inline-block">low</a>'), "a finger"),
        (pages.axe, lambda: planted(f'<a href="https://x.example" style="{NARROW}">Unsubscribing</a>'), "broken"),
        (pages.axe, lambda: within(FOOT, "max-height:0;overflow:hidden"), 'seen: "Unsubscribe from this'),
        (pages.axe, lambda: within(FOOT, "height:1px;overflow:hidden"), 'cannot be seen: "Springfield, VT 05156, USA"'),
        (pages.axe, lambda: sheet(".reflection{display:none}"), "When did you last listen to the end?"),
        (pages.axe, lambda: sheet(".way{visibility:hidden}"), "Earlier lessons"),
        (pages.axe, lambda: sheet(".foot p{position:absolute;left:-9999px}"), "You get this email because"),
        (pages.axe, lambda: sheet(".solo{font-size:1px!important;line-height:1px!important}"), "on your own"),
        (pages.axe, lambda: sheet(".preheader{display:block!important;max-height:none!important}"), "the preheader is"),
        (pages.axe, lambda: planted(TABLE), "scrolls sideways"),
        (pages.axe, lambda: planted(CELL), '"minutes" is broken in its cell'),
        (spamassassin, shouting, "under 1.0 is wanted"),
        (spamassassin, lambda: with_raw(b"\r\nSubject: Day", b"\r\nSubject: Night"), "the signature does not count"),
    ],
)  # fmt: skip
def test_what_was_planted_is_found(
    judge: Judge, wrong: Callable[[], Specimen], words: str, asked: Callable[[Judge, Specimen], list[Finding]]
) -> None:
    found = asked(judge, wrong())
    assert any(words in f"{finding.place} {finding.what}" for finding in found), found


def test_faint_text_in_the_dark_alone_is_found(asked: Callable[[Judge, Specimen], list[Finding]]) -> None:
    dark = "<style>@media (prefers-color-scheme: dark) { .x { color: #333333 !important } }</style>"
    mail = with_part("html", "</head>", f"{dark}</head>")
    html = mail.html.replace("<h1", '<h1 class="x"', 1)
    one = letter()
    mail = sound(replace(one, mail=replace(one.mail, html=html)))
    found = [finding.place for finding in asked(pages.axe, mail) if "color-contrast" in finding.what]
    assert found
    assert all(place.startswith("dark") for place in found)


def test_a_judge_that_is_not_here_is_reported_and_not_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(workshop, "_may_install", lambda: False)
    monkeypatch.setattr(workshop, "CACHE", tmp_path / "cache")
    case = Case((), (sound(),), tmp_path, planting.NOW)
    for name in ("vnu", "caniemail", "axe", "spamassassin"):
        verdict = ask(name, case)
        assert verdict.word == "MISSING"
        assert "install" in verdict.missing


def test_a_judge_that_does_not_exist_is_named_with_those_that_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["astrologer"]) == 2
    said = capsys.readouterr().err
    assert "astrologer" in said
    assert all(name in said for name in JUDGES)
