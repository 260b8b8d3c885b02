"""Which headings are perspectives, which are sections, and of what kind. Only names and positions, no text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dripcourse.courses.article import Kind
from dripcourse.courses.codes import ArticleError
from dripcourse.courses.reading.decode import fold
from dripcourse.courses.reading.pieces import Piece

_STRONG = {
    Kind.OVERVIEW: r"the (full|big|whole) picture|(an )?overview",
    Kind.MECHANISM: r"what('s| is) really (happening|going on)|the (science|research|evidence)"
    r"|what the (research|science|studies) says?",
    Kind.TRADITION: r"what (the )?(scripture|bible|faith) says",
    Kind.ACTION: r"what (to do|you can do)( (right now|now|today|this .+))?|next steps( for .+)?|action steps"
    r"|(your )?action plan|your plan",
}
_WORDS = {
    Kind.MECHANISM: r"\b(science|research|evidence|studies|brain|mind|body|biology)\b|\b(psycholog|neuro)",
    Kind.TRADITION: r"\b(scripture|bible|gospel|qur'an|torah|faith|spiritual|prayer|wisdom|tradition|ancient|stoic"
    r"|proverb)s?\b|\bphilosoph|^what\b.*\b(says?|said|taught|teach(es)?)\b",
}
_CHAPTER = re.compile(r"^\d{1,2}[.)]\s")  # 1 and not 1.1


@dataclass(frozen=True)
class Heading:
    """A heading of the source: index of its piece, level 1 or 2, kind (for level 1)."""

    at: int
    level: int
    kind: Kind = Kind.OTHER
    guessed: bool = False


def strong_kind(text: str) -> Kind | None:
    """The kind that the whole heading names for certain, or None."""
    name = _CHAPTER.sub("", fold(text), count=1).rstrip(" ?!")
    return next((kind for kind, pattern in _STRONG.items() if re.fullmatch(pattern, name)), None)


def word_kind(text: str) -> Kind | None:
    """The kind that single words of the heading suggest, or None."""
    name = fold(text)
    return next((kind for kind, pattern in _WORDS.items() if re.search(pattern, name)), None)


def chosen(found: Sequence[Piece], names: Sequence[str]) -> set[int]:
    """Indices of the lines that the author named. Raises ArticleError E_UNKNOWN_PERSPECTIVE."""
    places = {fold(piece.text): at for at, piece in reversed(list(enumerate(found))) if piece.kind == "text"}
    for name in names:
        if fold(name) not in places:
            seen = ", ".join(f"«{p.text}»" for at, p in enumerate(found) if p.kind == "text" and len(p.text) <= 80)
            raise ArticleError("E_UNKNOWN_PERSPECTIVE", f"No heading «{name}». Headings: {seen or 'none'}.")
    return {places[fold(name)] for name in names}


def level(found: Sequence[Piece], places: Sequence[int], given: set[int]) -> list[Heading]:
    """Levels and kinds for the headings at `places`, by the order of COURSE A3.4-6. `given` beats everything."""
    steps = [at for at, piece in enumerate(found) if piece.kind == "step"]
    strong = {at: kind for at in places if (kind := strong_kind(found[at].text))}
    hashed = {at for at in places if found[at].level == 1}
    if given or hashed:
        return by_name(found, places, given or hashed)
    kinds = dict(strong)
    if marked := _marked(found, places, blanks_count=len(strong) < 2):
        for at in sorted(marked - set(strong)):
            kinds[at] = _kind(found, at, places, steps)
    else:
        _by_position(found, places, kinds, steps)
        _by_words(found, places, kinds, set(strong.values()))
    return _headings(places, kinds, certain=set(strong) | marked)


def by_name(found: Sequence[Piece], places: Sequence[int], perspectives: set[int]) -> list[Heading]:
    """Headings whose levels are known; a kind comes from the name alone: whole names first, then single words."""
    strong = {at: kind for at in perspectives if (kind := strong_kind(found[at].text))}
    kinds = dict(strong)
    for at in perspectives - set(strong):
        suggested = word_kind(found[at].text)
        kinds[at] = suggested if suggested and suggested not in strong.values() else Kind.OTHER
    return _headings(places, kinds, certain=set(kinds))


def _headings(places: Sequence[int], kinds: dict[int, Kind], certain: set[int]) -> list[Heading]:
    return [Heading(at, 1, kinds[at], at not in certain) if at in kinds else Heading(at, 2) for at in places]


def _kind(found: Sequence[Piece], at: int, places: Sequence[int], steps: Sequence[int]) -> Kind:
    if suggested := word_kind(found[at].text):
        return suggested
    if steps and at == max((p for p in places if p < steps[0]), default=-1):
        return Kind.ACTION
    return Kind.OVERVIEW if at == places[0] else Kind.OTHER


def _by_position(found: Sequence[Piece], places: Sequence[int], kinds: dict[int, Kind], steps: list[int]) -> None:
    if not places:
        return
    if places[0] not in kinds:
        kinds[places[0]] = word_kind(found[places[0]].text) or Kind.OVERVIEW
    actions = [at for at, kind in kinds.items() if kind is Kind.ACTION]
    if actions:  # steps elsewhere are lists of that perspective
        steps = [at for at, p in enumerate(found) if p.kind in ("step", "item") and at > actions[-1]]
    elif steps and (before := [at for at in places if at < steps[0]]):
        kinds[before[-1]] = Kind.ACTION
    after = [at for at in places if steps and at > steps[-1]]
    if after and after[0] not in kinds:
        kinds[after[0]] = Kind.OTHER


def _by_words(found: Sequence[Piece], places: Sequence[int], kinds: dict[int, Kind], named: set[Kind]) -> None:
    for kind in (Kind.MECHANISM, Kind.TRADITION):
        if kind in named or kind in kinds.values():
            continue
        match = next((at for at in places if at not in kinds and word_kind(found[at].text) is kind), None)
        if match is not None:
            kinds[match] = kind


def _marked(found: Sequence[Piece], places: Sequence[int], blanks_count: bool) -> set[int]:
    """Headings set apart by their form. A form that all of many share says nothing, and neither do blanks before all.

    Blank lines count only where names decide nothing: extra blank lines are the commonest noise of scraped text.
    """
    forms = [_underlined, _capitals, _chapter, _after_a_gap] if blanks_count else [_underlined, _capitals, _chapter]
    for form in forms:
        marked = {at for at in places if form(found[at])}
        everywhere = len(marked) == len(places) and (form is _after_a_gap or len(marked) > _MANY)
        if len(marked) >= _FEWEST[form] and not everywhere:
            return marked
    return set()


def _underlined(piece: Piece) -> bool:
    return piece.underlined


def _capitals(piece: Piece) -> bool:
    return piece.text.isupper() and sum(map(str.isalpha, piece.text)) >= 4


def _chapter(piece: Piece) -> bool:
    return bool(_CHAPTER.match(piece.text))


def _after_a_gap(piece: Piece) -> bool:
    return piece.blanks >= 2


#: More perspectives than these are sections, some of them.
_MANY = 8
#: How many headings must have the form before it is a mark: one acronym or one number says nothing.
_FEWEST = {_underlined: 1, _capitals: 2, _chapter: 2, _after_a_gap: 1}
