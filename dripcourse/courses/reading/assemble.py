"""Puts pieces and headings together to an article. What is a heading was decided before (`levels`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dripcourse.courses.article import Article, Kind, Options, Perspective, Section, Step
from dripcourse.courses.codes import Caution
from dripcourse.courses.reading.actions import Act, choose
from dripcourse.courses.reading.parts import Outline, Part, split
from dripcourse.courses.reading.pieces import Piece
from dripcourse.courses.sentences import count_words

#: A perspective with no more words than this around its actions is printed with them, not scheduled.
LEAD_IN_WORDS = 120


def assemble(outline: Outline, title: str, options: Options) -> Article:
    """The article of these pieces; without `dropped` and `reading_minutes`. Raises ArticleError."""
    outline = replace(outline, found=[replace(piece, at=at) for at, piece in enumerate(outline.found)])
    opening, parts = split(outline, title)
    acts, found_by = choose(outline, parts, title, options)
    used = {x for act in acts for x in (act.at, *act.rest)}
    if outline.marked:
        _name_actions(outline.found, parts, acts, used)
    perspectives = tuple(_perspective(outline.found, part, used) for part in parts)
    short_answer = tuple(outline.found[at].block for at in opening)
    steps = _steps(outline.found, parts, acts)
    return _never_without_perspective(
        Article(title, None, short_answer, perspectives, steps, (), (), actions_by=found_by)
    )


def _name_actions(found: Sequence[Piece], parts: Sequence[Part], acts: Sequence[Act], used: set[int]) -> None:
    """A perspective that is little more than its list of actions is of that kind, whatever its name."""
    for part in parts:
        own = sum(count_words(found[at].text) for at in part.members if at not in used)
        if part.kind is Kind.OTHER and own <= LEAD_IN_WORDS and any(act.at in part.indices for act in acts):
            part.kind = Kind.ACTION


def _steps(found: Sequence[Piece], parts: Sequence[Part], acts: Sequence[Act]) -> tuple[Step, ...]:
    owner = {at: number for number, part in enumerate(parts) for at in part.indices}
    return tuple(
        Step(ordinal, found[act.at].block, owner[act.at], tuple(found[x].block for x in act.rest))
        for ordinal, act in enumerate(acts, 1)
    )


def _perspective(found: Sequence[Piece], part: Part, used: set[int]) -> Perspective:
    sections: list[Section] = []
    for head, members in part.sections:
        blocks = tuple(found[at].block for at in members if at not in used)
        named = head is not None and head not in used
        if blocks or named:
            title, line = (found[head].text, found[head].line) if named and head is not None else ("", part.line)
            sections.append(Section(title, line, blocks, head or 0))
    return Perspective(part.title, part.kind, part.line, tuple(sections), part.guessed)


def _never_without_perspective(article: Article) -> Article:
    """Where all text stands before the first heading with text, that text is the course."""
    caution = Caution(
        "W_NO_PERSPECTIVES",
        0,
        'No perspectives were found, so all text is one. Put "# " before each heading and say --format text.',
    )
    if any(perspective.line and perspective.blocks for perspective in article.perspectives):
        return article
    if any(perspective.blocks for perspective in article.perspectives) or not article.short_answer:
        return replace(article, cautions=(*article.cautions, caution))
    whole = Perspective("Article", Kind.OTHER, 0, (Section("", 0, article.short_answer),), guessed=True)
    return replace(
        article,
        short_answer=(),
        perspectives=(whole, *article.perspectives),
        actions=tuple(replace(step, perspective=step.perspective + 1) for step in article.actions),
        cautions=(*article.cautions, caution),
    )
