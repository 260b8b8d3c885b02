"""Changes single fields of a lesson file and leaves all else as its author typed it: order, comments, quotes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import yaml

from dripcourse.courses.folders.front import Wrong, split
from dripcourse.courses.folders.lesson_file import FIELDS
from dripcourse.courses.folders.write import field_text

_BLOCKS = ("|", ">")


@dataclass(frozen=True)
class _Place:
    """Where a field stands in the front matter: characters `start` to `end`, the line end behind it at `behind`."""

    start: int
    end: int
    behind: int
    block: bool  # it ends with a line end of its own


@dataclass(frozen=True)
class _Edit:
    start: int
    end: int
    text: str


def edit_lesson(text: str, changes: Mapping[str, str]) -> str | None:
    """A lesson file (LF line ends) with these fields set; "" takes a field out, "body" is the text below the front
    matter. None where it was not understood well enough to change only that."""
    lines = text.split("\n")
    closing = next(n for n, line in enumerate(lines[1:], 1) if line.rstrip() == "---")
    front = "".join(f"{line}\n" for line in lines[1:closing])
    edits = list(_edits(front, {name: value for name, value in changes.items() if name != "body"}))
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end), reverse=True):
        front = front[: edit.start] + edit.text + front[edit.end :]
    tail = "\n".join(lines[closing:])
    if "body" in changes:
        tail = f"{lines[closing]}\n\n{changes['body']}\n"
    edited = f"{lines[0]}\n{front}{tail}"
    return edited if _as_wanted(text, edited, changes) else None


def _edits(front: str, changes: Mapping[str, str]) -> Iterator[_Edit]:
    places = _places(front)
    order = list(FIELDS)
    inserted: dict[int, str] = {}  # fields that go in at one place follow one another in the order of FIELDS
    for name in sorted(changes, key=order.index):
        value, place = changes[name], places.get(name)
        if place and not value:
            yield _Edit(place.start, place.end if place.block else place.behind, "")
        elif place:
            yield _changed(front, place, _typed(name, value))
        elif value:
            above = [places[n] for n in order[: order.index(name)] if n in places]
            at = max((p.end if p.block else p.behind for p in above), default=0)
            inserted[at] = inserted.get(at, "") + _typed(name, value)
    for at, text in inserted.items():
        yield _Edit(at, at, text)


def _changed(front: str, place: _Place, written: str) -> _Edit:
    if place.block:
        return _Edit(place.start, place.end, written)
    comment = front[place.end : place.behind].strip()
    if comment and "\n" in written.rstrip("\n"):  # behind a text of several lines it would become one of them
        return _Edit(place.start, place.behind, f"{comment}\n{written}")
    return _Edit(place.start, place.end, written.rstrip("\n"))


def _typed(name: str, value: str) -> str:
    return field_text(name, int(value) if FIELDS[name].number else value)


def _places(front: str) -> dict[str, _Place]:
    root = yaml.compose(front, Loader=yaml.SafeLoader)
    places: dict[str, _Place] = {}
    for key, node in root.value if isinstance(root, yaml.MappingNode) else ():
        block = getattr(node, "style", None) in _BLOCKS
        end = node.end_mark.index
        places[key.value] = _Place(key.start_mark.index, end, front.find("\n", end) + 1 or len(front), block)
    return places


def _as_wanted(before: str, after: str, changes: Mapping[str, str]) -> bool:
    """Whether the edited file says what it should, and the same as before everywhere else."""
    old, wanted = _texts(before), dict(changes)
    try:
        new = _texts(after)
    except Wrong:
        return False
    return all(new.get(name, "") == wanted.get(name, old.get(name, "")) for name in {*old, *new, *wanted})


def _texts(text: str) -> dict[str, str]:
    front = split(text)
    return {**{name: value.text.strip() for name, value in front.fields.items()}, "body": front.body}
