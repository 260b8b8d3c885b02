"""What an article has to give: strands of atoms, and how many passages come of them for so many days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from dripcourse.courses.article import Article, Block, Kind, Options, Perspective, Section
from dripcourse.courses.codes import ArticleError, Caution
from dripcourse.courses.drafting.draft import Placed, Strand
from dripcourse.courses.drafting.partition import content_days, passage_count
from dripcourse.courses.reading.assemble import LEAD_IN_WORDS
from dripcourse.courses.sentences import Atom

SHORTEST, LONGEST = 7, 60  # days
THIN = 60  # words a passage, in the mean


@dataclass(frozen=True)
class Supply:
    """The scheduled strands, and the blocks around the actions that are printed with them."""

    strands: tuple[Strand, ...]
    before: tuple[Block, ...]
    after: tuple[Block, ...]

    @property
    def words(self) -> int:
        """Words of all strands."""
        return sum(strand.words for strand in self.strands)

    @property
    def atoms(self) -> int:
        """Atoms of all strands."""
        return sum(len(strand.atoms) for strand in self.strands)

    def passages(self, days: int, options: Options) -> int:
        """Passages for a course of `days`."""
        content = len(content_days(days, options.recap_every))
        return passage_count(content, self.atoms, self.words, options.min_passage_words)


def supply(article: Article, options: Options) -> Supply:
    """Strands of all perspectives with text; a short text around the actions goes with the actions."""
    perspectives = list(article.perspectives)
    if options.short_answer == "lesson1" and article.short_answer:
        head = perspectives[0]
        opening = Section("", head.line, article.short_answer)
        perspectives[0] = replace(head, sections=(opening, *head.sections))
    before: list[Block] = []
    after: list[Block] = []
    strands: list[Strand] = []
    for number, perspective in enumerate(perspectives):
        steps = [step.block.at for step in article.actions if step.perspective == number]
        if steps and perspective.kind is Kind.ACTION and perspective.words <= LEAD_IN_WORDS:
            before += [block for block in perspective.blocks if block.at < steps[0]]
            after += [block for block in perspective.blocks if block.at > steps[0]]
        elif perspective.blocks:
            strands.append(_strand(perspective, article.title))
    if not any(strand.words for strand in strands):  # the only text there is stands around the actions
        strands = [_strand(perspective, article.title) for perspective in perspectives if perspective.blocks]
        before, after = [], []
    return Supply(tuple(strands), tuple(before), tuple(after))


def _strand(perspective: Perspective, title: str) -> Strand:
    """Its atoms. A perspective that has no heading is called as the article is: readers know that name."""
    placed = [
        Placed(atom, block, section.title, number, _starts(atom, block, section), start)
        for number, section in enumerate(perspective.sections)
        for block in section.blocks
        for atom, start in zip(block.atoms, accumulate((len(a.text) for a in block.atoms), initial=0), strict=False)
    ]
    return Strand(perspective.title if perspective.line else title, perspective.kind, tuple(placed))


def _starts(atom: Atom, block: Block, section: Section) -> str:
    """What a cut before the atom would part: a note and what is nested lean on what stands before them."""
    if atom.starts != "paragraph":
        return atom.starts
    if block is section.blocks[0]:
        return "section"
    return "anaphor" if block.type in ("footnote", "caption") or block.depth else "paragraph"


def count(found: Supply, options: Options) -> int:
    """Passages for the wanted days. Raises ArticleError E_DAYS_RANGE, E_TOO_SHORT, E_TOO_LONG."""
    days = options.days
    if not SHORTEST <= days <= LONGEST:
        raise ArticleError("E_DAYS_RANGE", f"days is {days}; allowed: {SHORTEST} to {LONGEST}. Use --days 30.")
    passages = found.passages(days, options)
    if passages < _fewest(days):
        raise _too_short(found, options, passages)
    if found.words > options.max_passage_words * passages:
        raise _too_long(found, options, passages)
    return passages


def _fewest(days: int) -> int:
    return -(-days // 3)


def _too_short(found: Supply, options: Options, passages: int) -> ArticleError:
    works = [d for d in range(SHORTEST, options.days) if found.passages(d, options) >= _fewest(d)]
    remedy = f"Add text, or use --days {works[-1]}." if works else f"Add text: even {SHORTEST} days are too many."
    return ArticleError(
        "E_TOO_SHORT",
        f"{found.words} words in {found.atoms} sentences make {passages} lessons; "
        f"{options.days} days need at least {_fewest(options.days)}. {remedy}",
    )


def _too_long(found: Supply, options: Options, passages: int) -> ArticleError:
    limit = options.max_passage_words
    works = [d for d in range(options.days + 1, LONGEST + 1) if found.words <= limit * found.passages(d, options)]
    use = f"Use --days {works[0]} or more, or choose perspectives." if works else "Split the article, or shorten it."
    return ArticleError(
        "E_TOO_LONG",
        f"{found.words} words over {passages} lessons are {found.words // passages} words each (limit {limit}). {use}",
    )


def merge(strands: Sequence[Strand], passages: int) -> list[Strand]:
    """Joins the smallest neighbours until every strand can have a passage."""
    groups = [[strand] for strand in strands]
    words = [strand.words for strand in strands]
    pairs = [a + b for a, b in pairwise(words)]
    while len(groups) > passages:
        at = pairs.index(min(pairs))
        groups[at] += groups.pop(at + 1)
        words[at] += words.pop(at + 1)
        pairs.pop(at)
        if at < len(pairs):
            pairs[at] = words[at] + words[at + 1]
        if at:
            pairs[at - 1] = words[at - 1] + words[at]
    return [_joined(group) for group in groups]


def _joined(group: Sequence[Strand]) -> Strand:
    """Neighbours as one strand; its sections are counted through."""
    if len(group) == 1:
        return group[0]
    atoms: list[Placed] = []
    for strand in group:
        offset = atoms[-1].section_index + 1 if atoms else 0
        atoms += (replace(placed, section_index=placed.section_index + offset) for placed in strand.atoms)
    return Strand(" / ".join(strand.title for strand in group), group[0].kind, tuple(atoms))


def join_smallest(strands: Sequence[Strand], among: Sequence[int] = ()) -> list[Strand]:
    """The strands with those two neighbours joined that have the fewest words; one of them `among` these, if given."""
    pairs = [i for i in range(len(strands) - 1) if not among or i in among or i + 1 in among]
    at = min(pairs, key=lambda i: strands[i].words + strands[i + 1].words)
    return [*strands[:at], _joined(strands[at : at + 2]), *strands[at + 2 :]]


def merged(before: int, strands: Sequence[Strand], passages: int) -> list[Caution]:
    """A caution where perspectives were joined."""
    if len(strands) == before:
        return []
    text = (
        f"{before} perspectives for {passages} lessons: joined to {len(strands)}, as some would have had no lesson or "
        "only a crumb. Use more days, or fewer parts."
    )
    return [Caution("W_PERSPECTIVES_MERGED", 0, text)]


def thin(found: Supply, options: Options, passages: int) -> list[Caution]:
    """A caution where the mean passage has fewer than 60 words, with the number of days that would give 60."""
    if found.words >= THIN * passages:
        return []
    enough = [
        d
        for d in range(SHORTEST, options.days)
        if found.passages(d, options) >= _fewest(d) and found.words >= THIN * found.passages(d, options)
    ]
    remedy = f"no course of {SHORTEST} days or more gives {THIN}. Add your own words in `note`"
    if enough:
        remedy = f"{enough[-1]} days would give {THIN}. Use fewer days, or add your own words in `note`"
    mean = f"{found.words / passages:.1f}"
    return [Caution("W_THIN", 0, f"{mean} words per lesson; {remedy}.")]
