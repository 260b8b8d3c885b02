"""What was understood of an article, for its author to correct: JSON with stable keys, and a tree. Decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from dripcourse.courses.article import Article, Block, Options, Perspective, Section
from dripcourse.courses.codes import ArticleError, shorten
from dripcourse.courses.drafting import schedule
from dripcourse.courses.drafting.partition import content_days
from dripcourse.courses.drafting.supply import count, merge, supply

_STEM, _LAST = ("├── ", "│   "), ("└── ", "    ")
Branch = tuple[str, list["Branch"]]
_FOUND_BY = {
    "option": "below the heading you named",
    "name": "the list of the perspective that is about what to do",
    "steps": "headings that are numbered as steps",
    "orders": "guessed: the last numbered list whose items begin as orders do",
    "numbers": "guessed: the first numbered lines",
}


def outline_json(article: Article) -> dict[str, Any]:
    """What was understood of an article; the schema is in docs/json.md."""
    return {
        "title": article.title,
        "format": article.format,
        "encoding": article.encoding,
        "lang": article.lang,
        "dir": article.dir,
        "reading_minutes": article.reading_minutes,
        "description": article.description,
        "short_answer": "\n\n".join(_texts(article.short_answer)),
        "headings": [[level, text] for level, text in article.headings],
        "actions": [
            {"text": step.text, "sub": list(step.sub), "extra": _texts(step.extra), "line": step.line}
            for step in article.actions
        ],
        "actions_found_by": article.actions_by,
        "perspectives": [_perspective_json(perspective) for perspective in article.perspectives],
        "dropped": [{"text": d.text, "reason": d.reason, "line": d.line} for d in article.dropped],
        "warnings": [asdict(caution) for caution in article.cautions],
    }


def _perspective_json(perspective: Perspective) -> dict[str, Any]:
    return {
        "title": perspective.title,
        "kind": perspective.kind.value,
        "guessed": perspective.guessed,
        "line": perspective.line or None,
        "words": perspective.words,
        "sentences": sum(len(block.atoms) for block in perspective.blocks),
        "sections": [
            {"title": s.title, "paragraphs": _texts(s.blocks), "blocks": [_block(b) for b in s.blocks]}
            for s in perspective.sections
        ],
    }


def _block(block: Block) -> dict[str, Any]:
    return {"type": block.type, "text": block.text, "lines": list(block.lines), "words": block.words}


def _texts(blocks: Iterable[Block]) -> list[str]:
    return [block.text for block in blocks]


def outline_tree(article: Article, options: Options) -> str:
    """The outline as plain text lines: the tree, what it would make, and the option that changes each guess."""
    branches: list[Branch] = []
    if article.short_answer:
        where = {"welcome": "the welcome mail", "lesson1": "the first lessons"}[options.short_answer]
        branches.append((f"short answer: {_sum(article.short_answer)}; it goes into {where}", []))
    branches += [_perspective(article, n, p) for n, p in enumerate(article.perspectives)]
    dropped: list[Branch] = [
        (f"line {d.line}, {d.reason}: {shorten(d.text)}", []) for d in article.dropped if d.reason != "marker"
    ]
    if dropped:
        branches.append((f"left out: {_many(len(dropped), 'place')}", dropped))
    if article.cautions:
        branches.append(("warnings", [(str(caution), []) for caution in article.cautions]))
    return "\n".join((_head(article), *_lines(branches, ""), "", *what_it_makes(article, options), *_remedies(article)))


def _head(article: Article) -> str:
    facts = [article.format, article.encoding, article.lang, article.dir]
    if article.reading_minutes:
        facts.append(f"{article.reading_minutes} minutes to read")
    return f"{article.title} ({', '.join(filter(None, facts))})"


def _perspective(article: Article, number: int, perspective: Perspective) -> Branch:
    alone = len(perspective.sections) == 1 and not perspective.sections[0].title
    below = [] if alone else [_section(section) for section in perspective.sections]
    for step in article.actions:
        if step.perspective == number:
            inner: list[Branch] = [(f"- {shorten(sub)}", []) for sub in step.sub]
            inner += [(f"with: {shorten(block.text)}", []) for block in step.extra]
            below.append((f"action {step.ordinal}: {shorten(step.text)}", inner))
    guess = "; guessed" if perspective.guessed else ""
    return f"{perspective.title} [{perspective.kind}{guess}]: {_sum(perspective.blocks)}", below


def _section(section: Section) -> Branch:
    return f"{section.title or '(opening)'}: {_sum(section.blocks)}", []


def _sum(blocks: Iterable[Block]) -> str:
    """Such as "3 paragraphs, 1 table, 120 words"."""
    counts: dict[str, int] = {}
    words = 0
    for block in blocks:
        counts[block.type] = counts.get(block.type, 0) + 1
        words += block.words
    parts = [_many(number, kind.replace("_", " ")) for kind, number in counts.items()]
    return ", ".join((*parts, _many(words, "word"))) if parts else "no text of its own"


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 or noun == 'code' else 's'}"


def what_it_makes(article: Article, options: Options) -> list[str]:
    """One line: the course that these options would make, or why they would make none."""
    try:
        around = supply(article, options)
        most = count(around, options)
    except ArticleError as error:
        return [f"With --days {options.days}: {error}"]
    strands, found = schedule.arrange(merge(around.strands, most), most, options.rotate)
    passages = len(found)
    content = len(content_days(options.days, options.recap_every))
    turn = "perspectives in turn" if schedule.rotates(strands, options.rotate) else "one perspective after the other"
    lessons = f"{_many(passages, 'lesson')} of {around.words / passages:.1f} words in the mean"
    others = f"{_many(content - passages, 'practice day')}, {_many(options.days - content, 'recap')}"
    return [f"With --days {options.days}: {lessons}, {turn}, {others}."]


def _remedies(article: Article) -> Iterator[str]:
    """How to change what was understood; guesses are named as such."""
    guessed = sum(perspective.guessed for perspective in article.perspectives)
    note = f" ({guessed} of {len(article.perspectives)} guessed)" if guessed else ""
    yield "To change it:"
    marks = "; or put # or ## before the line" if article.format == "text" else ""
    yield f'  perspectives{note}: --perspective "Heading", once for each{marks}'
    found = _FOUND_BY.get(article.actions_by, "none found")
    yield f'  actions ({found}): --actions-under "Heading"'
    yield '  title: --title "…"   turn: --rotate always|never   format: --format text|markdown|html'
    yield "  short answer: --short-answer welcome|lesson1   recaps: --recap-every N   captions: --keep-captions"


def _lines(branches: list[Branch], indent: str) -> Iterator[str]:
    for number, (text, below) in enumerate(branches, 1):
        first, rest = _LAST if number == len(branches) else _STEM
        yield indent + first + text
        yield from _lines(below, indent + rest)
