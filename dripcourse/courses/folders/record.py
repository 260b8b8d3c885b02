"""import.json: what the last import made, by hashes, so that the next one can tell the author's words from its own.

It is written by machines, sorted and one thing a line, and read strictly. What is to be done is decided in `merge`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from dripcourse.courses.article import Options
from dripcourse.courses.drafting.compile import check_options
from dripcourse.courses.folders.provenance import Made, MadeLesson
from dripcourse.courses.folders.shown import Sentence, digest
from dripcourse.domain.course import LessonKind
from dripcourse.errors import InputError

RECORD = "import.json"
_FORMAT = 1
_MOST_BYTES = 5_000_000
_NOT_CHOSEN = ("encoding", "address")  # of one source at one time, not the author's choice


@dataclass(frozen=True)
class Trace:
    """A sentence as it is remembered: its digest, and how it begins, so that it can be named when it is gone."""

    digest: str
    begins: str

    def __str__(self) -> str:
        return f"{self.digest} {self.begins}"


@dataclass(frozen=True)
class Origin:
    """What the import made of one lesson. `fields` are digests of what it wrote; `day` is that of the draft."""

    key: str
    day: int
    kind: str
    fields: dict[str, str]
    body: tuple[Trace, ...] = ()
    action: tuple[Trace, ...] = ()

    def wrote(self, name: str, text: str) -> bool:
        """Whether the import wrote exactly this into the field; "" where it wrote nothing."""
        return self.fields.get(name, "") == (digest(text) if text else "")


@dataclass(frozen=True)
class Record:
    """What one import made. `source` is relative to the folder, an address, or "-" for standard input."""

    source: str
    sha256: str  # hex, of the bytes of the source
    article: str  # sha256 (hex) of the bytes of article.md
    options: Options
    lessons: tuple[Origin, ...]  # in the order of the draft
    unplaced: tuple[Trace, ...] = ()  # sentences of article.md that no lesson shows
    head: dict[str, str] = field(default_factory=dict)  # digests of title and language; older records have none


def sha256(data: bytes) -> str:
    """The hex digest that a record keeps of a file."""
    return hashlib.sha256(data).hexdigest()


def record_of(made: Made, article: bytes, source: str, data: bytes, options: Options) -> Record:
    """The record of an import that writes `made` and `article`, from the bytes `data` of `source`."""
    lessons = tuple(origin(lesson) for lesson in made.lessons)
    head = {name: digest(text) for name, text in made.head.items()}
    return Record(source, sha256(data), sha256(article), options, lessons, _traces(made.unplaced), head)


def origin(made: MadeLesson) -> Origin:
    """What is to be remembered of one lesson."""
    hashed = {name: digest(text) for name, text in made.fields.items()}
    lesson = made.lesson
    return Origin(lesson.key, lesson.day, lesson.kind.value, hashed, _traces(made.body), _traces(made.action))


def _traces(sentences: Iterable[Sentence]) -> tuple[Trace, ...]:
    return tuple(Trace(sentence.digest, sentence.begins) for sentence in sentences)


def record_text(record: Record) -> str:
    """The record as JSON, the same for the same record on any machine."""
    chosen = {name: value for name, value in asdict(record.options).items() if name not in _NOT_CHOSEN}
    lessons = {
        origin.key: {
            "day": origin.day,
            "kind": origin.kind,
            "fields": origin.fields,
            "body": [str(trace) for trace in origin.body],
            "action": [str(trace) for trace in origin.action],
        }
        for origin in record.lessons
    }
    value = {
        "format": _FORMAT,
        "source": record.source,
        "sha256": record.sha256,
        "article": record.article,
        "options": chosen,
        "head": record.head,
        "lessons": lessons,
        "unplaced": [str(trace) for trace in record.unplaced],
    }
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def read_record(folder: Path) -> Record | None:
    """The record of `folder`; None where there is none, so the course was made by hand. Raises InputError."""
    path = folder / RECORD
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES:
            raise ValueError(f"over {_MOST_BYTES} bytes")
        return _record(json.loads(data))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}).") from error
    except (ValueError, RecursionError) as error:  # bad UTF-8 and bad JSON are ValueErrors
        why = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise InputError(
            f"{path}: is not the record of an import ({why}). Bring it back as it was, or delete it: "
            "then the course counts as made by hand, and no import can update it."
        ) from None


def _record(value: object) -> Record:
    names = {"format", "source", "sha256", "article", "options", "head", "lessons", "unplaced"}
    data = _table({"head": {}, **value} if isinstance(value, dict) else value, "it", names)
    if data["format"] != _FORMAT:
        raise ValueError(f"format is {data['format']!r}, and this version reads {_FORMAT}")
    return Record(
        _text(data["source"], "source"),
        _text(data["sha256"], "sha256"),
        _text(data["article"], "article"),
        _options(data["options"]),
        tuple(_origin(key, lesson) for key, lesson in _table(data["lessons"], "lessons").items()),
        _read_traces(data["unplaced"], "unplaced"),
        {name: _text(text, f"{name} in head") for name, text in _table(data["head"], "head").items()},
    )


def _origin(key: str, value: object) -> Origin:
    data = _table(value, key, {"day", "kind", "fields", "body", "action"})
    if type(data["day"]) is not int or data["kind"] not in set(LessonKind):
        raise ValueError(f"day or kind of {key} is no such thing")
    hashed = {name: _text(text, f"{name} of {key}") for name, text in _table(data["fields"], key).items()}
    return Origin(
        key, data["day"], data["kind"], hashed, _read_traces(data["body"], key), _read_traces(data["action"], key)
    )


def _options(value: object) -> Options:
    known = {each.name: each.default for each in fields(Options) if each.name not in _NOT_CHOSEN}
    given = _table(value, "options")
    data: dict[str, Any] = {name: tuple(text) if isinstance(text, list) else text for name, text in given.items()}
    for name, found in data.items():
        if name not in known or type(found) is not type(known[name]):
            raise ValueError(f"option {name} is {found!r}")
    options = Options(**data)
    try:
        check_options(options)
    except InputError as error:
        raise ValueError(str(error)) from error
    return options


def _table(value: object, name: str, keys: set[str] | None = None) -> Mapping[str, Any]:
    if not isinstance(value, dict) or (keys is not None and set(value) != keys):
        raise ValueError(f"{name} is not a table" + (f" of {', '.join(sorted(keys))}" if keys else ""))
    return value


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{name} is not a text")
    return value


def _read_traces(value: object, name: str) -> tuple[Trace, ...]:
    if not isinstance(value, list) or not all(isinstance(line, str) for line in value):
        raise ValueError(f"the sentences of {name} are not a list of texts")
    parts = [line.partition(" ") for line in value]
    return tuple(Trace(first, rest) for first, _, rest in parts)
