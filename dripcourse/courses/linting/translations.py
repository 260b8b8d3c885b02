"""Which translated lessons are older than their originals, by the prints that translators leave. Compares no languages.

A translated file may have a field `translates`: sixteen digits that stand for the original's texts as they were then.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

from dripcourse.courses.folders.course_keys import LANGUAGE
from dripcourse.courses.folders.folder import Survey
from dripcourse.courses.folders.shown import digest
from dripcourse.courses.linting.finding import Finding
from dripcourse.domain.course import Lesson


def translation_findings(found: Survey) -> Iterator[Finding]:
    """W_TRANSLATION_OLD for each translated lesson whose print is not that of its original as it is now, and
    W_TRANSLATION_NAME for a folder that looks like one and is not read."""
    for entry in sorted(found.path.iterdir()):
        if not LANGUAGE.fullmatch(entry.name) and not entry.name.startswith(".") and _is_course(entry):
            text = "is not read as a translation: its name is no language tag, such as de or pt-BR; rename or move it"
            yield Finding("W_TRANSLATION_NAME", str(entry), 0, text)
    yield from _old(found)


def _is_course(entry: Path) -> bool:
    with contextlib.suppress(OSError):  # a folder that may not be read
        return (entry / "course.toml").is_file()
    return False


def _old(found: Survey) -> Iterator[Finding]:
    prints = {file.path.name: print_of(file.lesson) for file in found.files if file.lesson}
    for translation in found.translations:
        for file in translation.files:
            now = prints.get(file.path.name)
            if now and file.translates and file.translates != now:
                text = (
                    f"{file.path.name} of the course has other texts than when this was translated; "
                    f'compare them, then write translates: "{now}"'
                )
                yield Finding("W_TRANSLATION_OLD", str(file.path), file.line("translates"), text)


def print_of(lesson: Lesson) -> str:
    """Sixteen digits that stand for all texts of a lesson; its place and its minutes do not matter."""
    action = lesson.action
    texts = (
        *(lesson.subject, lesson.preheader, lesson.perspective, lesson.section, lesson.body, lesson.reflection),
        *(lesson.note, lesson.instead, lesson.instead_section),
        *((action.text, action.solo) if action else ("", "")),
    )
    return digest(json.dumps(texts))
