"""Rules for the parts of a lesson: nothing empty, nothing said twice. How long they are is for `lengths`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from dripcourse.courses.codes import shorten
from dripcourse.courses.folders.folder import Survey
from dripcourse.courses.folders.lesson_file import LessonFile
from dripcourse.courses.linting.finding import Finding
from dripcourse.courses.linting.markup import Block, blocks
from dripcourse.courses.linting.texts import Text, lesson_texts
from dripcourse.courses.linting.weakness import Spot, Weakness
from dripcourse.courses.reading.decode import fold
from dripcourse.courses.sentences import count_words
from dripcourse.domain.course import LessonKind

_PARAGRAPH = 8  # words; shorter ones, such as "Good enough:", may come again
_EXCERPT = 160  # characters of an action that are shown
_REST = 10  # days before the same question may be put again


def part_findings(found: Survey) -> Iterator[Finding]:
    """Empty parts, actions without minutes, and reflections that come twice."""
    for file in found.files:
        for text in lesson_texts(file):
            yield from _empty(text)
        if file.lesson and file.lesson.action and not file.lesson.action.minutes:
            message = "the action has no minutes; give a number from 1 to 15, so that readers know what they begin"
            yield Finding("W_MINUTES_MISSING", str(file.path), file.line("action"), message)
    for weak in _repeated(found.files, "reflection", "W_REFLECTION_REPEATED", _REST):
        yield weak.finding


def repeats(found: Survey) -> Iterator[Weakness]:
    """Paragraphs and actions that come twice. Some may be the compiler's."""
    yield from _paragraphs(found)
    yield from _repeated(found.files, "action", "W_ACTION_REPEATED", 10_000)


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


def _paragraphs(found: Survey) -> Iterator[Weakness]:
    """One for each paragraph, at its second place. Recaps may say their safety line each time: that is meant."""
    places: dict[str, list[tuple[Spot, Block]]] = {}
    for file in found.files:
        for text in lesson_texts(file):
            for block in _prose(text):
                standing = places.setdefault(fold(block.words), [])
                if text.part != "instead" or not any(spot.file is file for spot, _ in standing):  # one mail has one
                    standing.append((Spot(file, text.part), block))
    for standing in places.values():
        spots = [spot for spot, _ in standing]
        if len(spots) > 1 and any(spot.file.kind is not LessonKind.RECAP for spot in spots):
            block = standing[1][1]
            message = f"the paragraph «{shorten(block.words, 60)}» stands {_places(spots)}; keep one"
            yield Weakness(Finding("W_PARAGRAPH_REPEATED", str(spots[1].file.path), block.line, message), tuple(spots))


def _places(spots: list[Spot]) -> str:
    counts = Counter(spot.file.path.name for spot in spots)
    if len(counts) == 1:
        return f"{len(spots)} times in this lesson"
    return "in " + ", ".join(name if number == 1 else f"{name} ({number} times)" for name, number in counts.items())


def _prose(text: Text) -> list[Block]:
    """The paragraphs of the passages or a note that are long enough to be noticed a second time."""
    if text.part not in ("body", "note", "instead"):
        return []
    return [b for b in blocks(text) if b and not b.level and count_words(b.words) >= _PARAGRAPH]


def _repeated(files: tuple[LessonFile, ...], part: str, code: str, days: int) -> Iterator[Weakness]:
    """The same text again within so many days of the last time."""
    last: dict[str, LessonFile] = {}
    for file in files:
        for text in lesson_texts(file):
            if text.part != part:
                continue
            seen = last.get(fold(text.markdown))
            last[fold(text.markdown)] = file
            if seen and file.day - seen.day <= days:
                message = f"{part} «{_excerpt(text.markdown)}» is that of {seen.path.name}, too; word it anew"
                yield Weakness(Finding(code, text.path, file.line(part), message), (Spot(file, part),))


def _excerpt(text: str) -> str:
    """Beginning and end: actions of one frame begin alike and differ in their last words."""
    line = " ".join(text.split())
    return line if len(line) <= _EXCERPT else f"{line[: _EXCERPT // 2].rstrip()} … {line[-_EXCERPT // 2 :].lstrip()}"
