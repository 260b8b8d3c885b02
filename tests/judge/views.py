"""The ways people see a mail, each as a page to take a picture of; mail programs are approximated."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from tests.judge.specimen import Specimen

_STYLE = re.compile(r"<style\b.*?</style>", re.S)
_CONDITIONAL = re.compile(r"<!--\[if [^\]]*mso[^\]]*\]>(.*?)<!\[endif\]-->", re.S)
_NOT_FOR_WORD = re.compile(r"<!--\[if !mso\]><!-->.*?<!--<!\[endif\]-->", re.S)
_UNKNOWN_TO_WORD = re.compile(r"(?:border-radius|max-width|max-height|overflow|overflow-wrap|word-break):[^;\"']*;?\s*")
# What Gmail's app does to light mails in the dark, near enough: every colour turned over, hues kept.
_INVERTED = "<style>html { filter: invert(1) hue-rotate(180deg); background: #fff }</style></head>"
_PLAIN = """<!DOCTYPE html><meta charset="utf-8"><title>text</title>
<pre dir="auto" style="margin:16px;font:15px/1.4 monospace;white-space:pre-wrap;overflow-wrap:anywhere">{}</pre>"""


@dataclass(frozen=True)
class View:
    """One way to see a mail: its page, the window's width in pixels and the reader's colours."""

    name: str
    width: int
    scheme: str
    page: Callable[[Specimen], str]


def _as_it_is(mail: Specimen) -> str:
    return mail.html


def stripped(mail: Specimen) -> str:
    """Without its style sheets, as Gmail shows it to other providers' accounts."""
    return _STYLE.sub("", mail.html)


def _inverted(mail: Specimen) -> str:
    return mail.html.replace("</head>", _INVERTED, 1)


def word(mail: Specimen) -> str:
    """As Word's engine reads it, near enough: conditional comments open, and no property it does not know."""
    return _UNKNOWN_TO_WORD.sub("", _STYLE.sub("", _CONDITIONAL.sub(r"\1", _NOT_FOR_WORD.sub("", mail.html))))


def _plain(mail: Specimen) -> str:
    return _PLAIN.format(escape(mail.text))


VIEWS = (
    View("light", 760, "light", _as_it_is),
    View("dark", 760, "dark", _as_it_is),
    View("phone", 390, "light", _as_it_is),
    View("phone-dark", 390, "dark", _as_it_is),
    View("320", 320, "light", _as_it_is),
    View("stripped", 390, "light", stripped),
    View("inverted", 390, "light", _inverted),
    View("word", 760, "light", word),
    View("text", 720, "light", _plain),
)
