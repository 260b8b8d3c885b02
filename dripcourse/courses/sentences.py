"""Counts words and cuts a block into atoms, the smallest pieces that may move. Knows nothing of lessons."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

_HAN = r"\u3005\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003134f"
_HAN_RUN = re.compile(f"[{_HAN}]+")
_CLOSERS = r"(?:[\"'”’“‘)\]*_»›«‹」』）】》〉]|[\u00a0\u202f][»›])*+"  # French sets a space before its closing marks
_ENDS = ".!?…؟۔।"  # Arabic, Urdu, Hindi too
# The look-behind starts a match only at the head of a run of marks: long rows of dots stay linear.
_LATIN_END = rf"(?<![{_ENDS}])([{_ENDS}]++){_CLOSERS}(?=\s)"
_HAN_END = rf"(?<![。！？])[。！？]++(?:{_CLOSERS}(?=[^」』と])|(?=[^」』]))"  # 「…」と goes on: he said
_END = re.compile(f"{_LATIN_END}|{_HAN_END}", re.DOTALL)
_SPACE = re.compile(r"\s*")
_LAST_WORD = re.compile(r"[\w.]*$")
_FIRST_WORD = re.compile(r"[^\w]*(\w+)")
_ABBREVIATIONS = "dr mr mrs ms prof st vs etc e.g i.e a.m p.m no fig approx jr sr u.s u.k cf al vol pp ch rev gen"
_ANAPHORA = (
    "with and but so or this these that those it they he she his her their its instead then also yet both such another"
)
_PAIRS = {"“": "”", "„": "“”", "(": ")", "[": "]", "「": "」", "『": "』", "（": "）", "【": "】", "《": "》"}
_GUILLEMETS = "«»"


@dataclass(frozen=True)
class Atom:
    """A sentence (or a whole list item) with the spaces behind it. `starts` says what a cut before it costs."""

    text: str
    words: int
    starts: str  # "paragraph", "sentence" or "anaphor": a sentence that leans on the one before


def count_words(text: str) -> int:
    """White-space tokens with a letter or digit; two Han or Kana characters count as one word."""
    runs = _HAN_RUN.findall(text)
    rest = _HAN_RUN.sub(" ", text) if runs else text
    tokens = sum(1 for token in rest.split() if any(map(str.isalnum, token)))
    return tokens + sum((len(run) + 1) // 2 for run in runs)


def split_atoms(text: str, whole: bool = False) -> tuple[Atom, ...]:
    """`text` in atoms, byte for byte. `whole` keeps it in one piece (list items)."""
    pieces = [text] if whole else list(_pieces(text))
    return tuple(Atom(piece, count_words(piece), _start(piece, n)) for n, piece in enumerate(pieces))


def _start(piece: str, n: int) -> str:
    if n == 0:
        return "paragraph"
    first = _FIRST_WORD.match(piece)
    return "anaphor" if first and first[1].lower() in _ANAPHORA.split() else "sentence"


def _pieces(text: str) -> Iterator[str]:
    inside = _inside(text)
    worded = [0, *accumulate(map(str.isalnum, text))]  # a piece without a word stays with its neighbour
    start = 0
    for match in _END.finditer(text):
        space = _SPACE.match(text, match.end())
        cut = space.end() if space else match.end()
        if worded[cut] == worded[start] or worded[cut] == worded[-1]:
            continue
        if text[cut].islower() or inside[match.end()] or _abbreviated(text, match):
            continue
        yield text[start:cut]
        start = cut
    yield text[start:]


def _abbreviated(text: str, match: re.Match[str]) -> bool:
    if match[1] != ".":
        return False
    before = _LAST_WORD.search(text[max(0, match.start() - 12) : match.start()])
    word = before[0].lower() if before else ""
    return word in _ABBREVIATIONS.split() or (len(word) == 1 and word.isalpha())


def _inside(text: str) -> list[int]:
    """For every position, how many quotations or brackets are open there. Unpaired marks open nothing."""
    change = [0] * (len(text) + 2)
    for start, end in _pairs(text):
        change[start + 1] += 1
        change[end + 1] -= 1
    return list(accumulate(change))


def _guillemets(text: str) -> tuple[str, str]:
    """(opening, closing): French writes «so», German »so«; whichever stands first in the text opens."""
    first = next((char for char in text if char in _GUILLEMETS), "«")
    return first, _GUILLEMETS.replace(first, "")


def _pairs(text: str) -> Iterator[tuple[int, int]]:
    for opening, closing in (*_PAIRS.items(), _guillemets(text)):
        stack: list[int] = []
        for at, char in enumerate(text) if opening in text else ():
            if char == opening:
                stack.append(at)
            elif char in closing and stack:
                yield stack.pop(), at
    quotes = [at for at, char in enumerate(text) if char == '"']
    if len(quotes) % 2 == 0:
        yield from zip(quotes[::2], quotes[1::2], strict=True)
