"""What an author fills in for each reader, such as `{name|friend}`: how it is written, and what it says to whom.

A mention has a name and the words for readers who gave nothing under it. `name` is there for everybody, the others are
the fields of sign-up forms. `\\{` is a brace. What a reader typed is data: it is never read as a mention.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

#: Characters of a value that a mail shows; what is typed into a form is shorter, what is imported may not be.
MOST = 200
_NAME = r"[a-z][a-z0-9_]{0,29}"
WRITTEN = re.compile(rf"\{{(?P<name>{_NAME})\|[ ]*(?P<otherwise>[^{{}}|\s](?:[^{{}}|\r\n]{{0,58}}[^{{}}|\s])?)[ ]*\}}")
#: Braces that were meant as a mention, and lack their words, or name something that no field is called.
MEANT = re.compile(r"\{[ ]*(?P<name>[A-Za-z][A-Za-z0-9_-]*)[ ]*(?:\|[^{}\r\n]*)?\}")
_IN_LINE = re.compile(rf"(?<!\\){WRITTEN.pattern}")
_MEANT_IN_LINE = re.compile(rf"(?<![\\{{]){MEANT.pattern}")
_ESCAPED = re.compile(r"\\(?=\{[ ]*[A-Za-z][A-Za-z0-9_-]*[ ]*[|}])")
# Marks that turn the direction of all the text behind them; those that join letters within a name stay.
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class Mention:
    """`name` is that of a field; `otherwise` stands there where a reader has no value for it."""

    name: str
    otherwise: str

    def told(self, fields: Mapping[str, object]) -> str:
        """What it says to the reader with those fields, on one line of 200 characters at most."""
        value = fields.get(self.name)
        return (
            shown(value) if isinstance(value, str) else "" if value is None else shown(str(value))
        ) or self.otherwise


def of_match(match: re.Match[str]) -> Mention:
    """The mention that WRITTEN has found."""
    return Mention(match["name"], match["otherwise"])


def of_reader(name: str, fields: Mapping[str, object]) -> dict[str, object]:
    """All that can be mentioned to somebody of that name; a field that is called `name` is not he."""
    return {**fields, "name": name}


def replaced(line: str, words: Callable[[Mention], str]) -> str:
    """The plain line with `words` in place of its mentions, and bare braces where they were escaped."""
    return _ESCAPED.sub("", _IN_LINE.sub(lambda match: words(of_match(match)), line)) if "{" in line else line


def for_most(line: str) -> str:
    """The plain line as somebody reads it who gave nothing."""
    return replaced(line, lambda mention: mention.otherwise)


def escaped(line: str) -> str:
    """The plain line so that it says just this: what looks like a mention in it is none."""
    return _MEANT_IN_LINE.sub(lambda match: "\\" + match[0], line)


def unclear(line: str) -> list[str]:
    """What in the plain line looks like a mention and is none."""
    return [match[0] for match in _MEANT_IN_LINE.finditer(line) if not WRITTEN.fullmatch(match[0])]


def written(line: str) -> list[str]:
    """The mentions in the plain line, as they are written."""
    return [match[0] for match in _IN_LINE.finditer(line)]


@lru_cache(maxsize=4096)
def shown(value: str) -> str:
    """The value without line breaks, controls and whatever turns the text behind it around."""
    visible = "".join(
        " " if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") else c for c in _TURNING.sub("", value)
    )
    return " ".join(visible.split())[:MOST].rstrip()
