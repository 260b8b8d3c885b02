"""From an article to a whole course: seconds for 12,000 words, and whether twice the words take more than twice that.

The articles are made of one sentence of twelve words, in four perspectives of sections with paragraphs of eight
sentences, 60 days. What is timed is bytes to course, in CPU time: what `course import` does but for writing its files.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from bench.kit import Kit, Row, interleaved, ratio
from dripcourse.courses.article import Options
from dripcourse.courses.drafting.as_course import as_course
from dripcourse.courses.drafting.compile import compile_article

SENTENCE = "Every plain morning asks the same small question in its own voice. "
WORDS, LIMIT = 12_000, 2.0  # seconds
PERSPECTIVES, SENTENCES = 4, 8
WAYS = ("text", "markdown", "html", "chapter")
SHAPES = {"text": ("{}", "# {}", "## {}", "{}"), "markdown": ("# {}", "## {}", "### {}", "{}"),
          "html": ("<h1>{}</h1>", "<h2>{}</h2>", "<h3>{}</h3>", "<p>{}</p>")}  # fmt: skip


def measure(kit: Kit) -> list[Row]:
    """Goals: 12,000 words in under two seconds; 24,000 in no more than twice that, within a tenth."""
    timed = {f"{form} {words}": _timed(form, words) for form in WAYS for words in (WORDS, 2 * WORDS)}
    found = interleaved(kit.rounds, timed)
    rows: list[Row] = []
    for form in WAYS:
        middle = statistics.median(found[f"{form} {WORDS}"])
        growth, words = ratio(found[f"{form} {2 * WORDS}"], found[f"{form} {WORDS}"])
        name = "Markdown without a heading" if form == "chapter" else form
        rows.append(Row(f"12,000 words of {name} to a course", f"< {LIMIT:.0f} s", f"{middle:.2f} s", middle < LIMIT))
        rows.append(Row(f"24,000 / 12,000 words of {name}", "<= 2.2", words, growth <= 2.2))
    return rows


def _timed(form: str, words: int) -> Callable[[], float]:
    source = article(form, words)
    options = Options(days=60, format="markdown" if form == "chapter" else form)
    return lambda: _seconds(source, options)


def _seconds(source: bytes, options: Options) -> float:
    started = time.process_time()
    as_course(compile_article(source, options))
    return time.process_time() - started


def article(form: str, words: int) -> bytes:
    """An article of so many words; `chapter` has one perspective, the hardest case for the partition."""
    sections = words // (PERSPECTIVES * SENTENCES * len(SENTENCE.split()))
    text = (SENTENCE * SENTENCES).strip()
    if form == "chapter":
        return "\n\n".join(["# A title", *[text] * (sections * PERSPECTIVES)]).encode()
    title, perspective, section, paragraph = SHAPES[form]
    lines = [title.format("A title")]
    for view in range(PERSPECTIVES):
        lines.append(perspective.format(f"View {view + 1}"))
        for number in range(sections):
            lines += [section.format(f"Part {number + 1} of view {view + 1}"), paragraph.format(text)]
    return ("\n" if form == "text" else "\n\n").join(lines).encode()
