"""One lesson file under a new import: what nobody touched takes the new text, what its author touched stays.

For each field three texts are compared: what the last import wrote (its digest), what this one would write, and what
stands there. Writes nothing; which file is which lesson is decided in `matching`, the whole folder in `update`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from dripcourse.courses.folders.edit_front import edit_lesson
from dripcourse.courses.folders.front import decode_file
from dripcourse.courses.folders.lesson_file import FIELDS, LessonFile
from dripcourse.courses.folders.plan import Change, FilePlan, Kept
from dripcourse.courses.folders.provenance import MadeLesson, lesson_fields
from dripcourse.courses.folders.record import Origin
from dripcourse.courses.folders.write import lesson_text
from dripcourse.domain.course import Lesson

_BOM = b"\xef\xbb\xbf"
_ORDER = (*FIELDS, "body")


@dataclass(frozen=True)
class Standing:
    """A lesson file as it stands in the folder, without mistakes, and its bytes."""

    file: LessonFile
    lesson: Lesson
    data: bytes

    @property
    def fields(self) -> dict[str, str]:
        """The fields that an import writes, as they are now."""
        return lesson_fields(self.lesson, self.file.source)

    @property
    def own(self) -> dict[str, str]:
        """The fields that no import writes, where they are not empty."""
        fields = {
            "note": self.lesson.note,
            "solo": self.lesson.action.solo if self.lesson.action else "",
            "instead_section": self.lesson.instead_section,
            "instead": self.lesson.instead,
        }
        return {name: text for name, text in fields.items() if text}

    def touched(self, origin: Origin) -> list[str]:
        """The fields that hold words of the author."""
        now = self.fields
        names = [name for name in _ORDER if not origin.wrote(name, now.get(name, ""))]
        return [name for name in names if name not in ("key", "note", "solo")] + list(self.own)


@dataclass(frozen=True)
class Merged:
    """One file after the merge."""

    plan: FilePlan
    data: bytes


def merge_lesson(made: MadeLesson, origin: Origin, standing: Standing, name: str) -> Merged:
    """The file `standing` under its new `name`, brought up to `made` wherever its author has not been."""
    now, new = standing.fields, made.fields
    changes: list[Change] = []
    kept: list[Kept] = []
    for field in _ORDER:
        there, wanted = now.get(field, ""), new.get(field, "")
        if not origin.wrote(field, there):
            again = there == wanted or origin.wrote(field, wanted)
            unused = not again and _other_sentences(field, made, origin)
            kept.append(Kept(field, there, "" if again else wanted or "nothing", wanted, unused))
        elif there != wanted:
            changes.append(Change(field, there, wanted))
    kept += [Kept(field, text) for field, text in standing.own.items()]
    data = _edited(standing, {change.field: change.new for change in changes}, made)
    what = "changed" if changes else "renamed" if name != standing.file.path.name else "kept" if kept else "same"
    return Merged(FilePlan(name, what, standing.file.path.name, "", tuple(changes), tuple(kept)), data)


def _other_sentences(field: str, made: MadeLesson, origin: Origin) -> bool:
    """Whether the article now says something else here."""
    sides = {"body": (made.body, origin.body), "action": (made.action, origin.action)}
    now, before = sides.get(field, ((), ()))
    return [sentence.digest for sentence in now] != [trace.digest for trace in before]


def _edited(standing: Standing, changes: dict[str, str], made: MadeLesson) -> bytes:
    """The bytes of the file with these changes, in its own line ends; the same bytes where there are none."""
    if not changes:
        return standing.data
    edited = edit_lesson(decode_file(standing.data), changes)
    if edited is None:  # such as a front matter in braces: all its words, in our layout
        edited = _anew(standing, changes, made)
    if b"\r\n" in standing.data:
        edited = edited.replace("\n", "\r\n")
    return (_BOM if standing.data.startswith(_BOM) else b"") + edited.encode()


def _anew(standing: Standing, changes: dict[str, str], made: MadeLesson) -> str:
    lesson = standing.lesson
    action = lesson.action or made.lesson.action
    plain = ("subject", "preheader", "perspective", "section", "reflection", "body")
    if action and changes.keys() & {"action", "minutes"}:
        text, minutes = changes.get("action", action.text), changes.get("minutes", str(action.minutes))
        action = replace(action, text=text, minutes=int(minutes or 0)) if text else None
    texts = {name: changes[name] for name in plain if name in changes}
    source = changes.get("source", standing.file.source)
    return lesson_text(replace(lesson, action=action, **texts), source)  # type: ignore[arg-type]


def new_lesson(made: MadeLesson, name: str) -> Merged:
    """A lesson that the folder has not had."""
    return Merged(FilePlan(name, "new", subject=made.lesson.subject), lesson_text(made.lesson, made.source).encode())
