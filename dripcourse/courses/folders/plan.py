"""What an import would change in a course folder, file by file. Values and their wording; `merge` decides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from dripcourse.courses.codes import shorten


@dataclass(frozen=True)
class Change:
    """A field that takes the new value, as nobody has touched it. "" where it was, or will be, empty."""

    field: str
    old: str
    new: str


@dataclass(frozen=True)
class Kept:
    """A field that the author has written. `now` is what the article gives, "" where it gives what it gave before;
    `gives` is what it gives in any case, and `unused` says that its sentences here are others than before."""

    field: str
    yours: str
    now: str = ""
    gives: str = ""
    unused: bool = False


@dataclass(frozen=True)
class FilePlan:
    """What becomes of one file. `was` is its name until now."""

    name: str
    what: str  # new, changed, renamed, kept, same, deleted, or missing (the author deleted it, and it stays so)
    was: str = ""
    subject: str = ""
    changes: tuple[Change, ...] = ()
    kept: tuple[Kept, ...] = ()


@dataclass(frozen=True)
class Plan:
    """The whole of it. Nothing may be written while there are conflicts."""

    files: tuple[FilePlan, ...]
    conflicts: tuple[str, ...] = ()
    writes: dict[str, bytes] = field(default_factory=dict)
    removes: tuple[str, ...] = ()

    @property
    def idle(self) -> bool:
        """Whether no byte would change."""
        return not self.writes and not self.removes


def plan_lines(plan: Plan) -> Iterator[str]:
    """The plan for a person: a line a file that changes or holds words of the author, and a line a field."""
    for file in plan.files:
        if file.what != "same":
            yield _headline(file)
        for change in file.changes:
            old, new = _from_the_difference(change.old, change.new)
            yield f"    {change.field}: {_shown(old)} -> {_shown(new)}"
        for kept in file.kept:
            yield f"    {kept.field}: {_yours(kept)}"


def plan_json(plan: Plan, written: bool) -> dict[str, Any]:
    """The plan as data with stable keys. Files that stay as they are and hold nothing of the author are left out."""
    return {
        "written": written,
        "conflicts": list(plan.conflicts),
        "files": [_file(file) for file in plan.files if file.what != "same"],
    }


def _file(file: FilePlan) -> dict[str, Any]:
    return {
        "file": file.name,
        "was": file.was or None,
        "what": file.what,
        "changes": [{"field": c.field, "old": c.old, "new": c.new} for c in file.changes],
        "kept": [{"field": k.field, "yours": k.yours, "now": k.now or None} for k in file.kept],
    }


def _headline(file: FilePlan) -> str:
    name = f"{file.was} -> {file.name}" if file.was and file.was != file.name else file.name
    behind = f" «{shorten(file.subject, 50)}»" if file.subject and file.what == "new" else ""
    if file.what == "missing":
        behind = " (you deleted it; it stays so)"
    return f"{file.what:<8} {name}{behind}"


def _yours(kept: Kept) -> str:
    """The author's text and the article's, from where they differ; also when the article gave it before."""
    given = kept.now or kept.gives
    if not given or given == kept.yours:
        return f"yours kept, {_shown(kept.yours)}"
    yours, gives = (kept.yours, given) if given == "nothing" else _from_the_difference(kept.yours, given)
    said = f"yours kept, {_shown(yours)}; the article {'now ' if kept.now else ''}gives {_shown(gives)}"
    lost = ". Sentences of the article may then be in no lesson; course check names them"
    return said + (lost if kept.unused else "")


def _from_the_difference(old: str, new: str) -> tuple[str, str]:
    """Both texts from the word on in which they differ, where that is far behind."""
    at = next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    start = max(old.rfind(" ", 0, at), 0)
    return (f"… {old[start:].strip()}", f"… {new[start:].strip()}") if old and new and start > 20 else (old, new)


def _shown(text: str) -> str:
    return f"«{shorten(text, 50)}»" if text else "nothing"
