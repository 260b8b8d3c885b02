"""Escapes of Markdown, from hardly any to all there are. Which one is needed is found out by reading it back."""

from __future__ import annotations

import re
from collections.abc import Callable

Escape = Callable[[str], str]
PLACEHOLDER = re.compile(r"\{[{%#]")
_STAR = r"\*"
# A brace before a name would mention a field of the reader's (domain.mentions).
_BRACES = r"\{(?=[{%#]|[ ]*[A-Za-z][A-Za-z0-9_-]*[ ]*[|}])|(?<=\{)[{%#]"
_INLINE = r"[\\`_\[\]<>&~]"
_ALL = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|&~^=%:])")
_ALL_BUT_BARS = re.compile(r"([\\`*_{}\[\]<>()#+\-.!&~^=%:])")  # a bar in a cell is the table's affair
_LINE_START = re.compile(r"(\d{1,9})([.)])|([-+=#>{]|\*(?=\s))")
_STARS = re.compile(rf"({_STAR}|{_BRACES})")
_BRACES_ONLY = re.compile(rf"({_BRACES})")
_LIGHT = re.compile(rf"({_INLINE}|{_STAR}|{_BRACES})")
_LIGHT_BUT_STARS = re.compile(rf"({_INLINE}|{_BRACES})")
#: Above so many characters that could be markup nothing is tried: the parser's time is a product of them.
_TOO_MANY = 1_500


def ladder(text: str, stars: bool, place: str = "paragraph") -> list[tuple[Escape, Escape]]:
    """Ways to escape `text`, the lightest first: (for the start of a line, for the rest).

    `stars` leaves *emphasis* as it is typed, wherever that can be.
    """
    least = _BRACES_ONLY if stars else _STARS
    lighter = [_LIGHT_BUT_STARS, _LIGHT] if stars else [_LIGHT]
    hardest = _by(_ALL_BUT_BARS if place == "cell" else _ALL)
    steps = [(_by(least), _by(least)), *((_start(one), _by(one)) for one in (least, *lighter)), (hardest, hardest)]
    return steps if len(_ALL.findall(text)) <= _TOO_MANY else steps[-1:]


def entity(char: str) -> str:
    """The character by its number: it is no letter, no space and no mark to the parser. Controls have none."""
    return f"&#{ord(char)};" if char in "\t\f" or char.isprintable() or (char.isspace() and char > "\x9f") else char


_PLAIN_LINK = re.compile(r"[\w:/?#@!$,;=%.+~-]+", re.ASCII)


def destination(href: str) -> str:
    """What goes between the parentheses of a link; in < and > where it has signs of its own."""
    if _PLAIN_LINK.fullmatch(href):
        return href
    spelled = re.sub(r"[\s\x00-\x1f]", lambda m: "".join(f"%{b:02X}" for b in m[0].encode()), href.strip())
    spelled = re.sub(r"([\\<>]|&(?=#?\w+;))", r"\\\1", spelled)
    spelled = re.sub(r"\{(?=[{%#])", "%7B", spelled)
    return f"<{spelled}>"


def code_span(text: str) -> str:
    """Inline code of one line."""
    longest = max((len(ticks) for ticks in re.findall(r"`+", text)), default=0)
    ticks = "`" * (longest + 1)
    padded = text.strip() and (text[0] == "`" or text[-1] == "`" or (text[0] == " " and text[-1] == " "))
    return f"{ticks} {text} {ticks}" if padded else f"{ticks}{text}{ticks}"


def fence(text: str) -> str:
    """A block of code, fenced by more backticks than stand anywhere in it."""
    ticks = "`" * max(3, 1 + max((len(ticks) for ticks in re.findall(r"`+", text)), default=0))
    return f"{ticks}\n{text}\n{ticks}"


def _by(marks: re.Pattern[str]) -> Escape:
    return lambda text: marks.sub(r"\\\1", text)


def _start(marks: re.Pattern[str]) -> Escape:
    """As `_by`, and what could open a block at the start of a line is escaped too."""

    def escaped(text: str) -> str:
        most = marks.sub(r"\\\1", text)
        opening = _LINE_START.match(most)
        at = opening.end(1) if opening and opening[1] else 0
        return f"{most[:at]}\\{most[at:]}" if opening else most

    return escaped
