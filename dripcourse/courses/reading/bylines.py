"""Which lines of an article's own header say who wrote it, when, and how long it takes to read; not the title."""

from __future__ import annotations

import re

from dripcourse.courses.article import Dropped
from dripcourse.courses.reading.nodes import NodeOrText, attribute, is_inline, line_of, visible_text
from dripcourse.courses.reading.weights import Weight, is_signature

LINE_WORDS = 15  # a line of a header has no more; longer ones are a standfirst
_HEADERS = frozenset({"entry-header", "post-header", "article-header", "entry-footer", "post-footer", "article-footer"})
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_DATE = (
    rf"(?:\d{{1,4}}[-/.]\d{{1,2}}[-/.]\d{{1,4}}|\d{{1,2}}\.? {_MONTH}(?: \d{{4}})?|{_MONTH} \d{{1,2}}(?:,? \d{{4}})?)"
)
_DATED = re.compile(rf"(?:(?:first |last )?(?:published|posted|updated|modified|reviewed)(?: on)?:? )?{_DATE}", re.I)
_BY = re.compile(
    r"(?:(?:written|posted|published|words|text|story) )?by:? \S|(?-i:(?:[Vv]on|[Pp]ar|[Pp]or|[Dd]i) [A-ZÀ-Þ])", re.I
)
_MINUTES = r"(?:(?:about|~) ?)?\d{1,3} ?-? ?min(?:ute)?s?\.?"
_TIMED = re.compile(rf"reading time:? {_MINUTES}(?: read(?:ing)?)?|{_MINUTES} (?:read|reading|to read)", re.I)


def is_own_header(node: NodeOrText) -> bool:
    """Whether the element heads or closes what it stands in: `<header>`, `<footer>`, and their old names."""
    return node.name in ("header", "footer") or not _HEADERS.isdisjoint(attribute(node, "class").split())


def line_reason(node: NodeOrText, weight: Weight, in_header: bool) -> str:
    """`byline` or `reading_time` if the node is such a line, else ""."""
    if weight.words > LINE_WORDS or weight.nodes > 2 * LINE_WORDS or weight.headings:
        return ""
    text = visible_text(node)
    if _TIMED.fullmatch(text):
        return "reading_time"
    if not in_header or not text:
        return ""
    if node.name == "address" or is_signature(node):
        return "byline"
    says_so = _BY.match(text) or _DATED.fullmatch(text) or _TIMED.search(text)
    return "byline" if not is_inline(node) and (weight.signed or says_so) else ""


def told_apart(node: NodeOrText, reason: str) -> list[Dropped]:
    """What is dropped with the node. A reading time inside a byline is listed by itself: it is of use."""
    text, line = visible_text(node), line_of(node)
    timed = _TIMED.search(text) if reason == "byline" else None
    if timed is None:
        return [Dropped(text, reason, line)] if text else []
    parts = (text[: timed.start()], reason), (timed[0], "reading_time"), (text[timed.end() :], reason)
    return [Dropped(part.strip(), why, line) for part, why in parts if part.strip()]
