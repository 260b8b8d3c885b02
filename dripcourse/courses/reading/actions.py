"""Which pieces of an article are its actions, and what belongs to each (COURSE A3.4-3, A3.5). Builds nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from dripcourse.courses.article import Kind, Options
from dripcourse.courses.codes import ArticleError
from dripcourse.courses.reading.decode import fold
from dripcourse.courses.reading.parts import Outline, Part
from dripcourse.courses.reading.pieces import Piece
from dripcourse.courses.sentences import count_words

_STEP_HEADING = re.compile(r"(?P<named>step|day)\s+\d{1,3}\b|\d{1,3}[.)]\s", re.IGNORECASE)
_BODY = 20  # words that must be left for the lessons
_FIRST_WORD = re.compile(r"[^\w]*([\w'’]+)")
_NO_ORDER = (
    "a an the i you he she it we they me him her us them my your his its our their this that these those there who"
    " what which somebody someone everybody everyone nobody it's that's there's he's she's we're they're you're i'm"
)  # articles and pronouns


@dataclass(frozen=True)
class Act:
    """An action: the index of its piece, and of the pieces that go with it."""

    at: int
    rest: tuple[int, ...] = ()


def choose(outline: Outline, parts: Sequence[Part], title: str, options: Options) -> tuple[list[Act], str]:
    """The actions, in order, and how they were found (see `Article.actions_by`).

    None where no list looks like one. Raises ArticleError E_UNKNOWN_PERSPECTIVE.
    """
    found = outline.found
    owned = {at for part in parts for at in part.members}
    if options.actions_under:
        return _under(outline, parts, owned, title, options.actions_under), "option"
    if outline.marked:
        rules = {"name": _first_list, "steps": _step_headings, "orders": _last_orders}
    else:
        rules = {"name": _all_steps, "steps": _step_headings, "numbers": _first_steps}
    for name, rule in rules.items():
        if acts := rule(found, parts):
            return (acts if name == "steps" else _with_rest(found, owned, acts)), name
    return [], ""


def _with_rest(found: Sequence[Piece], owned: set[int], acts: Sequence[Act]) -> list[Act]:
    following = [act.at for act in acts[1:]]
    whole = [Act(a.at, _rest(found, owned, a.at, after)) for a, after in zip(acts, [*following, None], strict=True)]
    flat = any(found[x].kind == "item" and not found[x].depth for act in whole[:-1] for x in act.rest)
    if flat and not whole[-1].rest:  # sub-steps too little indented for Markdown: the last step has its own as well
        whole[-1] = Act(whole[-1].at, tuple(takewhile(lambda x: x in owned, _items(found, whole[-1].at + 1))))
    return whole


def _items(found: Sequence[Piece], start: int) -> Iterator[int]:
    return takewhile(lambda x: found[x].kind == "item", range(start, len(found)))


def _rest(found: Sequence[Piece], owned: set[int], at: int, following: int | None) -> tuple[int, ...]:
    """What stands between this step and the next of its run; behind the last one, what is nested in it."""
    if following is not None and found[at].run and found[following].run == found[at].run:
        return tuple(x for x in range(at + 1, following) if x in owned)
    rest: list[int] = []
    for x in range(at + 1, len(found)):
        if x not in owned or found[x].depth <= found[at].depth:
            break
        rest.append(x)
    return tuple(rest)


def _all_steps(found: Sequence[Piece], parts: Sequence[Part]) -> list[Act]:
    """Every numbered line of the action perspectives; where there is none, every bullet."""
    inside = [at for part in parts if part.kind is Kind.ACTION for at in part.members if not found[at].depth]
    steps = [Act(at) for at in inside if found[at].kind == "step"]
    return steps or [Act(at) for at in inside if found[at].kind == "item"]


def _first_steps(found: Sequence[Piece], parts: Sequence[Part]) -> list[Act]:
    lists = ([Act(at) for at in part.members if found[at].kind == "step"] for part in parts)
    return next((acts for acts in lists if acts), [])


def _first_list(found: Sequence[Piece], parts: Sequence[Part]) -> list[Act]:
    """The first list of two or more in an action perspective; an ordered one goes first."""
    action = [part for part in parts if part.kind is Kind.ACTION]
    for lists in (_ordered, _unordered):
        for part in action:
            if first := next((acts for acts in lists(found, part.members) if len(acts) >= 2), None):
                return first
    return []


def _ordered(found: Sequence[Piece], members: Sequence[int]) -> list[list[Act]]:
    runs: dict[int, list[Act]] = {}
    for at in members:
        if found[at].kind == "step":
            runs.setdefault(found[at].run, []).append(Act(at))
    return list(runs.values())


def _unordered(found: Sequence[Piece], members: Sequence[int]) -> Iterator[list[Act]]:
    acts: list[Act] = []
    for at in members:
        if found[at].kind == "item" and not found[at].depth:
            acts.append(Act(at))
        elif not found[at].depth:
            yield acts
            acts = []
    yield acts


def _last_orders(found: Sequence[Piece], parts: Sequence[Part]) -> list[Act]:
    """The last ordered list of three or more of which most items begin as an order does."""
    lists = [acts for part in parts for acts in _ordered(found, part.members) if len(acts) >= 3]
    return next((acts for acts in reversed(lists) if _mostly_orders([found[a.at].text for a in acts])), [])


def _mostly_orders(texts: Sequence[str]) -> bool:
    return 10 * sum(map(_may_be_order, texts)) >= 6 * len(texts)


def _may_be_order(text: str) -> bool:
    first = _FIRST_WORD.match(text)
    word = first[1].lower().replace("’", "'") if first else ""
    return bool(word) and word not in _NO_ORDER.split() and not (len(word) > 4 and word.endswith("ing"))


def _step_headings(found: Sequence[Piece], parts: Sequence[Part]) -> list[Act]:
    """Headings such as «Step 2: …» within one perspective, with all that stands below them.

    Merely numbered headings are chapters where more than half of the text would go with the actions; and something must
    be left for the lessons.
    """
    total = sum(count_words(found[at].text) for part in parts for at in part.members)
    for part in parts:
        acts = _headed(found, part.sections)
        named = all((match := _STEP_HEADING.match(found[act.at].text)) and match["named"] for act in acts)
        words = sum(count_words(found[x].text) for act in acts for x in act.rest)
        if len(acts) >= 2 and total - words >= (_BODY if named else total / 2):
            return acts
    return []


def _headed(found: Sequence[Piece], sections: Sequence[tuple[int | None, list[int]]]) -> list[Act]:
    return [Act(at, tuple(below)) for at, below in sections if at is not None and is_step_heading(found[at].text)]


def is_step_heading(text: str) -> bool:
    """Whether a heading is numbered as a step is: «Step 2: …», «2. …»."""
    return bool(_STEP_HEADING.match(text))


def _region(outline: Outline, title: str, name: str) -> tuple[range, int]:
    """(indices of what stands under the heading `name`, its line); under the title stands all of it."""
    found = outline.found
    heading = next((h for h in outline.headings if fold(found[h.at].text) == fold(name)), None)
    if heading is None and fold(name) == fold(title):
        return range(len(found)), 1
    if heading is None:
        seen = ", ".join(f"«{found[h.at].text}»" for h in outline.headings)
        raise ArticleError("E_UNKNOWN_PERSPECTIVE", f"No heading «{name}». Headings: {seen or 'none'}.")
    end = next((h.at for h in outline.headings if h.at > heading.at and h.level <= heading.level), len(found))
    return range(heading.at + 1, end), found[heading.at].line


def _under(outline: Outline, parts: Sequence[Part], owned: set[int], title: str, name: str) -> list[Act]:
    found = outline.found
    region, line = _region(outline, title, name)
    listed = [Act(at) for at in region if found[at].kind == "step"]
    listed = listed or [Act(at) for at in region if found[at].kind == "item" and not found[at].depth]
    if listed:
        return _with_rest(found, owned, listed)
    sections = [s for part in parts for s in part.sections if s[0] in region]
    if headed := _headed(found, sections):
        return headed
    raise ArticleError(
        "E_UNKNOWN_PERSPECTIVE",
        f"Under «{name}» (line {line}) there are 0 numbered lines and 0 bullets. "
        "Name the heading that stands over the list of actions.",
    )
