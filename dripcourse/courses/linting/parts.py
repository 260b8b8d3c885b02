"""Rules for the parts of a lesson: nothing empty, nothing said twice. How long they are is for `lengths`."""

from __future__ import annotations

from collections.abc import Iterator

from dripcourse.courses.codes import shorten
from dripcourse.courses.folders.folder import Survey
from dripcourse.courses.folders.lesson_file import LessonFile
from dripcourse.courses.linting.finding import Finding
from dripcourse.courses.linting.markup import Block, blocks
from dripcourse.courses.linting.texts import Text, lesson_texts
from dripcourse.courses.reading.decode import fold
from dripcourse.courses.sentences import count_words
from dripcourse.domain.course import LessonKind

_PARAGRAPH = 8  # words; shorter ones, such as "Good enough:", may come again
_REST = 10  # days before the same question may be put again


def part_findings(found: Survey) -> Iterator[Finding]:
    """Empty parts, and paragraphs, actions and reflections that come twice."""
    for file in found.files:
        for text in lesson_texts(file):
            yield from _empty(text)
        if file.lesson and file.lesson.action and not file.lesson.action.minutes:
            message = "the action has no minutes; give a number from 1 to 15, so that readers know what they begin"
            yield Finding("W_MINUTES_MISSING", str(file.path), file.line("action"), message)
    yield from _paragraphs(found)
    yield from _repeated(found.files, "action", "W_ACTION_REPEATED", 10_000)
    yield from _repeated(found.files, "reflection", "W_REFLECTION_REPEATED", _REST)


def _empty(text: Text) -> Iterator[Finding]:
    if not count_words(text.markdown):
        message = f"{text.part} has no word ({shorten(text.markdown, 20)!r}); write it or take it out"
        yield Finding("W_PART_EMPTY", text.path, text.line, message)
    found = blocks(text)
    for at, block in enumerate(found):
        below = found[at + 1 : at + 2]
        ended = not below or (below[0] is not None and 0 < below[0].level <= (block.level if block else 0))
        if block and block.level and ended:
            message = f"nothing stands below the heading «{shorten(block.words, 40)}»; write it or take the heading out"
            yield Finding("W_PART_EMPTY", text.path, block.line, message)


def _paragraphs(found: Survey) -> Iterator[Finding]:
    """Recaps may say their safety line each time (that is meant), so they are compared with the other kinds only."""
    first: dict[str, LessonFile] = {}
    for file in found.files:
        for text in lesson_texts(file):
            for block in _prose(text):
                seen = first.get(fold(block.words))
                first.setdefault(fold(block.words), file)
                if seen and not (seen.kind is LessonKind.RECAP and file.kind is LessonKind.RECAP):
                    message = f"the paragraph «{shorten(block.words, 40)}» stands in {seen.path.name}, too; keep one"
                    yield Finding("W_PARAGRAPH_REPEATED", text.path, block.line, message)


def _prose(text: Text) -> list[Block]:
    """The paragraphs of a passage or a note that are long enough to be noticed a second time."""
    if text.part not in ("body", "note"):
        return []
    return [b for b in blocks(text) if b and not b.level and count_words(b.words) >= _PARAGRAPH]


def _repeated(files: tuple[LessonFile, ...], part: str, code: str, days: int) -> Iterator[Finding]:
    """The same text again within so many days of the last time."""
    last: dict[str, LessonFile] = {}
    for file in files:
        for text in lesson_texts(file):
            if text.part != part:
                continue
            seen = last.get(fold(text.markdown))
            last[fold(text.markdown)] = file
            if seen and file.day - seen.day <= days:
                message = f"{part} «{shorten(text.markdown, 40)}» is that of {seen.path.name}, too; word it anew"
                yield Finding(code, text.path, file.line(part), message)
