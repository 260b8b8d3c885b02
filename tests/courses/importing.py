"""Imports for the tests: an article into a folder, and again into the same folder, without a command line."""

from __future__ import annotations

from pathlib import Path

from dripcourse.courses.article import Options
from dripcourse.courses.drafting.as_course import as_course
from dripcourse.courses.drafting.draft import Draft
from dripcourse.courses.drafting.markdown import article_markdown
from dripcourse.courses.folders.folder import survey
from dripcourse.courses.folders.plan import Plan
from dripcourse.courses.folders.provenance import Made, make
from dripcourse.courses.folders.record import RECORD, Record, read_record, record_of, record_text
from dripcourse.courses.folders.swap import swap
from dripcourse.courses.folders.update import plan_update, updated
from dripcourse.courses.folders.write import course_files, write_folder
from dripcourse.domain.course import Course
from tests.courses.articles import compiled


def _compiled(data: bytes, options: Options) -> tuple[Draft, Course, str, Made, Record]:
    draft = compiled(data, options)
    course, article = as_course(draft), article_markdown(draft.article, draft.title)
    made = make(course, article)
    return draft, course, article, made, record_of(made, article.encode(), "../article.txt", data, draft.options)


def import_into(folder: Path, data: bytes, options: Options) -> Options:
    """A new course folder, and the source beside it. Gives the options that worked."""
    _, course, article, made, record = _compiled(data, options)
    write_folder({**course_files(course, article, made), RECORD: record_text(record)}, folder)
    (folder.parent / "article.txt").write_bytes(data)
    return record.options


def plan_again(folder: Path, data: bytes, options: Options) -> Plan:
    """What another import would change."""
    draft, _, article, made, record = _compiled(data, options)
    found, old = survey(folder), read_record(folder)
    assert old is not None
    return plan_update(found, old, updated(made, draft, article.encode(), old, record, found))


def import_again(folder: Path, data: bytes, options: Options) -> Plan:
    """Another import, written unless it has conflicts."""
    plan = plan_again(folder, data, options)
    if not plan.conflicts:
        swap(folder, plan.writes, plan.removes)
        (folder.parent / "article.txt").write_bytes(data)
    return plan


def the_file(folder: Path, key: str) -> Path:
    """The lesson file with this key."""
    (path,) = folder.glob(f"[0-9]*[0-9]-{key}.md")
    return path


def change(path: Path, old: str, new: str) -> None:
    """Replaces `old` in a file, which must be there."""
    text = path.read_text(encoding="utf-8")
    assert old in text, (path, old)
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def contents(folder: Path) -> dict[str, bytes]:
    """All files of a folder, by name."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
