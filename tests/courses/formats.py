"""One article in three formats: a small model of an article, written out as text, Markdown and HTML."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from hypothesis import strategies as st

from tests.courses.articles import STRONG, paragraphs

_SIGNS = re.compile(r"([\\`*_\[\]<>#|~&!])")


@dataclass(frozen=True)
class Part:
    """What stands below one heading. Level 1 is a perspective, 2 a section."""

    level: int
    title: str
    texts: tuple[str, ...] = ()
    steps: tuple[tuple[str, tuple[str, ...]], ...] = ()
    items: tuple[str, ...] = ()


@dataclass(frozen=True)
class Telling:
    """An article without a format."""

    title: str
    opening: tuple[str, ...]
    parts: tuple[Part, ...]
    tail: tuple[str, ...] = ()

    def written(self, form: str) -> bytes:
        """The article as a file: form is text, markdown or html."""
        return {"text": self.as_text, "markdown": self.as_markdown, "html": self.as_html}[form]().encode()

    def as_text(self) -> str:
        """One paragraph a line, headings marked with # and ##."""
        lines = [self.title, *self.opening]
        for part in self.parts:
            lines += ["#" * part.level + " " + part.title, *part.texts]
            for number, (step, sub) in enumerate(part.steps, 1):
                lines += [f"{number}. {step}", *(f"• {item}" for item in sub)]
            lines += [f"• {item}" for item in part.items]
        return "\n".join((*lines, *self.tail)) + "\n"

    def as_markdown(self) -> str:
        """Title #, perspectives ##, sections ###."""
        blocks = [f"# {_plain(self.title)}", *map(_plain, self.opening)]
        for part in self.parts:
            blocks += ["#" * (part.level + 1) + " " + _plain(part.title), *map(_plain, part.texts)]
            steps = (
                "\n".join((f"{n}. {_plain(step)}", *(f"   - {_plain(item)}" for item in sub)))
                for n, (step, sub) in enumerate(part.steps, 1)
            )
            blocks += ["\n".join(steps)] if part.steps else []
            blocks += ["\n".join(f"* {_plain(item)}" for item in part.items)] if part.items else []
        blocks += [f"## {_plain(self.tail[0])}", *map(_plain, self.tail[1:])] if self.tail else []
        return "\n\n".join(blocks) + "\n"

    def as_html(self) -> str:
        """A page with an article in it, and what pages have around it."""
        body = [f"<h1>{html.escape(self.title)}</h1>", *map(_paragraph, self.opening)]
        for part in self.parts:
            tag = f"h{part.level + 1}"
            body += [f"<{tag}>{html.escape(part.title)}</{tag}>", *map(_paragraph, part.texts)]
            if part.steps:
                body.append("<ol>" + "".join(_step(step, sub) for step, sub in part.steps) + "</ol>")
            if part.items:
                body.append("<ul>" + "".join(f"<li>{html.escape(item)}" for item in part.items) + "</ul>")
        if self.tail:
            body += [f"<h2>{html.escape(self.tail[0])}</h2>", *map(_paragraph, self.tail[1:])]
        page = "\n".join(body)
        return (
            "<!DOCTYPE html><html><head><title>x</title></head><body><nav><a href='/'>Home</a></nav>"
            f"<main><article>{page}</article></main><footer>Imprint</footer></body></html>"
        )


def _plain(text: str) -> str:
    """Markdown that shows exactly this text."""
    escaped = _SIGNS.sub(r"\\\1", text)
    return re.sub(r"^(\d+)([.)])", r"\1\\\2", escaped)


def _paragraph(text: str) -> str:
    return f"<p>{html.escape(text)}"


def _step(step: str, sub: tuple[str, ...]) -> str:
    inner = "<ul>" + "".join(f"<li>{html.escape(item)}</li>" for item in sub) + "</ul>" if sub else ""
    return f"<li>{html.escape(step)}{inner}</li>"


_VERBS = ("Sit", "Walk", "Write", "Ask", "Open", "Carry", "Plant", "Close", "Listen", "Count")
_NAMES = ("What the River Knows", "A Lamp at Night", "Of Stones", "Letters and Windows", "The Orchard", *STRONG)
_steps = st.lists(
    st.tuples(
        st.sampled_from(_VERBS).flatmap(lambda v: st.integers(2, 9).map(lambda n: f"{v} for {n} minutes by the door.")),
        st.lists(st.sampled_from(("slowly", "with a friend", "in the rain")), max_size=2, unique=True).map(tuple),
    ),
    min_size=3,
    max_size=8,
    unique_by=lambda step: step[0],
)


@st.composite
def _perspective(draw: st.DrawFn, number: int, name: str) -> list[Part]:
    texts = st.lists(paragraphs, min_size=2, max_size=4).map(tuple)
    items = draw(st.lists(st.sampled_from(("a spade", "a rake", "seeds in bags")), max_size=3, unique=True))
    sections = range(1, 1 + draw(st.integers(0, 2)))
    return [
        Part(1, name, draw(texts), items=tuple(items)),
        *(Part(2, f"Part {section} of {number}", draw(texts)) for section in sections),
    ]


@st.composite
def tellings(draw: st.DrawFn) -> Telling:
    """Articles with two to five perspectives, sections, lists, and actions in the last perspective or none."""
    names = draw(st.lists(st.sampled_from(_NAMES), min_size=2, max_size=5, unique=True))
    parts = [part for number, name in enumerate(names) for part in draw(_perspective(number + 1, name))]
    if draw(st.booleans()):
        name = draw(st.sampled_from(("What To Do Now", "Seven Evenings", "Next Steps")))
        parts.append(Part(1, name, ("Begin small.",), tuple(draw(_steps))))
    tail = ("Related Questions", "How long does it take to begin?") if draw(st.booleans()) else ()
    opening = tuple(draw(st.lists(paragraphs, max_size=2)))
    return Telling("How does an orchard begin?", opening, tuple(parts), tail)
