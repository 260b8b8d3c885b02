"""Articles for the tests: one of our own, the customer's where it lies, and any number of made-up ones."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from hypothesis import strategies as st

from dripcourse.courses.article import Options
from dripcourse.courses.codes import ArticleError
from dripcourse.courses.drafting.compile import compile_article
from dripcourse.courses.drafting.draft import Draft

GARDEN = Path(__file__).parent / "garden.txt"
CUSTOMER = Path(__file__).parents[3] / "shared" / "article.txt"
ANY_ARTICLE = CUSTOMER if CUSTOMER.exists() else GARDEN

_WORDS = ("river", "stone", "lamp", "garden", "window", "letter", "morning", "table", "orchard", "candle", "harbour")


def _sentence(number: int) -> str:
    """Sentence `number`, 6 to 20 words long, of the shapes that real articles have."""
    words = [_WORDS[(number * 5 + i * 3) % len(_WORDS)] for i in range(6 + number % 15)]
    lead = ("The", "This", "But", "Every", "Élan", "It", "A", "No")[number % 8]
    text = f"{lead} {' '.join(words)}"
    shapes = (
        f"{text}.",
        f"{text}!",
        f"{text} with Dr. Marsh, e.g. at 5.30 p.m. or so.",
        f'"{text}. So they said," and that was all.',
        f'*"{text}; she kept it"* (Hebrews 10:{number}).',
        f"{text} (see above. It is there) in the end.",
        f"“{text}. Then more.” (Fig. {number}) was its name.",
        f"{text}…",
        f"{text}—and «{words[0]}» again.",
    )
    return shapes[number % len(shapes)]


SENTENCES = [_sentence(number) for number in range(72)]
STRONG = ("The Full Picture", "What's Really Happening", "What Scripture Says", "An Overview", "The Evidence")


@dataclass(frozen=True)
class Made:
    """A made-up article and what it is made of."""

    source: str
    headings: tuple[str, ...]
    steps: tuple[str, ...]
    tail: tuple[str, ...]

    @property
    def data(self) -> bytes:
        """The file."""
        return self.source.encode()


def _paragraph(first: int, count: int) -> str:
    sentences = (SENTENCES[(first + 7 * n) % len(SENTENCES)] for n in range(count))
    return " ".join((*sentences, "That is the whole of it, and there is nothing more to say."))


paragraphs = st.builds(_paragraph, st.integers(0, len(SENTENCES) - 1), st.integers(1, 6))


@st.composite
def made(draw: st.DrawFn, perspectives: int = 5, steps: int = 12) -> Made:
    """Articles of the customer's shape, of every size."""
    lines = ["How does a made-up article go?", "7 min read", draw(paragraphs)]
    headings: list[str] = []
    for number in range(draw(st.integers(2, perspectives))):
        headings.append(STRONG[number])
        lines.append(headings[-1])
        lines += draw(st.lists(paragraphs, min_size=2, max_size=3))
        for section in range(draw(st.integers(0, 4))):
            headings.append(f"Part {section + 1} of View {number + 1}")
            lines.append(headings[-1])
            lines += draw(st.lists(paragraphs, min_size=1, max_size=3))
    count = draw(st.integers(0, steps))
    acts = tuple(f"Do the {_WORDS[n % len(_WORDS)]} number {n}: {SENTENCES[n]}" for n in range(count))
    if acts:
        headings.append("What To Do Right Now")
        lines.append(headings[-1])
        if draw(st.booleans()):
            lines.append("Begin where you stand, with the first of these.")
        for number, act in enumerate(acts, 1):
            lines += ["-", str(number), act]
            if draw(st.integers(0, 5)) == 0:
                lines += ["• the smaller version", "• the larger version"]
    tail = ("Related Questions", "Need a Hand with Zebras?", "Our zebra desk is open all day.", "Call Zebras →")
    if draw(st.booleans()):
        lines += tail
        return Made("\n".join(lines), tuple(headings), acts, tail)
    return Made("\n".join(lines), tuple(headings), acts, ())


days = st.integers(7, 60)


def compiled(data: bytes, options: Options) -> Draft:
    """The draft; where the article is too short, for the number of days that the message names."""
    try:
        return compile_article(data, options)
    except ArticleError as error:
        remedy = re.search(r"E_TOO_SHORT.*--days (\d+)", str(error))
        if not remedy:
            raise
        return compile_article(data, replace(options, days=int(remedy[1])))
