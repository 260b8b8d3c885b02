"""The tables as they are now. How they came to be is in migrations/; a test proves that both agree."""

from dripcourse.storage.tables.metadata import metadata
from dripcourse.storage.tables.of_courses import course, course_version, form, lesson, mail
from dripcourse.storage.tables.of_events import event, heartbeat, notice
from dripcourse.storage.tables.of_people import consent, erased, subscriber, suppression
from dripcourse.storage.tables.of_runs import QUIET, UNPRUNED, answer, delivery, enrollment

__all__ = [
    "QUIET",
    "UNPRUNED",
    "answer",
    "consent",
    "course",
    "course_version",
    "delivery",
    "enrollment",
    "erased",
    "event",
    "form",
    "heartbeat",
    "lesson",
    "mail",
    "metadata",
    "notice",
    "subscriber",
    "suppression",
]
