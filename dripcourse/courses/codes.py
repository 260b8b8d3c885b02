"""The compiler's errors and warnings, each with a code; not the mistakes of a course folder (see `folder`)."""

from __future__ import annotations

from dataclasses import dataclass

from dripcourse.errors import InputError


class ArticleError(InputError):
    """The article or an option cannot be used; no draft was made. `str()` starts with the code (E_...)."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(f"{code}: {message}")


@dataclass(frozen=True)
class Caution:
    """Something the author should look at; the draft was made all the same. `line` 0: the article as a whole."""

    code: str  # W_...
    line: int
    message: str

    def __str__(self) -> str:
        place = f" (line {self.line})" if self.line else ""
        return f"{self.code}{place}: {self.message}"


def shorten(text: str, limit: int = 60) -> str:
    """`text` on one line for a message, cut to `limit` characters."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"
