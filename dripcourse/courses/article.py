"""What was understood of an article: perspectives, sections, blocks, actions. Values only; readers make them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dripcourse.courses.codes import Caution
from dripcourse.courses.sentences import Atom, count_words, split_atoms


class Kind(StrEnum):
    """What a perspective is about. It only chooses wording and the rule for actions."""

    OVERVIEW = "overview"
    MECHANISM = "mechanism"
    TRADITION = "tradition"
    ACTION = "action"
    OTHER = "other"


@dataclass(frozen=True)
class Options:
    """What the author may choose. Word limits are means over the whole course; `days` counts no welcome."""

    days: int = 30
    recap_every: int = 7  # 0: no recaps
    short_answer: str = "welcome"  # or "lesson1"
    rotate: str = "auto"  # or "always", "never"
    min_passage_words: int = 20
    max_passage_words: int = 600
    perspectives: tuple[str, ...] = ()  # exact headings; then nothing else is a perspective
    actions_under: str = ""
    title: str = ""
    language: str = "en"
    format: str = "auto"  # or "text", "markdown", "html"
    include_cta: bool = False  # print the author's call to action in the completion mail
    wpm: int = 238


@dataclass(frozen=True)
class Block:
    """A paragraph or list item, verbatim. `line` counts from 1 in the source."""

    text: str
    line: int
    type: str = "paragraph"  # or "list_item"
    marker: str = ""  # of a list item, as the author wrote it

    @property
    def atoms(self) -> tuple[Atom, ...]:
        """The smallest pieces that may move to another day; together they are `text`."""
        return split_atoms(self.text, whole=self.type != "paragraph")

    @property
    def words(self) -> int:
        """Words of the block."""
        return count_words(self.text)


@dataclass(frozen=True)
class Section:
    """Blocks under one heading of level 2; the opening of a perspective has no title."""

    title: str
    line: int
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Perspective:
    """One view of the subject. `line` 0: its title is ours, no heading of the article."""

    title: str
    kind: Kind
    line: int
    sections: tuple[Section, ...]
    guessed: bool = False  # level or kind came from position or single words

    @property
    def blocks(self) -> tuple[Block, ...]:
        """All blocks in article order, without those that go with an action."""
        return tuple(block for section in self.sections for block in section.blocks)

    @property
    def words(self) -> int:
        """Words of all blocks."""
        return sum(block.words for block in self.blocks)


@dataclass(frozen=True)
class Step:
    """One action of the article, verbatim. `extra` are text lines that stood between this step and the next."""

    ordinal: int  # from 1
    text: str
    line: int
    perspective: int  # index into Article.perspectives
    sub: tuple[str, ...] = ()
    extra: tuple[Block, ...] = ()


@dataclass(frozen=True)
class Dropped:
    """Text that goes into no mail, and why."""

    text: str
    reason: str  # reading_time, related, cta, marker
    line: int


@dataclass(frozen=True)
class Article:
    """An article, taken apart without loss: every visible character is in exactly one place (see `ledger`)."""

    title: str
    reading_minutes: int | None
    short_answer: tuple[Block, ...]
    perspectives: tuple[Perspective, ...]
    actions: tuple[Step, ...]
    dropped: tuple[Dropped, ...]
    cautions: tuple[Caution, ...]
    format: str = "text"
    encoding: str = "utf-8"
    titled: bool = True  # False: the title came from an option, not from the source

    @property
    def headings(self) -> tuple[tuple[int, str], ...]:
        """(level, text) of the article's own headings, in order: 1 perspective, 2 section."""
        found: list[tuple[int, str]] = []
        for perspective in self.perspectives:
            if perspective.line:
                found.append((1, perspective.title))
            found.extend((2, section.title) for section in perspective.sections if section.title)
        return tuple(found)
