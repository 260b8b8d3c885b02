"""Puts pieces and headings together to an article. What is a heading was decided before (`levels`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dripcourse.courses.article import Article, Block, Kind, Options, Perspective, Section, Step
from dripcourse.courses.codes import ArticleError, Caution
from dripcourse.courses.reading.decode import fold
from dripcourse.courses.reading.levels import Heading
from dripcourse.courses.reading.lines import Piece


@dataclass(frozen=True)
class Outline:
    """The body of an article: its pieces and which of them are headings."""

    found: Sequence[Piece]
    headings: Sequence[Heading]


@dataclass
class _Part:
    """A perspective that is being filled: indices of pieces, by section."""

    title: str
    kind: Kind
    line: int
    guessed: bool
    sections: list[tuple[Piece | None, list[int]]]

    @property
    def members(self) -> list[int]:
        return [at for _, members in self.sections for at in members]


def assemble(outline: Outline, title: str, options: Options) -> Article:
    """The article of these pieces; without `dropped` and `reading_minutes`. Raises ArticleError."""
    opening, parts = _parts(outline, title)
    actions = _choose_actions(outline, parts, options)
    steps, used = _steps(outline.found, parts, actions)
    perspectives = tuple(_perspective(outline.found, part, used) for part in parts)
    short_answer = tuple(_block(outline.found[at]) for at in opening)
    article = Article(title, None, short_answer, perspectives, tuple(steps), (), ())
    return _never_without_perspective(article)


def _parts(outline: Outline, title: str) -> tuple[list[int], list[_Part]]:
    levels = {heading.at: heading for heading in outline.headings}
    opening: list[int] = []
    parts: list[_Part] = []
    for at, piece in enumerate(outline.found):
        heading = levels.get(at)
        if heading and heading.level == 1:
            parts.append(_Part(piece.text, heading.kind, piece.line, heading.guessed, [(None, [])]))
        elif heading:
            if not parts:  # a section before the first perspective
                parts.append(_Part(title, Kind.OVERVIEW, 0, True, [(None, [])]))
            parts[-1].sections.append((piece, []))
        elif parts:
            parts[-1].sections[-1][1].append(at)
        else:
            opening.append(at)
    if not parts:  # no heading at all
        return [], [_Part("Article", Kind.OTHER, 0, True, [(None, opening)])]
    return opening, parts


def _choose_actions(outline: Outline, parts: Sequence[_Part], options: Options) -> list[int]:
    """Indices of the steps (or, where there is none, the items) that are the article's actions."""
    found = outline.found
    if options.actions_under:
        return _listed_under(outline, options.actions_under)
    in_action = [at for part in parts if part.kind is Kind.ACTION for at in part.members]
    pools = (
        [at for at in in_action if found[at].kind == "step"],
        [at for at in in_action if found[at].kind == "item"],
        next((s for p in parts if (s := [at for at in p.members if found[at].kind == "step"])), []),
    )
    return next((pool for pool in pools if pool), [])


def _listed_under(outline: Outline, name: str) -> list[int]:
    found = outline.found
    heading = next((h for h in outline.headings if fold(found[h.at].text) == fold(name)), None)
    if heading is None:
        seen = ", ".join(f"«{found[h.at].text}»" for h in outline.headings)
        raise ArticleError("E_UNKNOWN_PERSPECTIVE", f"No heading «{name}». Headings: {seen or 'none'}.")
    end = next((h.at for h in outline.headings if h.at > heading.at and h.level <= heading.level), len(found))
    region = range(heading.at, end)
    listed = [at for at in region if found[at].kind == "step"] or [at for at in region if found[at].kind == "item"]
    if not listed:
        raise ArticleError(
            "E_UNKNOWN_PERSPECTIVE",
            f"Under «{name}» (line {found[heading.at].line}) there are 0 numbered lines and 0 bullets. "
            "Name the heading that stands over the list of actions.",
        )
    return listed


def _steps(found: Sequence[Piece], parts: Sequence[_Part], actions: Sequence[int]) -> tuple[list[Step], frozenset[int]]:
    """The actions with what belongs to them, and the indices of all pieces used up."""
    steps: list[Step] = []
    used: set[int] = set()
    owner = {at: number for number, part in enumerate(parts) for at in part.members}
    for ordinal, at in enumerate(actions, 1):
        rest = _belongings(found, owner, at, actions[ordinal] if ordinal < len(actions) else None)
        used.update((at, *rest))
        sub = tuple(found[x].text for x in rest if found[x].kind == "item")
        extra = tuple(_block(found[x]) for x in rest if found[x].kind != "item")
        steps.append(Step(ordinal, found[at].text, found[at].line, owner[at], sub, extra))
    return steps, frozenset(used)


def _belongings(found: Sequence[Piece], owner: dict[int, int], at: int, following: int | None) -> list[int]:
    """Sub-steps and text lines of the action at `at`: up to the next step of the run, else the items right behind."""
    if found[at].kind != "step":
        return []
    if following is not None and found[following].run == found[at].run:
        return [x for x in range(at + 1, following) if x in owner]
    rest: list[int] = []
    for x in range(at + 1, len(found)):
        if found[x].kind != "item" or x not in owner:
            break
        rest.append(x)
    return rest


def _perspective(found: Sequence[Piece], part: _Part, used: frozenset[int]) -> Perspective:
    sections = [
        Section(head.text if head else "", head.line if head else part.line, blocks)
        for head, members in part.sections
        if (blocks := tuple(_block(found[at]) for at in members if at not in used)) or head
    ]
    return Perspective(part.title, part.kind, part.line, tuple(sections), part.guessed)


def _block(piece: Piece) -> Block:
    kind = "paragraph" if piece.kind == "text" else "list_item"
    return Block(piece.text, piece.line, kind, piece.marker)


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
