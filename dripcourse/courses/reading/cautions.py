"""What an author should look at in an article before mailing it: scripture, sensitive words, doubles. Not the days."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dripcourse.courses.article import Article, Block
from dripcourse.courses.codes import Caution, shorten
from dripcourse.courses.reading.actions import is_step_heading
from dripcourse.courses.reading.decode import fold
from dripcourse.courses.sentences import count_words

_BOOKS = (
    r"Genesis|Exodus|Leviticus|Numbers|Deuteronomy|Joshua|Judges|Ruth|Samuel|Kings|Chronicles|Ezra|Nehemiah|Esther"
    r"|Job|Psalms?|Proverbs|Ecclesiastes|Song of (?:Songs|Solomon)|Isaiah|Jeremiah|Lamentations|Ezekiel|Daniel|Hosea"
    r"|Joel|Amos|Obadiah|Jonah|Micah|Nahum|Habakkuk|Zephaniah|Haggai|Zechariah|Malachi|Matthew|Mark|Luke|John|Acts"
    r"|Romans|Corinthians|Galatians|Ephesians|Philippians|Colossians|Thessalonians|Timothy|Titus|Philemon|Hebrews"
    r"|James|Peter|Jude|Revelation|Gen|Ex|Lev|Num|Deut|Josh|Sam|Chron?|Neh|Ps|Prov|Eccl|Isa|Jer|Lam|Ezek|Dan|Hos"
    r"|Mic|Hab|Zech|Mal|Matt|Mt|Mk|Lk|Jn|Rom|Cor|Gal|Eph|Phil|Col|Thess|Tim|Heb|Jas|Pet|Rev"
)
_REFERENCE = re.compile(rf"\b(?:(?:[1-3]|I{{1,3}})\s?)?(?:{_BOOKS})\.?\s\d{{1,3}}:\d{{1,3}}(?:[-–]\d{{1,3}})?")
_QUOTED = re.compile(r"(?:\"([^\"]+)\"|“([^”]+)”)[\s*_,(\[—–-]*$")
_LONG_OPENING = 200  # words
_NEAR = 2000  # characters of a quotation and what stands between it and its reference
_SENSITIVE = re.compile(
    r"\b(abus(?:e|es|ed|er|ers|ive|ing)|violen(?:t|ce)|suicid(?:e|al)|self-harm\w*|self-injury|divorc(?:e|ed|es|ing)"
    r"|separat(?:ed|ion)|withdraw(?:n|al|s|ing)|cris[ie]s|medicat(?:ion|ions|ed)|trauma\w*|addict(?:ion|ed|ions)"
    r"|overdos\w+|assault\w*|eating disorder\w*)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Reference:
    """A Bible reference; `quoted` is the number of words in the quotation right before it, 0 for none."""

    text: str
    quoted: int


def references(text: str) -> list[Reference]:
    """Bible references in `text`, in order."""
    return [
        Reference(match[0], _quoted_before(text[max(0, match.start() - _NEAR) : match.start()]))
        for match in _REFERENCE.finditer(text)
    ]


def quotations(text: str) -> list[Reference]:
    """References behind a quotation of 8 words or more: somebody's translation, under somebody's terms."""
    return [reference for reference in references(text) if reference.quoted >= 8]


def sensitive_words(text: str) -> list[str]:
    """Words of `text` that call for a safety note, lower case, each once, in order."""
    return list(dict.fromkeys(match[0].lower() for match in _SENSITIVE.finditer(text)))


def article_cautions(article: Article, short_answer: str) -> Iterator[Caution]:
    """Everything worth a second look, in a fixed order. `short_answer` is where that text goes, as in Options."""
    blocks = [*article.short_answer, *(b for p in article.perspectives for b in p.blocks)]
    lines = [*((b.line, b.text) for b in blocks), *((s.line, s.text) for s in article.actions)]
    if not article.actions:
        yield Caution(
            "W_NO_ACTIONS",
            0,
            _no_actions(article),
        )
    opening = sum(block.words for block in article.short_answer)
    if opening > _LONG_OPENING and short_answer == "welcome":
        yield Caution(
            "W_LONG_OPENING",
            article.short_answer[0].line,
            f"{opening} words stand before the first heading and go into the welcome mail. "
            "Say --short-answer lesson1 to have them in the lessons.",
        )
    yield from _doubles(blocks)
    yield from _scripture(lines)
    yield from _sensitive(lines)


def _no_actions(article: Article) -> str:
    text = "Found 0 actions; every day gets a neutral prompt."
    steps = [p.title for p in article.perspectives if is_step_heading(p.title)]
    if len(steps) >= 2:
        return f"{text} «{steps[0]}» and its like are perspectives: name only the others with --perspective."
    return f"{text} Number the actions 1. 2. 3., or name the heading over their list with --actions-under."


def _quoted_before(text: str) -> int:
    match = _QUOTED.search(text)
    return count_words(match[1] or match[2]) if match else 0


def _doubles(blocks: list[Block]) -> Iterator[Caution]:
    first: dict[str, int] = {}
    for block in blocks:
        seen = first.setdefault(fold(block.text), block.line)
        if seen != block.line:
            yield Caution(
                "W_DUPLICATE_BLOCK",
                block.line,
                f"Lines {seen} and {block.line} have the same text «{shorten(block.text, 40)}»; both are kept. "
                "Delete one if it was not meant.",
            )


def _scripture(lines: list[tuple[int, str]]) -> Iterator[Caution]:
    found = [(line, reference) for line, text in lines for reference in quotations(text)]
    if found:
        named = ", ".join(reference.text for _, reference in found)
        yield Caution(
            "W_QUOTED_SCRIPTURE",
            found[0][0],
            f"{len(found)} quotation{'s' if len(found) != 1 else ''} of scripture ({named}). "
            "Name the translation and check its terms of use, or give references only.",
        )


def _sensitive(lines: list[tuple[int, str]]) -> Iterator[Caution]:
    found = [(line, word) for line, text in lines for word in sensitive_words(text)]
    if found:
        words = ", ".join(dict.fromkeys(word for _, word in found))
        yield Caution(
            "W_SENSITIVE",
            found[0][0],
            f"{len(found)} sensitive word{'s' if len(found) != 1 else ''} ({words}). "
            "Fill in safety_note in course.toml before you publish.",
        )
