"""The wrong mails, each with the rule of ours that must find it: a table to read and to add to; no tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tests.judge import planting
from tests.judge.planting import letter, notice, sound, with_part, with_raw
from tests.judge.specimen import Specimen

BODY_END = "</body>"
SHOWN_END = "</div>\n</body>"  # within what is looked at
MARGIN, INK = "margin:0 0 9px", "color:#000000;font-family:serif"
WAY = b"List-Unsubscribe: <https://x.example>\r\n"
SECOND_WAY = b"\r\n" + WAY + b"List-Unsubscribe: "
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
    ("H6", lambda: with_raw(b"<small-steps.lists", b"<other.lists")),
    ("H7", lambda: with_raw(b"Feedback-ID: ", b"Feedback-ID: x:")),
    ("H8", lambda: with_raw(b"Precedence: bulk\r\n", b"")),
    ("H8", lambda: with_raw(b"Auto-Submitted: auto-generated\r\n", b"", sound(notice()))),
    ("H12", lambda: with_raw(b"text/plain", b"text/html")),
    ("U1", lambda: with_raw(b"\r\nList-Unsubscribe: ", SECOND_WAY)),
    ("U1", lambda: with_raw(b"List-Unsubscribe: <https:", b"List-Unsubscribe: <http:")),
    ("U2", lambda: with_raw(b"=One-Click", b"=one-click")),
    ("U3", lambda: with_raw(b"\r\nSubject: Day", b"\r\nSubject: Night")),
    ("U1", lambda: with_raw(b"/one-click/k3v9", b"/one-click/q3v9")),
    ("U1", lambda: with_raw(b"/decline-now/", b"/decline/", sound(notice()))),
    ("U1", lambda: with_raw(b"List-Unsubscribe:", b"X-Unsubscribe:", sound(notice()))),
    ("U1", lambda: with_raw(b"MIME-Version", WAY + b"MIME-Version", sound(letter("left")))),
    ("U1", lambda: with_raw(b"?subject=k3v9", b"?subject=q3v9", sound(planting.mailed()))),
    ("U1", lambda: with_raw(b">,\r\n <mailto:", b">,\r\n <https:", sound(planting.mailed()))),
    ("U1", lambda: replace(sound(planting.mailed()), mailto="")),
    ("B1", lambda: with_part("html", BODY_END, "x " * 50_000 + BODY_END)),
    ("B1", lambda: with_part("html", "<h1", f"<p>{'x ' * 9_000}</p><h1")),
    ("B2", lambda: with_part("html", "display:none;max-height:0;overflow:hidden", "max-height:0;overflow:hidden")),
    ("B2", lambda: with_part("html", "display:none;max-height:0;overflow:hidden", "display:none")),
    ("B2", lambda: with_part("html", planting.LESSON.preheader, "Other words than the author's for the list of mails")),
    ("B2", lambda: with_part("text", planting.LESSON.subject[7:].upper(), planting.LESSON.preheader)),
    ("B3", lambda: with_part("html", "supported-color-schemes", "x-supported")),
    ("B3", lambda: with_part("html", "prefers-color-scheme", "prefers-contrast")),
    ("B4", lambda: with_part("html", '<html lang="en"', '<html lang="fr"')),
    ("B3", lambda: with_part("html", "[data-ogsc] h1", "[data-ogsx] h1")),
    ("B3", lambda: with_part("html", "[data-ogsb] .sheet", "[data-ogsb] .shoot")),
    ("B4", lambda: with_part("html", '<html lang="en" dir="ltr"', '<html lang="en" dir="rtl"')),
    ("B4", lambda: with_part("html", '<div lang="en" dir="ltr"', '<div lang="en"')),
    ("B4", lambda: in_hebrew('<html lang="he" dir="rtl"', '<html lang="he" dir="ltr"')),
    ("B4", lambda: in_hebrew('<div lang="he" dir="rtl"', '<div lang="he" dir="ltr"')),
    ("B4", lambda: in_hebrew(' dir="ltr"', "")),
    ("B4", lambda: in_hebrew("--DC.RECIPIENT--", "<--DC.RECIPIENT-->", "text")),
    ("B4", lambda: with_part("html", "<h1", "<h1>Twice</h1><h1")),
    ("B4", lambda: with_part("html", ' role="presentation"', "")),
    ("B4", lambda: with_part("html", BODY_END, f'<p style="font-size: 11px">small</p>{BODY_END}')),
    ("B5", lambda: with_part("html", BODY_END, f"<script>1</script>{BODY_END}")),
    ("B5", lambda: with_part("html", BODY_END, f'<p onclick="x()">x</p>{BODY_END}')),
    ("B5", lambda: with_part("html", BODY_END, f'<p style="background:url(https://x.example)">x</p>{BODY_END}')),
    *(("B6", planted) for planted in (
        lambda: with_part("html", SHOWN_END, f"<p>bare</p>{SHOWN_END}"),
        lambda: with_part("html", SHOWN_END, f'<p style="color:#000000">no margin</p>{SHOWN_END}'),
        lambda: with_part("html", SHOWN_END, f'<h3 style="{MARGIN};color:red;font-size:17px">font</h3>{SHOWN_END}'),
        lambda: with_part("html", SHOWN_END, f'<ul style="color:#000000"><li style="{MARGIN}">x</li></ul>{SHOWN_END}'),
        lambda: with_part("html", SHOWN_END, f'<blockquote style="{MARGIN}">its colour</blockquote>{SHOWN_END}'),
        lambda: with_part("html", SHOWN_END, f'<pre style="{INK};white-space:pre-wrap">its ground</pre>{SHOWN_END}'),
        lambda: with_part("html", SHOWN_END, f"<table><tr><td>a cell inherits nothing</td></tr></table>{SHOWN_END}"),
        lambda: with_part("html", 'class="sheet" style=', 'class="sheet" title='),
    )),
    ("B6", lambda: with_part("html", "</style>", "p { color: red } " * 1100 + "</style>")),
    ("B7", lambda: with_part("text", "Springfield", "Shelbyville")),
    ("B7", lambda: with_part("html", "--DC.RECIPIENT--", "you")),
    ("B7", lambda: with_part("html", "This is for safe homes", "This is for any homes")),
    *(("B7", lambda how=how: with_part("html", 'class="reflection" style="', f'class="reflection" style="{how};'))
      for how in ("display:none", "visibility:hidden", "max-height:0", "font-size:0", "opacity:0")),
    ("H12", lambda: with_part("text", "up to 5", "")),
    ("H12", lambda: with_part("text", "This is for safe homes.", "")),
    ("H12", lambda: with_part("html", "Small Steps", "Small, Steps and Co")),
    ("H12", lambda: with_part("html", "Most people remember", "Many people remember")),
    ("Word", lambda: with_part("html", "mso-hide:all", "mso-hide:none")),
    ("Word", lambda: with_part("html", ".press,.ghost{padding:11px 22px}", "")),
    ("Word", lambda: with_part("html", SHOWN_END, f'<div style="padding:22px 0 0">a gap</div>{SHOWN_END}')),
    ("Word", lambda: with_part("html", SHOWN_END, f'<ol style="margin:0 0 9px;padding-left:24px"></ol>{SHOWN_END}')),
    ("List-Id", lambda: with_raw(b"List-Id: Small steps", b"List-Id: Her steps")),
    ("Feedback-ID", lambda: with_raw(b":small-steps:", b":saving-a-marriage:")),
    ("Subject", lambda: with_raw(b"Subject: Day 1: ", b"Subject: =?utf-8?q?Divorce?= ")),
    ("text", lambda: with_part("html", BODY_END, f'<a href="https://example.org/page?a=1&amp;b=2">More</a>{BODY_END}')),
    ("HTML", lambda: with_part("text", "https://example.org/page?a=1", "https://example.org/page?a=2")),
    ("HTML", lambda: swapped("html", ">Done<", ">Not today<")),
    ("text", lambda: swapped("text", "\nDone\n", "\nNot today\n")),
    ("HTML", lambda: swapped("html", "--DC.LEAVE_URL--", "--DC.ME_URL--")),
    ("text", lambda: swapped("text", "--DC.LEAVE_URL--", "--DC.ME_URL--")),
    ("HTML", lambda: with_part("html", "/not-today/", "/done/")),
    ("text", lambda: with_part("text", "a page about it [1]", "a page [1] about it")),
    ("link", lambda: with_part("html", BODY_END, f'<a href="http://example.org/">Example</a>{BODY_END}')),
    ("link", lambda: with_part("html", "https://example.org/page", "https://click.example.net/?to=https://example.org/page")),
    ("link", lambda: with_part("html", ">a page about it<", ">click here<")),
    ("link", lambda: with_part("html", ">a page about it<", "> <")),
    ("picture", lambda: with_part("html", BODY_END, PIXEL + BODY_END)),
]  # fmt: skip


def in_hebrew(old: str, new: str, part: str = "html") -> Specimen:
    """A Hebrew lesson with other words."""
    return with_part(part, old, new, planting.in_hebrew())


def swapped(part: str, one: str, other: str) -> Specimen:
    """The lesson with these two in each other's places."""
    found = getattr(letter().mail, part)
    assert one in found
    assert other in found
    turned = found.replace(one, "\0").replace(other, one).replace("\0", other)
    return sound(replace(letter(), mail=replace(letter().mail, **{part: turned})))
