"""What a course is: ordered lessons with keys for life. Not how it is read (courses) or mailed (mail)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class LessonKind(StrEnum):
    """What a mail of the course is for; it chooses the template folder of the same name."""

    WELCOME = "welcome"  # day 0, sent at once
    LESSON = "lesson"  # one passage, one action, one reflection
    RECAP = "recap"  # looks back; no new passage
    PRACTICE = "practice"  # an action without a passage
    COMPLETION = "completion"  # the day after the last lesson


@dataclass(frozen=True)
class Action:
    """One thing to do today, as Markdown. `minutes` is an upper limit, 0 where the author gave none."""

    text: str
    minutes: int = 0
    solo: str = ""  # the version for someone who is alone with it today


@dataclass(frozen=True)
class Lesson:
    """One mail of a course. `key` is for life; `day` is its place and may change between versions.

    Texts (`body`, `action`, `reflection`, `note`, `instead`) are Markdown; `subject` and `preheader` are plain, of one
    line.
    """

    key: str
    kind: LessonKind
    day: int  # 0 welcome, 1..N, N+1 completion
    subject: str
    preheader: str = ""
    perspective: str = ""
    section: str = ""
    body: str = ""
    action: Action | None = None
    reflection: str = ""
    note: str = ""
    instead: str = ""  # the passage for readers who have opted out of this lesson's perspective
    instead_section: str = ""  # the section line above it

    @property
    def scheduled(self) -> bool:
        """Whether it takes a local day of its own (all but the welcome mail)."""
        return self.kind is not LessonKind.WELCOME


@dataclass(frozen=True)
class Sender:
    """Who the mails come from, as the recipient sees it."""

    name: str
    address: str = ""  # "": the installation's own
    reply_to: str = ""


@dataclass(frozen=True)
class Logo:
    """An image above the text. The mail must be whole without it: `alt` is read in its place. Sizes in CSS pixels."""

    url: str  # https
    alt: str
    width: int
    height: int


@dataclass(frozen=True)
class Course:
    """A checked course, ready to publish. Lessons are in sending order: welcome, days 1..N, completion."""

    slug: str  # [a-z0-9-], for life
    title: str
    language: str  # BCP 47, such as "en"
    lessons: tuple[Lesson, ...]
    sender: Sender | None = None  # None: the installation's own
    postal_address: str = ""  # "" : the installation's own
    safety_note: str = ""  # Markdown, shown in welcome, recaps and footer
    theme: dict[str, str] = field(default_factory=dict)  # token -> value, over the shipped theme
    logo: Logo | None = None
    footer: str = ""  # Markdown, in the foot of every mail
    words: dict[str, str] = field(default_factory=dict)  # name -> text, over the words of its language
    optional: dict[str, str] = field(default_factory=dict)  # key for life -> perspective that readers may opt out of
    safety_footer: str = ""  # Markdown, in the foot of each mail of the course that has not the whole note
    translations: tuple[Course, ...] = ()  # the same slug and lesson keys in other languages; these have none

    @property
    def editions(self) -> tuple[Course, ...]:
        """The course in each of its languages, its own first."""
        return (self, *self.translations)

    def option(self, lesson: Lesson) -> str:
        """The key of the optional perspective this lesson belongs to, "" where nobody can opt out of it."""
        return next((key for key, name in self.optional.items() if name == lesson.perspective and lesson.instead), "")

    @property
    def days(self) -> int:
        """How many lessons the course has, not counting welcome and completion."""
        return sum(1 for x in self.lessons if x.kind not in (LessonKind.WELCOME, LessonKind.COMPLETION))
