"""What a new import makes of a whole course folder: lessons, article.md, days and record. Decides; `swap` writes.

survey, record, made ── keys for life ──> order ── `retold` with its days ── per lesson, `merge` ──> Plan
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dripcourse.courses.drafting.draft import Draft
from dripcourse.courses.folders.folder import Survey
from dripcourse.courses.folders.head import merge_head
from dripcourse.courses.folders.matching import with_old_keys
from dripcourse.courses.folders.merge import Merged, Standing, merge_lesson, new_lesson
from dripcourse.courses.folders.order import final_order
from dripcourse.courses.folders.plan import FilePlan, Plan
from dripcourse.courses.folders.provenance import ARTICLE, Made, MadeLesson
from dripcourse.courses.folders.record import RECORD, Origin, Record, origin, record_text, sha256
from dripcourse.courses.folders.retelling import NO_DAY, retold
from dripcourse.courses.folders.write import name_width
from dripcourse.domain.course import LessonKind
from dripcourse.errors import InputError, Mistakes

_AS_IT_WAS = ("kept", "same")


@dataclass(frozen=True)
class Update:
    """What came in: the new lessons with the keys they keep, the draft they are of, in its order, what course.toml
    takes from it, the new article.md, and the record of it all."""

    made: tuple[MadeLesson, ...]
    draft: Draft
    head: dict[str, str]
    article: bytes
    record: Record


@dataclass(frozen=True)
class _Sides:
    """The lessons by key: the files as they stand, what the last import made of them, what this one makes."""

    standing: dict[str, Standing]  # in the order of the days
    before: dict[str, Origin]
    after: dict[str, MadeLesson]

    def kind(self, key: str) -> LessonKind:
        """The kind of a lesson that stays or comes."""
        return self.standing[key].lesson.kind if key in self.standing else self.after[key].lesson.kind

    @property
    def gone(self) -> list[Standing]:
        """Files of lessons that the article does not give any more."""
        return [there for key, there in self.standing.items() if key in self.before and key not in self.after]


def updated(made: Made, draft: Draft, article: bytes, old: Record, new: Record, found: Survey) -> Update:
    """The new import with the keys that the old one gave. `new` is its record with the keys of the draft."""
    lessons = with_old_keys(made.lessons, old.lessons, {file.name_key for file in found.files})
    return Update(lessons, draft, made.head, article, _recorded(new, lessons))


def _recorded(record: Record, lessons: Sequence[MadeLesson]) -> Record:
    return replace(record, lessons=tuple(origin(lesson) for lesson in lessons))


def plan_update(found: Survey, old: Record, new: Update) -> Plan:
    """What is to be done in the folder. Raises Mistakes where one of its files cannot be read, InputError."""
    sides = _Sides(
        _standing(found), {known.key: known for known in old.lessons}, {each.lesson.key: each for each in new.made}
    )
    conflicts = (*_edited_away(sides), *_own_article(found.path, old, new))
    order = final_order(list(sides.standing), list(sides.before), list(sides.after))
    if order is None:
        return Plan((), (*conflicts, _both_moved(sides)))
    own = [there.lesson for key, there in sides.standing.items() if key in order and key not in sides.before]
    lessons = retold(new.draft, new.made, _days(order, sides), own)
    new = replace(new, made=lessons, record=_recorded(new.record, lessons))
    sides = replace(sides, after={each.lesson.key: each for each in lessons})
    days = sum(sides.kind(key) not in NO_DAY for key in order)
    return _plan([*_lessons(order, sides), *_plain_files(found, old, new, days)], sides, conflicts)


def _days(order: Sequence[str], sides: _Sides) -> dict[str, int]:
    """The day of each lesson; the welcome has day 0."""
    first = 0 if order and sides.kind(order[0]) is LessonKind.WELCOME else 1
    return {key: day for day, key in enumerate(order, first)}


def _plan(merged: Sequence[Merged], sides: _Sides, conflicts: tuple[str, ...]) -> Plan:
    names = {each.plan.name for each in merged}
    left = {each.plan.was for each in merged if each.plan.was} | {there.file.path.name for there in sides.gone}
    files = [each.plan for each in merged]
    files += [FilePlan(there.file.path.name, "deleted") for there in sides.gone]
    files += [FilePlan(key, "missing") for key in sides.after if key in sides.before and key not in sides.standing]
    return Plan(
        tuple(sorted(files, key=lambda file: file.name)),
        conflicts,
        {each.plan.name: each.data for each in merged if each.plan.what not in _AS_IT_WAS},
        tuple(sorted(left - names)),
    )


def _standing(found: Survey) -> dict[str, Standing]:
    mistakes = (*found.head.mistakes, *(mistake for file in found.files for mistake in file.mistakes))
    standing = {
        file.name_key: Standing(file, file.lesson, _bytes(file.path) or b"") for file in found.files if file.lesson
    }
    if mistakes or len(standing) < len(found.files):  # two files with one key
        raise Mistakes(mistakes or found.mistakes)
    return standing


def _lessons(order: Sequence[str], sides: _Sides) -> Iterator[Merged]:
    days = _days(order, sides)
    width = name_width(max(days.values(), default=0))
    for key, day in days.items():
        there = sides.standing.get(key)
        name = there.file.path.name if there and there.file.day == day else f"{day:0{width}}-{key}.md"
        if there is None:
            yield new_lesson(sides.after[key], name)
        elif key in sides.after and key in sides.before:
            yield merge_lesson(sides.after[key], sides.before[key], there, name)
        else:  # a lesson of the author's own
            what = "same" if name == there.file.path.name else "renamed"
            yield Merged(FilePlan(name, what, there.file.path.name), there.data)


def _edited_away(sides: _Sides) -> Iterator[str]:
    for there in sides.gone:
        touched = there.touched(sides.before[there.file.name_key])
        if touched:
            yield (
                f"{there.file.path}: the article has no such lesson any more, but {', '.join(touched)} "
                f"{'is' if len(touched) == 1 else 'are'} yours. Delete the file; or, to keep it as a lesson of your "
                "own, give it another key, in the file and in its name."
            )


def _own_article(folder: Path, old: Record, new: Update) -> Iterator[str]:
    """article.md with words of the author, which the new one would overwrite."""
    path = folder / ARTICLE
    data = _bytes(path)
    if data is None or data == new.article:
        return
    if sha256(data) != old.article or old.source == ARTICLE:
        yield (
            f"{path}: has edits of yours, and would be overwritten. Import {path} itself; "
            "or, to take the new article, delete it."
        )


def _both_moved(sides: _Sides) -> str:
    before = [key for key in sides.before if key in sides.standing]
    here = sorted(sides.standing[key].file.day for key in before)
    was = {key: day for key, day in zip(before, here, strict=True) if sides.standing[key].file.day != day}
    moved = ", ".join(
        f"{there.file.path.name} (day {was[key]}, now {there.file.day})"
        for key, there in sides.standing.items()
        if key in was
    )
    return (
        f"{next(iter(sides.standing.values())).file.path.parent}: you have put lessons in another order, and the "
        f"article now gives other lessons. You moved {moved}. Put them back on their days, in the file names, "
        "import, then move them again."
    )


def _plain_files(found: Survey, old: Record, new: Update, days: int) -> Iterator[Merged]:
    """course.toml, article.md and the record, in so far as they change."""
    texts = {ARTICLE: new.article, RECORD: record_text(new.record).encode()}
    yield merge_head(found.head, _bytes(found.head.path) or b"", new.head, old.head, days)
    for name, data in texts.items():
        there = _bytes(found.path / name)
        if there != data:
            yield Merged(FilePlan(name, "new" if there is None else "changed"), data)


def _bytes(path: Path) -> bytes | None:
    """What is in the file; None where there is none. Raises InputError where it cannot be read."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}).") from error
