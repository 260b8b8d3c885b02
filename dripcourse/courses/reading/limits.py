"""What is no article any more: files that would take long to read are refused before anything is parsed."""

from __future__ import annotations

import re

from dripcourse.courses.codes import ArticleError

#: What reading an article may take in a child process: seconds, and megabytes above what it begins with. The rules
#: below refuse hostile files long before.
SECONDS, MEGABYTES = 10.0, 512
MAX_CHARACTERS = 300_000  # 60 days of 600 words have some 250,000
MAX_PAGE = 2_000_000  # a saved page brings its scripts along
MAX_LINES = 10_000
MAX_TAGS = 100_000  # of which at most 20,000 may be elements
MAX_CELLS = 20_000  # GFM fills up the rows of a table
MAX_BRACKETS = 20_000
MAX_MARKS = 80_000
_BLOCK = re.compile(r"[^\n]+(?:\n[^\n]+)*")


def refuse_too_much(text: str, form: str) -> None:
    """Raises ArticleError E_TOO_LONG or E_TOO_COMPLEX, with the number and the limit. Takes next to no time."""
    most = MAX_PAGE if form == "html" else MAX_CHARACTERS
    if len(text) > most:
        raise ArticleError(
            "E_TOO_LONG", f"The file has {len(text)} characters (limit {most}). Give one article at a time."
        )
    if form == "html":
        _refuse("tags", text.count("<"), MAX_TAGS)
        return
    _refuse("lines", text.count("\n"), MAX_LINES)
    if form == "markdown":
        _refuse("brackets", text.count("[") + text.count("]"), MAX_BRACKETS)
        _refuse("marks of emphasis", sum(map(text.count, "*_~`<&")), MAX_MARKS)
        _refuse("cells in tables", max((_cells(block[0]) for block in _BLOCK.finditer(text)), default=0), MAX_CELLS)


def _refuse(what: str, found: int, limit: int) -> None:
    if found > limit:
        raise ArticleError(
            "E_TOO_COMPLEX",
            f"The file has {found} {what} (limit {limit}). Give the text of one article, without the rest.",
        )


def _cells(block: str) -> int:
    """What a table of these lines would have at most: every row is as wide as the widest."""
    lines = block.split("\n")
    return len(lines) * max(line.count("|") for line in lines)
