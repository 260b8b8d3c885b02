"""The tables as they are now. How they came to be is in migrations/; a test proves that both agree."""

from dripcourse.storage.tables.metadata import metadata
from dripcourse.storage.tables.of_courses import course, course_version, lesson, mail
from dripcourse.storage.tables.of_events import event, heartbeat, notice
from dripcourse.storage.tables.of_forms import api_token, attempt, form, idempotency, sign_up, spent
from dripcourse.storage.tables.of_hooks import hook, hook_delivery
from dripcourse.storage.tables.of_people import consent, erased, forgotten, subscriber, suppression
from dripcourse.storage.tables.of_runs import QUIET, UNPRUNED, answer, delivery, enrollment

__all__ = [
    "QUIET",
    "UNPRUNED",
    "answer",
    "api_token",
    "attempt",
    "consent",
    "course",
    "course_version",
    "delivery",
    "enrollment",
    "erased",
    "event",
    "forgotten",
    "form",
    "heartbeat",
    "hook",
    "hook_delivery",
    "idempotency",
    "lesson",
    "mail",
    "metadata",
    "notice",
    "sign_up",
    "spent",
    "subscriber",
    "suppression",
]
