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
_STYLED = re.compile(r"""<([a-z][a-z0-9]*)\b[^>]*?\sstyle=(?:"([^"]*)"|'([^']*)')""")
_UNKNOWN_TO_WORD = (
    "border-radius", "max-width", "max-height", "min-width", "overflow", "overflow-wrap", "white-space",
    "background-image", "opacity", "-webkit-text-size-adjust",
)  # fmt: skip
# A browser indents lists by padding where nobody says otherwise; Word by the margin alone.
_LISTS = "<style>ul, ol { padding: 0 }</style></head>"
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
    pictures: bool = True  # whether the program has been told to show them


def _as_it_is(mail: Specimen) -> str:
    return mail.html


def stripped(mail: Specimen) -> str:
    """Without its style sheets, as Gmail shows it to other providers' accounts."""
    return _STYLE.sub("", mail.html)


def _inverted(mail: Specimen) -> str:
    return mail.html.replace("</head>", _INVERTED, 1)


def word(mail: Specimen) -> str:
    """As Word's engine reads it, near enough: conditional comments open, and no property it does not know."""
    page = _NOT_FOR_WORD.sub("", mail.html)
    # Odd pieces are what the comments hold, with a style sheet that is Word's own.
    pieces = [piece if at % 2 else _STYLE.sub("", piece) for at, piece in enumerate(_CONDITIONAL.split(page))]
    return _STYLED.sub(_as_word_reads, "".join(pieces)).replace("</head>", _LISTS, 1)


def _as_word_reads(found: re.Match[str]) -> str:
    style = found[2] if found[2] is not None else found[3]
    kept = [one for one in style.split(";") if _known_to_word(found[1], one)]
    return found[0].replace(style, ";".join(kept))


def _known_to_word(tag: str, declaration: str) -> bool:
    """Word pads cells only, and of display it knows `none`."""
    name, _, value = (part.strip().lower() for part in declaration.partition(":"))
    if name.startswith("padding"):
        return tag in ("td", "th")
    return value.startswith("none") if name == "display" else name not in _UNKNOWN_TO_WORD


def _plain(mail: Specimen) -> str:
    return _PLAIN.format(escape(mail.text))


VIEWS = (
    View("light", 760, "light", _as_it_is),
    View("dark", 760, "dark", _as_it_is),
    View("phone", 390, "light", _as_it_is),
    View("phone-dark", 390, "dark", _as_it_is, pictures=False),
    View("320", 320, "light", _as_it_is),
    View("stripped", 390, "light", stripped, pictures=False),
    View("inverted", 390, "light", _inverted),
    View("word", 760, "light", word, pictures=False),
    View("text", 720, "light", _plain),
)
