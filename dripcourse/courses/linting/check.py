"""What an author should know about a course folder: its mistakes, and what is allowed but weak. Changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path

from dripcourse.courses.folders.folder import Survey, survey
from dripcourse.courses.linting.coverage import coverage_findings
from dripcourse.courses.linting.days import day_findings
from dripcourse.courses.linting.finding import Finding, in_order
from dripcourse.courses.linting.generated import generated_findings
from dripcourse.courses.linting.headlines import headlines
from dripcourse.courses.linting.lengths import length_findings
from dripcourse.courses.linting.links import link_findings
from dripcourse.courses.linting.mentions import mention_findings
from dripcourse.courses.linting.parts import part_findings
from dripcourse.courses.linting.settling import unsettled
from dripcourse.courses.linting.stale import stale_findings
from dripcourse.courses.linting.translations import translation_findings

#: What is looked at in each language, and by which rules; lessons with mistakes are passed over. What the finished
#: mails are like (bytes, contrast) is asked in the mail room, and whether the links answer only on demand.
RULES: dict[str, Callable[[Survey], Iterable[Finding]]] = {
    "subjects": headlines,
    "empty parts and repeated questions": part_findings,
    "preheaders, actions and paragraphs, which may be the compiler's": generated_findings,
    "days that are named": day_findings,
    "links and pictures": link_findings,
    "length": length_findings,
    "mentions of the reader": mention_findings,
}
#: What is looked at in the course's own language only: its article, and who follows it.
OF_THE_ORIGINAL: dict[str, Callable[[Survey], Iterable[Finding]]] = {
    "coverage of the article": coverage_findings,
    "edits of the article": stale_findings,
    "translations": translation_findings,
}


def check_course(path: Path, today: date | None = None) -> list[Finding]:
    """Errors and warnings in file and line order. Raises InputError where there is no folder to read.

    `today` is for the date of the helplines; without it that is not judged.
    """
    return check_survey(survey(path), today)


def check_survey(found: Survey, today: date | None) -> list[Finding]:
    """The findings of a folder that was read already, in file and line order."""
    ruled = (finding for rule in RULES.values() for edition in found.editions for finding in rule(edition))
    original = (finding for rule in OF_THE_ORIGINAL.values() for finding in rule(found))
    return in_order((*_mistakes(found), *ruled, *original, *unsettled(found, today)))


def _mistakes(found: Survey) -> Iterator[Finding]:
    """What keeps the folder from being a course, as errors; the reader of folders words them."""
    in_heads = {mistake for edition in found.editions for mistake in edition.head.mistakes}
    in_files = {mistake for edition in found.editions for file in edition.files for mistake in file.mistakes}
    for mistake in found.mistakes:
        code = "E_COURSE_FILE" if mistake in in_heads else "E_LESSON_FILE" if mistake in in_files else "E_FOLDER"
        yield Finding(code, mistake.path, mistake.line, mistake.message)
