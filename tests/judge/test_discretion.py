"""Nobody who glances at an inbox learns what a course with a safety note is about: not from any header of its mails."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dripcourse.domain.course import Course
from dripcourse.mail.compile import NOTICES
from dripcourse.mail.slots import CompiledMail
from dripcourse.mail.words import words
from tests.judge import planting
from tests.judge.discreet import discreet
from tests.judge.house import published, subscriber
from tests.judge.mails import shipped
from tests.judge.planting import sound

SENSITIVE = [course for course in shipped() if course.safety_note]


def headers_that_tell(course: Course) -> set[tuple[str, str]]:
    """(header, what it tells) over all mails of the course; their bodies are left empty, so nothing is laid out."""
    home, frame = published(course), words(course.language, course.words)
    heads = [(lesson.kind.value, lesson.key, lesson.subject) for lesson in course.lessons]
    heads += [(name, name, frame[f"{name.replace('-', '_')}_subject"].format(course=course.title)) for name in NOTICES]
    found = set()
    for template, key, subject in heads:
        mail = CompiledMail(template, course.language, subject, "", "<p>-</p>", "-")
        raw = home.wire(mail, key, subscriber("", "anne@example.net"), planting.NOW, "", sign=False)
        found |= set(discreet(replace(sound(), raw=raw, words=frame, discreet=True)))
    return found


def test_there_is_a_course_to_be_discreet_about() -> None:
    assert SENSITIVE


@pytest.mark.parametrize("course", SENSITIVE, ids=lambda course: course.title)
def test_no_header_of_a_sensitive_course_tells_what_it_is_about(course: Course) -> None:
    assert headers_that_tell(course) == set()


def test_a_slug_a_title_and_a_subject_that_tell_are_found() -> None:
    plain = replace(planting.COURSE, slug="month-of-steps")
    assert headers_that_tell(plain) == set()
    by_slug = headers_that_tell(replace(plain, slug="save-my-marriage"))
    assert {name for name, _ in by_slug} == {"List-Id", "Feedback-ID"}
    by_title = headers_that_tell(replace(plain, title="Her way back"))
    assert {"List-Id", "Subject"} <= {name for name, _ in by_title}
    lessons = (replace(plain.lessons[0], subject="Day 1: for your wife"), *plain.lessons[1:])
    assert {name for name, _ in headers_that_tell(replace(plain, lessons=lessons))} == {"Subject"}
