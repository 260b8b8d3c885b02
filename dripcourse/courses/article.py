"""What was understood of an article: perspectives, sections, blocks, actions. Values only; readers make them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from dripcourse.courses.codes import Caution
from dripcourse.courses.sentences import Atom, count_words, split_atoms

#: The white space around a text that says nothing. Not U+3000 or U+00A0: an author sets those.
EDGES = " \t\n\r\f"


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
    language: str = ""  # of the course; "": the article's own, else en
    format: str = "auto"  # or "text", "markdown", "html"
    keep_captions: bool = False  # captions of pictures and tables are text of the article
    encoding: str = ""  # what the transport says; the file's own mark goes first
    address: str = ""  # where the article was fetched: relative links are completed by it
    include_cta: bool = False  # print the author's call to action in the completion mail
    wpm: int = 238


@dataclass(frozen=True)
class Span:
    """Characters `start` to `end` of a block's text, set apart: em, strong, code, strike or link (with `href`)."""

    start: int
    end: int
    kind: str
    href: str = ""


_IN_ONE_PIECE = frozenset({"list_item", "table", "code", "caption"})


@dataclass(frozen=True)
class Block:
    """What the author set as one: a paragraph, a list item, a table; its visible text, verbatim.

    A table has a line for each row and a tab between cells. `line` and `last` count from 1 in the source.
    """

    text: str
    line: int
    type: str = "paragraph"  # quote, list_item, table, code, caption, footnote
    marker: str = ""  # of a list item, as the author wrote it
    last: int = 0  # 0: the block is one line
    spans: tuple[Span, ...] = ()
    depth: int = 0  # of list items, and of what stands inside them
    lang: str = ""  # BCP 47, where it is not the article's
    dir: str = ""  # ltr or rtl, where it is not the article's
    at: int = field(default=0, compare=False)  # its place in the order of the article; a page may be one single line

    @cached_property
    def atoms(self) -> tuple[Atom, ...]:
        """The smallest pieces that may move to another day; together they are `text`."""
        return split_atoms(self.text, whole=self.type in _IN_ONE_PIECE)

    @cached_property
    def words(self) -> int:
        """Words of the block."""
        return count_words(self.text)

    @property
    def lines(self) -> tuple[int, int]:
        """First and last line in the source."""
        return self.line, self.last or self.line

    @property
    def lead(self) -> str:
        """The bold words it begins with, or nothing."""
        return next((self.text[s.start : s.end] for s in self.spans if s.kind == "strong" and s.start == 0), "")


@dataclass(frozen=True)
class Section:
    """Blocks under one heading of level 2; the opening of a perspective has no title."""

    title: str
    line: int
    blocks: tuple[Block, ...]
    at: int = field(default=0, compare=False)  # as in Block


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
    """One action of the article, verbatim, with what belongs to it: sub-steps, and text that stands with it."""

    ordinal: int  # from 1
    block: Block
    perspective: int  # index into Article.perspectives
    details: tuple[Block, ...] = ()  # in the order of the article

    @property
    def text(self) -> str:
        """What is to be done."""
        return self.block.text

    @property
    def line(self) -> int:
        """Its first line in the source."""
        return self.block.line

    @property
    def sub(self) -> tuple[str, ...]:
        """The sub-steps."""
        return tuple(block.text for block in self.details if block.type == "list_item")

    @property
    def extra(self) -> tuple[Block, ...]:
        """Text that is no sub-step: what stood between this step and the next."""
        return tuple(block for block in self.details if block.type != "list_item")


REASONS = (
    *("nav", "cookie", "advert", "byline", "reading_time", "share", "related", "cta", "comment", "footer", "hidden"),
    *("script", "marker", "caption", "front_matter"),
)


@dataclass(frozen=True)
class Dropped:
    """Text that goes into no mail, and why."""

    text: str
    reason: str  # one of REASONS
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
    source_title: str = ""  # the title as it stands in the visible text; "": it came from elsewhere
    actions_by: str = ""  # how they were found: option, name, steps, orders, numbers; "" where there are none
    description: str = ""  # from the front matter
    lang: str = ""  # BCP 47, as the source says it
    dir: str = ""  # ltr or rtl, as the source says it

    @property
    def headings(self) -> tuple[tuple[int, str], ...]:
        """(level, text) of the article's own headings, in order: 1 perspective, 2 section."""
        found: list[tuple[int, str]] = []
        for perspective in self.perspectives:
            if perspective.line:
                found.append((1, perspective.title))
            found.extend((2, section.title) for section in perspective.sections if section.title)
        return tuple(found)
