"""A draft course: what each day says, in verbatim text. Values only; `compile` makes it, `as_course` formats it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from dripcourse.courses.article import EDGES, Article, Block, Kind, Options, Step
from dripcourse.courses.codes import Caution
from dripcourse.courses.folders.course_keys import LANGUAGE
from dripcourse.courses.sentences import Atom
from dripcourse.domain.course import LessonKind


@dataclass(frozen=True)
class Placed:
    """An atom with its place in the article."""

    atom: Atom
    block: Block
    section: str  # "" in the opening of a perspective
    section_index: int
    starts: str  # section, paragraph, sentence or anaphor
    start: int = 0  # of the atom in the text of the block

    @property
    def end(self) -> int:
        """Where the atom ends in the text of the block."""
        return self.start + len(self.atom.text)


@dataclass(frozen=True)
class Excerpt:
    """A block, or the sentences of it that fall on one day: characters `start` to `end` of its text."""

    block: Block
    section: str
    start: int
    end: int

    @property
    def text(self) -> str:
        """The verbatim text."""
        return self.block.text[self.start : self.end].strip(EDGES)


@dataclass(frozen=True)
class Strand:
    """One perspective as it is scheduled: its atoms in order. Two merged perspectives are one strand."""

    title: str
    kind: Kind
    atoms: tuple[Placed, ...]

    @cached_property
    def words(self) -> int:
        """Words of all atoms."""
        return sum(placed.atom.words for placed in self.atoms)


@dataclass(frozen=True)
class Passage:
    """The text of one day: consecutive atoms of one strand."""

    strand: int
    number: int  # running number in the strand, from 0
    first: int  # index of the first atom in the strand
    atoms: tuple[Placed, ...]

    @property
    def raw(self) -> str:
        """The atoms, joined as they are."""
        return "".join(placed.atom.text for placed in self.atoms)

    @cached_property
    def excerpts(self) -> tuple[Excerpt, ...]:
        """What is here of each block the passage touches, in order."""
        found: list[Excerpt] = []
        for placed in self.atoms:
            if found and found[-1].block is placed.block:
                found[-1] = replace(found[-1], end=placed.end)
            else:
                found.append(Excerpt(placed.block, placed.section, placed.start, placed.end))
        return tuple(found)

    @property
    def text(self) -> str:
        """The verbatim text, an empty line between paragraphs."""
        return "\n\n".join(excerpt.text for excerpt in self.excerpts)

    @property
    def words(self) -> int:
        """Words of the passage."""
        return sum(placed.atom.words for placed in self.atoms)

    @property
    def lines(self) -> tuple[int, int]:
        """First and last line of the article that the passage comes from."""
        return (
            min(excerpt.block.lines[0] for excerpt in self.excerpts),
            max(excerpt.block.lines[1] for excerpt in self.excerpts),
        )

    @property
    def sections(self) -> tuple[str, ...]:
        """Titles of the sections whose text is here, in order."""
        return tuple(dict.fromkeys(placed.section for placed in self.atoms if placed.section))


@dataclass(frozen=True)
class Prompt:
    """What one action asks on one day. `step` None: the article has no actions."""

    label: str
    stage: str  # introduce, practise, deepen, review
    text: str
    minutes: int
    step: Step | None = None
    before: tuple[Block, ...] = ()  # lead-in, printed with the first action
    after: tuple[Block, ...] = ()  # what follows the last action in the article


@dataclass(frozen=True)
class Day:
    """One mail of days 1..N."""

    day: int
    kind: LessonKind
    key: str
    subject: str
    preheader: str
    perspective: str = ""
    section: str = ""
    continued_from: int = 0  # the day on which the section began; 0: it begins here
    passage: Passage | None = None
    prompts: tuple[Prompt, ...] = ()
    reflection: str = ""
    back_to: int = 0  # practice: the lesson to read again
    recap: tuple[tuple[int, str, str], ...] = ()  # (day, title, action labels) since the last recap
    est_minutes: int = 0

    @property
    def title(self) -> str:
        """What later mails call this day."""
        return self.section or self.perspective or "; ".join(prompt.label for prompt in self.prompts)

    @property
    def labels(self) -> str:
        """The names of the day's actions."""
        return "; ".join(prompt.label for prompt in self.prompts)


@dataclass(frozen=True)
class Draft:
    """A whole course before the author has touched it."""

    article: Article
    options: Options
    title: str
    strands: tuple[Strand, ...]
    days: tuple[Day, ...]
    cautions: tuple[Caution, ...]

    @property
    def language(self) -> str:
        """Of the course: as its author wishes, else the article's own, else English."""
        return self.options.language or usable_language(self.article.lang) or "en"


def usable_language(tag: str) -> str:
    """A language tag of the wild as a course has it (EN-US is en-US); "" where it is none."""
    primary, _, rest = tag.strip().replace("_", "-").partition("-")
    spelled = f"{primary.lower()}-{rest}" if rest else primary.lower()
    return spelled if LANGUAGE.fullmatch(spelled) else ""
