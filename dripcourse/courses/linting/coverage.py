"""How much of the imported article the lessons show: what is used, what is not, what twice. It compares what is seen.

A course made by hand has no import.json, and nothing is said of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dripcourse.courses.codes import shorten
from dripcourse.courses.folders.folder import Survey
from dripcourse.courses.folders.lesson_file import LessonFile
from dripcourse.courses.folders.provenance import ARTICLE, shown_parts
from dripcourse.courses.folders.record import RECORD
from dripcourse.courses.folders.shown import Sentence, paragraphs, sentences
from dripcourse.courses.folders.trace import runs, trace
from dripcourse.courses.linting.finding import Finding
from dripcourse.courses.linting.texts import lesson_texts

_MOST_PLACES = 5
_MOST_BYTES = 4_000_000


@dataclass(frozen=True)
class Coverage:
    """Which files show each sentence of article.md; one that shows it twice is named twice."""

    path: Path
    sentences: tuple[Sentence, ...]
    used_in: tuple[tuple[LessonFile, ...], ...]

    @property
    def unused(self) -> list[int]:
        """Indices of the sentences that no lesson shows."""
        return [at for at, files in enumerate(self.used_in) if not files]

    @property
    def twice(self) -> list[int]:
        """Indices of the sentences that are shown more than once."""
        return [at for at, files in enumerate(self.used_in) if len(files) > 1]

    def __str__(self) -> str:
        total, unused = len(self.sentences), len(self.unused)
        return f"{ARTICLE}: {total - unused} of {total} sentences used, {unused} unused, {len(self.twice)} twice"


def coverage(found: Survey) -> Coverage | None:
    """The coverage of an imported course; None where it was made by hand, or where a lesson cannot be read."""
    path = found.path / ARTICLE
    text = article_text(path) if (found.path / RECORD).exists() else None
    if text is None or any(file.lesson is None for file in found.files):
        return None
    known = sentences(text)
    parts = [(file, part) for file in found.files for part in _parts(file)]
    used: list[list[LessonFile]] = [[] for _ in known]
    for (file, _), indices in zip(parts, trace(known, [paragraphs(part) for _, part in parts]), strict=True):
        for at in indices:
            used[at].append(file)
    return Coverage(path, tuple(known), tuple(map(tuple, used)))


def article_text(path: Path) -> str | None:
    """What is in an article.md; None where there is none, or none that can be read."""
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except OSError:
        return None
    text = data.decode("utf-8-sig", errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    return text if len(data) <= _MOST_BYTES else None


def _parts(file: LessonFile) -> list[str]:
    """The texts of a lesson that may show the article; a look back only names titles."""
    parts = shown_parts(file.lesson) if file.lesson else ()
    return [text.markdown for text in lesson_texts(file) if text.part in parts]


def coverage_findings(found: Survey) -> Iterator[Finding]:
    """W_UNUSED and W_USED_TWICE: one line for all, and the first five places of each."""
    seen = coverage(found)
    if seen is not None:
        unused = "shown by no lesson; put them where they belong"
        yield from _told("W_UNUSED", seen, seen.unused, unused)
        yield from _told("W_USED_TWICE", seen, seen.twice, "shown more than once; keep the place where it helps")


def _told(code: str, seen: Coverage, indices: list[int], what: str) -> Iterator[Finding]:
    if indices:
        text = f"{_count(len(indices))} of {len(seen.sentences)} {what}"
        yield Finding(code, str(seen.path), 0, text)
    for first, last in runs(indices)[:_MOST_PLACES]:
        more = f" and {last - first} more behind it" if last > first else ""
        names = ", ".join(dict.fromkeys(file.path.name for file in seen.used_in[first])) or "no lesson"
        text = f"«{shorten(seen.sentences[first].text)}»{more}: shown in {names}"
        yield Finding(code, str(seen.path), seen.sentences[first].line, text)


def _count(number: int) -> str:
    return f"{number} sentence{'' if number == 1 else 's'}"
