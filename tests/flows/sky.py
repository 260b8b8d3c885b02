"""A small course in two languages, one of its lessons with another passage, and a way out that keeps what it takes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from email import policy
from email.parser import BytesParser
from pathlib import Path

from dripcourse.domain.course import Action, Course, Lesson, LessonKind
from dripcourse.domain.progress import Rule
from dripcourse.flows.publish import publish
from dripcourse.mail.transports import Reply
from tests.flows.stage import Post, Stage, raised


class Keeping(Post):
    """Keeps the text of what it accepts: (recipient, subject, text)."""

    def deliver(self, sender, recipient, build, before_dot) -> Reply:  # type: ignore[no-untyped-def]
        raw = build()
        message = BytesParser(policy=policy.default).parsebytes(raw)
        part = message.get_body(("plain",))
        assert part is not None
        texts.append((recipient.partition("@")[0], str(message["Subject"]), " ".join(str(part.get_content()).split())))
        return super().deliver(sender, recipient, lambda: raw, before_dot)


texts: list[tuple[str, str, str]] = []


def lesson(key: str, day: int, kind: LessonKind, **more: str) -> Lesson:
    texts = {"body": f"This is {key}.", "action": Action("Do one thing.", 5), **more}
    return Lesson(key, kind, day, f"Day {day}: {key}", f"The preheader of {key}.", **texts)  # type: ignore[arg-type]


def small(language: str = "en") -> Course:
    """Three lessons, one of them with another passage, a look back, a farewell."""
    other = {"perspective": "Stars", "instead": "This is plain.", "instead_section": "On the ground"}
    lessons = (
        lesson("hello", 0, LessonKind.WELCOME),
        lesson("one", 1, LessonKind.LESSON),
        lesson("two", 2, LessonKind.LESSON, **other),
        lesson("three", 3, LessonKind.LESSON),
        lesson("back", 4, LessonKind.RECAP),
        lesson("bye", 5, LessonKind.COMPLETION),
    )
    return Course("sky", "Sky", language, lessons, optional={"stars": "Stars"})


def course() -> Course:
    german = tuple(replace(each, subject=f"Tag {each.day}: {each.key}") for each in small().lessons)
    return replace(small(), translations=(replace(small("de"), title="Himmel", lessons=german),))


@contextmanager
def on(url: str, folder: Path) -> Iterator[Stage]:
    texts.clear()
    with raised(url, folder, transport=Keeping, course=False) as stage:
        publish(stage.db, course(), stage.engine.brand, Rule.FOLLOW, stage.clock())
        yield replace(stage, slug="sky")


def got(name: str) -> dict[str, str]:
    """The mails of that person: subject -> text."""
    return {subject: text for to, subject, text in texts if to == name}
