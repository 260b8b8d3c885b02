"""The course whose lesson is measured: about 25 kB on the wire, built in code and published as any other; no people."""

from __future__ import annotations

from datetime import UTC, datetime

from dripcourse.config import Settings
from dripcourse.domain.course import Action, Course, Lesson, LessonKind
from dripcourse.domain.progress import Rule
from dripcourse.flows.engine import installation_brand
from dripcourse.flows.publish import publish
from dripcourse.storage import courses, forms, schema
from dripcourse.storage.database import Database

KEY = "one"  # the lesson everybody is at
FORM = "start"
#: Some words with a letter that quoted-printable has to write in three, as real texts have.
SENTENCES = (
    "What you notice first is seldom what matters, and what matters seldom asks to be noticed.",
    "Sit down, write one line about *yesterday*, and read it aloud as if a friend had written it – slowly.",
    "A café at the corner, a naïve question, a long answer: **that** is how most of us learnt what we know.",
    "Nothing here needs a talent; it needs the same ten minutes, at the same hour, on the days that are not good.",
)


def lesson(key: str, day: int, kind: LessonKind, paragraphs: int) -> Lesson:
    """A lesson with so many paragraphs."""
    body = "\n\n".join(" ".join(SENTENCES[(n + k) % 4] for k in range(4)) for n in range(paragraphs))
    return Lesson(
        key, kind, day, f"Day {day}: the same ten minutes", "A line to look forward to", "Attention", "First steps",
        body=body, action=Action("Write down three things you heard today.", 10), reflection="What surprised you?",
    )  # fmt: skip


def bench_course(paragraphs: int = 17) -> Course:
    """welcome, one (the long one), two, completion."""
    made = (
        lesson("welcome", 0, LessonKind.WELCOME, 2),
        lesson(KEY, 1, LessonKind.LESSON, paragraphs),
        lesson("two", 2, LessonKind.LESSON, paragraphs),
        lesson("completion", 3, LessonKind.COMPLETION, 2),
    )
    return Course("bench", "The same ten minutes", "en", made)


def put_up(db: Database, settings: Settings) -> tuple[int, int]:
    """Tables, the published course and its form in an empty database; (course id, version id)."""
    now = datetime.now(UTC)
    with db.writing() as tx:
        schema.upgrade(tx)
    publish(db, bench_course(), installation_brand(settings), Rule.FOLLOW, now)
    with db.writing() as tx:
        row = courses.find(tx, "bench")
        forms.add(tx, slug=FORM, title="Ten minutes", wording="Yes, one lesson a day.", course_id=row.id, at=now)
    return row.id, row.version_id
