"""Whether each mention of a reader, such as {name|friend}, has words for those who gave none, and can be filled in."""

from __future__ import annotations

from collections.abc import Iterator

from dripcourse.courses.folders.folder import Survey
from dripcourse.courses.folders.lesson_file import LessonFile
from dripcourse.courses.linting.finding import Finding
from dripcourse.courses.linting.texts import Text, all_texts
from dripcourse.dialect import parser, reading
from dripcourse.domain.mentions import MEANT, WRITTEN, unclear, written

_FILLED = ("subject", "preheader")
_NOT_FILLED = ("perspective", "section", "instead_section")
_PARSER = reading(parser(), MEANT, "mention", lambda found: found[0])


def mention_findings(found: Survey) -> Iterator[Finding]:
    """E_FIELD for each place where a reader would see the braces; code and escaped braces are what they are."""
    for file in found.files:
        yield from _lines(file)
    for text in all_texts(found):
        for line, what in _unclear_in(text):
            yield _finding(text.path, line, what)


def _lines(file: LessonFile) -> Iterator[Finding]:
    for name in _FILLED:
        for what in unclear(str(getattr(file.lesson, name, ""))):
            yield _finding(str(file.path), file.line(name), what)
    for name in _NOT_FILLED:
        for what in written(str(getattr(file.lesson, name, ""))):
            message = f"{what} in {name} is not filled in; mention your reader in the subject, the preheader or a text"
            yield Finding("E_FIELD", str(file.path), file.line(name), message)


def _unclear_in(text: Text) -> Iterator[tuple[int, str]]:
    if "{" not in text.markdown:
        return
    for block in _PARSER.parse(text.markdown):
        at = text.line + (block.map[0] if block.map else 0)
        for child in block.children or ():
            at += child.type in ("softbreak", "hardbreak")
            if child.type == "mention" and not WRITTEN.fullmatch(child.content):
                yield at, child.content


def _finding(path: str, line: int, what: str) -> Finding:
    name = MEANT.fullmatch(what)
    shown = name["name"].lower().replace("-", "_") if name else "name"
    message = (
        f"{what} has no words for readers who gave none: write {{{shown}|…}}, such as {{name|friend}} "
        "(a-z, 0-9 and _; up to 60 characters behind the bar), or \\{ for a brace"
    )
    return Finding("E_FIELD", path, line, message)
