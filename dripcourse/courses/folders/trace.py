"""Which sentences of an article a text shows. It compares what is seen, so it knows nothing of days or drafts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from dripcourse.courses.folders.shown import Paragraph, Sentence

_MOST_SOUGHT = 2_000  # sentences that are looked for inside of paragraphs, where they were not found whole
_LONG_ENOUGH = 12  # characters; shorter ones stand inside others by chance


def trace(article: Sequence[Sentence], texts: Sequence[Sequence[Paragraph]]) -> list[list[int]]:
    """For each text the indices into `article` of what it shows, in the order of the text.

    A sentence that the article has twice is looked for beside its neighbours; the second text that shows the same
    place shows it a second time. What an author has joined with words of his own is found inside the paragraph.
    """
    places: dict[str, list[int]] = defaultdict(list)
    for at, sentence in enumerate(article):
        places[sentence.folded].append(at)
    said = [[s.folded for paragraph in text for s in paragraph.sentences] for text in texts]
    found = [[_only(places.get(folded, [])) for folded in text] for text in said]
    taken = {at for text in found for at in text if at is not None}
    for text, indices in zip(said, found, strict=True):
        _beside(text, indices, article, taken)
    for text, indices in zip(said, found, strict=True):
        _first_free(text, indices, places, taken)
    traced = [[at for at in indices if at is not None] for indices in found]
    for number, at in _inside(article, texts, taken):
        traced[number].append(at)
    return traced


def runs(indices: Sequence[int]) -> list[tuple[int, int]]:
    """Consecutive indices as (first, last), in order."""
    found: list[tuple[int, int]] = []
    for at in sorted(set(indices)):
        if found and found[-1][1] == at - 1:
            found[-1] = (found[-1][0], at)
        else:
            found.append((at, at))
    return found


def _only(places: Sequence[int]) -> int | None:
    return places[0] if len(places) == 1 else None


def _beside(text: Sequence[str], found: list[int | None], article: Sequence[Sentence], taken: set[int]) -> None:
    """What the article has more than once: behind the sentence before it, else before the one behind it."""
    for step in (1, -1):
        order = range(len(text)) if step == 1 else range(len(text) - 1, -1, -1)
        for at in order:
            before = found[at - step] if 0 <= at - step < len(text) else None
            place = -1 if before is None else before + step
            free = 0 <= place < len(article) and place not in taken
            if found[at] is None and free and article[place].folded == text[at]:
                found[at] = place
                taken.add(place)


def _first_free(text: Sequence[str], found: list[int | None], places: dict[str, list[int]], taken: set[int]) -> None:
    for at, folded in enumerate(text):
        if found[at] is None and (candidates := places.get(folded)):
            while len(candidates) > 1 and candidates[0] in taken:  # each is stepped over once, so it stays linear
                candidates.pop(0)
            found[at] = candidates[0]
            taken.add(candidates[0])


def _inside(
    article: Sequence[Sentence], texts: Sequence[Sequence[Paragraph]], taken: set[int]
) -> Iterator[tuple[int, int]]:
    left = [at for at, s in enumerate(article) if at not in taken and len(s.folded) >= _LONG_ENOUGH]
    if not left:
        return
    folded = [" ".join(_folded(paragraph) for paragraph in text) for text in texts]
    for at in left[:_MOST_SOUGHT]:
        for number, whole in enumerate(folded):
            if article[at].folded in whole:
                yield number, at


def _folded(paragraph: Paragraph) -> str:
    return Sentence(paragraph.text, 0, 0).folded
