"""Which lessons no longer say what the article says, because it was edited after the import. Changes nothing.

A course made by hand has no import.json, and nothing is said of it.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from dripcourse.confined import confined
from dripcourse.courses.codes import shorten
from dripcourse.courses.drafting.markdown import article_markdown
from dripcourse.courses.folders.folder import Survey
from dripcourse.courses.folders.provenance import ARTICLE
from dripcourse.courses.folders.record import RECORD, Record, Trace, read_record, sha256
from dripcourse.courses.folders.shown import Sentence, sentences
from dripcourse.courses.linting.coverage import article_text
from dripcourse.courses.linting.finding import Finding
from dripcourse.courses.reading.decode import MAX_BYTES, fold
from dripcourse.courses.reading.limits import MEGABYTES, SECONDS
from dripcourse.courses.reading.readers import read_article
from dripcourse.errors import InputError

_MOST_NAMED = 3
_MOST_COMPARED = 200


@dataclass(frozen=True)
class Drift:
    """What the article no longer says of a lesson, and what it says anew beside it."""

    gone: tuple[Trace, ...] = ()
    new: tuple[Sentence, ...] = ()


def stale_findings(found: Survey) -> Iterator[Finding]:
    """W_STALE for each lesson whose sentences are gone or changed, or have new neighbours; E_IMPORT_RECORD where the
    record of the import cannot be read; W_SOURCE_MISSING where the imported file is gone."""
    try:
        record = read_record(found.path)
    except InputError as error:
        yield Finding("E_IMPORT_RECORD", str(found.path / RECORD), 0, str(error).partition(": ")[2])
        return
    if record is not None:
        yield from _article(found, record)
        yield from _original(found, record)


def _article(found: Survey, record: Record) -> Iterator[Finding]:
    """article.md against the import."""
    path = found.path / ARTICLE
    data = _read(path)
    text = article_text(path)
    if data is not None and text is not None and sha256(data) != record.article:
        yield from _drifted(found, record, path, sentences(text))


def _original(found: Survey, record: Record) -> Iterator[Finding]:
    """The file that was imported, where it still lies there, against the import."""
    if record.source == "-" or "://" in record.source:
        return
    there = found.path.resolve() / record.source  # counted from the folder, not from a link
    path = Path(os.path.normpath(found.path / record.source))
    if not os.path.exists(there):  # noqa: PTH110 - Path.exists raises where a folder on the way may not be read
        yield Finding("W_SOURCE_MISSING", str(found.path / RECORD), 0, _missing(found, path))
        return
    data = None if record.source == ARTICLE else _read(there)
    if data is None or sha256(data) == record.sha256:
        return
    try:
        article = confined(partial(read_article, data, record.options), seconds=SECONDS, megabytes=MEGABYTES)
    except InputError as error:
        text = f"{path.name} was edited after the import and cannot be imported any more ({error})"
        yield Finding("W_STALE", str(found.path / RECORD), 0, text)
        return
    now = sentences(article_markdown(article, article.title))
    lineless = [replace(sentence, line=0) for sentence in now]  # its lines are those of no file
    yield from _drifted(found, record, path, lineless, quoted=False)


def _missing(found: Survey, path: Path) -> str:
    name = "".join(c if c.isprintable() else "\ufffd" for c in path.name)  # a record may name anything
    return (
        f"{name}, the file that was imported, cannot be found, so nobody can tell whether it was edited; put it back, "
        f"or import it from where it is now: dripcourse course import FILE --out {found.path} --update"
    )


def _read(path: Path) -> bytes | None:
    """The bytes of an ordinary file, None for anything else: a record may name a pipe that nobody writes to."""
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError):  # a path with a NUL
        return None


def drifts(record: Record, now: Sequence[Sentence]) -> dict[str, Drift]:
    """What changed, by the key of the lesson it belongs to; "" is no lesson.

    A new sentence that shares half its words with one that is gone belongs where that was; any other to the lesson of
    the sentence before it, or of the one behind it if only that lesson has lost one. (Inexact: what became of which
    sentence is not known.)
    """
    keys = {trace.digest: origin.key for origin in reversed(record.lessons) for trace in (*origin.action, *origin.body)}
    keys = {**{trace.digest: "" for trace in record.unplaced}, **keys}
    left = Counter(sentence.digest for sentence in now)
    gone: dict[str, list[Trace]] = defaultdict(list)
    for origin in record.lessons:
        for trace in (*origin.body, *origin.action):
            if not left[trace.digest]:
                gone[origin.key].append(trace)
            left[trace.digest] -= left[trace.digest] > 0
    new: dict[str, list[Sentence]] = defaultdict(list)
    for sentence, beside in _new(now, keys):
        like = _like(sentence, gone)
        new[like or next((key for key in beside if key in gone), beside[0])].append(sentence)
    return {key: Drift(tuple(gone[key]), tuple(new[key])) for key in dict.fromkeys((*gone, *new))}


def _like(sentence: Sentence, gone: Mapping[str, Sequence[Trace]]) -> str:
    """The lesson that has lost the sentence most like this one; "" where none is like it."""
    words = set(fold(sentence.begins).split())
    traces = [(key, set(fold(trace.begins).split())) for key, lost in gone.items() for trace in lost][:_MOST_COMPARED]
    shares = [(len(words & lost) / max(len(words), len(lost), 1), key) for key, lost in traces]
    share, key = max(shares, default=(0.0, ""), key=lambda pair: pair[0])
    return key if share >= 0.5 else ""


def _new(now: Sequence[Sentence], keys: Mapping[str, str]) -> Iterator[tuple[Sentence, tuple[str, str]]]:
    """Each sentence that the import did not know, and the lessons of the known ones before and behind it."""
    behind: list[str] = []
    following = ""
    for sentence in reversed(now):
        following = keys.get(sentence.digest, following)
        behind.append(following)
    before = behind[-1] if behind else ""  # what stands at the top belongs to what is below it
    for sentence, after in zip(now, reversed(behind), strict=True):
        before = keys.get(sentence.digest, before)
        if sentence.digest not in keys:
            yield sentence, (before, after)


def _drifted(
    found: Survey, record: Record, path: Path, now: Sequence[Sentence], *, quoted: bool = True
) -> Iterator[Finding]:
    """`quoted`: new sentences are told; not those of a file outside of the folder: the record could name any."""
    files = {file.name_key: file for file in found.files}
    remedy = f"to take it over: dripcourse course import {path} --out {found.path} --update"
    changed = drifts(record, now)
    for key, drift in changed.items():
        file = files.get(key)
        place, line = (str(file.path), file.line("source")) if file else (str(found.path / RECORD), 0)
        yield Finding(
            "W_STALE", place, line, f"{path.name} was edited after the import: {_said(drift, quoted=quoted)}; {remedy}"
        )
    if not changed:
        text = f"{path.name} was edited after the import, but no sentence of it differs; {remedy}"
        yield Finding("W_STALE", str(found.path / RECORD), 0, text)


def _said(drift: Drift, *, quoted: bool) -> str:
    parts: list[str] = []
    if drift.gone:
        parts.append(f"gone or changed {_named([trace.begins for trace in drift.gone])}")
    if drift.new and not quoted:
        parts.append(f"{len(drift.new)} new sentence{'s' if len(drift.new) > 1 else ''}")
    elif drift.new:
        line = f" (line {drift.new[0].line})" if drift.new[0].line else ""
        parts.append(f"new {_named([sentence.text for sentence in drift.new])}{line}")
    return ", ".join(parts)


def _named(texts: Sequence[str]) -> str:
    more = f" and {len(texts) - _MOST_NAMED} more" if len(texts) > _MOST_NAMED else ""
    return ", ".join(f"«{shorten(text)}»" for text in texts[:_MOST_NAMED]) + more
