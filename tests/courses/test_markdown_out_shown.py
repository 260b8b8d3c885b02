"""Whatever an author writes, the mail shows those characters with that formatting: generated texts, spans and cuts."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dripcourse.courses.article import EDGES, Block, Span
from dripcourse.courses.drafting.blocks import whole
from dripcourse.courses.drafting.draft import Excerpt
from dripcourse.courses.drafting.markdown import as_markdown, excerpts_markdown
from dripcourse.mail.markdown import to_html

often = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))

Shown = list[tuple[str, frozenset[tuple[str, str]]]]
KINDS = {"em": "em", "strong": "strong", "s": "strike", "code": "code", "a": "link"}
HREFS = (
    "https://example.org/",
    "mailto:me@example.org",
    "https://example.org/a(b)?c=1&d=2",
    "https://x.y",
    "/relative",
)
FRAGMENTS = (
    *"ab1*_`[]()<>!#-&.\\|=~{}%:^\"'+;é漢。：\u00a0", " ", " ", " ", "\n", "word", "**", "__", "~~", "``", "```", "{{",
    "{%", "{#", "1. ", "- ", "# ", "> ", "{dir=rtl}", "[^1]", "[ ] ", "&amp;", "<b>", "---", "===", "|-|", "https://x.y",
    "ab. Cd",
)  # fmt: skip
PLACEHOLDER = re.compile(r"\{[{%#]")
texts = st.lists(st.sampled_from(FRAGMENTS), min_size=1, max_size=14).map(lambda parts: "".join(parts).strip())
visible = texts.filter(lambda text: bool(text.split()))


class Read(HTMLParser):
    """Every character of a page with the formatting around it, and how its blocks are nested."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.shown: Shown = []
        self.open: list[tuple[str, str]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.shown.append(("\n", frozenset()))
        elif tag in KINDS:
            self.open.append((KINDS[tag], dict(attrs).get("href") or ""))

    def handle_endtag(self, tag: str) -> None:
        if tag in KINDS:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        self.shown += [(char, frozenset(self.open)) for char in data if char != "\n"]


@st.composite
def blocks(draw: st.DrawFn) -> Block:
    """A paragraph with nested spans."""
    text = draw(visible)
    spans: list[Span] = []
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(text) - 1))
        end = draw(st.integers(start + 1, len(text)))
        kind = draw(st.sampled_from(("em", "strong", "strike", "code", "link")))
        span = Span(start, end, kind, draw(st.sampled_from(HREFS)) if kind == "link" else "")
        if all(_nest(span, other) for other in spans):
            spans.append(span)
    return Block(text, 1, spans=tuple(sorted(spans, key=lambda s: (s.start, -s.end))))


def _nest(one: Span, other: Span) -> bool:
    apart = one.end <= other.start or other.end <= one.start
    inside = (one.start <= other.start and other.end <= one.end) or (other.start <= one.start and one.end <= other.end)
    return apart or (inside and one.kind != other.kind)


def wanted(block: Block, start: int, end: int) -> Shown:
    """What is to be seen of the part. In code, the brace that opens a placeholder stands outside of the code."""
    cut = block.text[start:end]
    start += len(cut) - len(cut.lstrip(EDGES))
    end = start + len(cut.strip(EDGES))
    looks = [_look(block, at) for at in range(start, end)]
    found: Shown = []
    for at in range(start, end):
        look, text = looks[at - start], block.text
        opens = at + 1 < end and PLACEHOLDER.match(text, at) and look == looks[at + 1 - start]
        found.append((text[at], look - {("code", "")} if opens else look))
    return found


def _look(block: Block, at: int) -> frozenset[tuple[str, str]]:
    spans = [s for s in block.spans if s.start <= at < s.end and s.href != "/relative"]
    return frozenset((s.kind, s.href) for s in spans if block.text[at] != "\n")


@often
@given(blocks())
def test_a_block_shows_its_text_with_its_formatting(block: Block) -> None:
    markdown = excerpts_markdown([whole(block)], stars=False)
    assert Read(to_html(markdown)).shown == wanted(block, 0, len(block.text)), markdown
    assert not PLACEHOLDER.search(markdown)


@often
@given(visible)
def test_plain_text_shows_itself_but_for_stars_and_underlines_that_set_words_apart(text: str) -> None:
    markdown = as_markdown(text)
    shown = "".join(char for char, _ in Read(to_html(markdown)).shown)
    assert re.sub(r"[*_]", "", shown) == re.sub(r"[*_]", "", text)
    assert not PLACEHOLDER.search(markdown)


@often
@given(blocks(), st.data())
def test_a_cut_shows_its_part_and_the_cuts_together_show_all(block: Block, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(block.text)))
    for start, end in ((0, at), (at, len(block.text))):
        markdown = excerpts_markdown([Excerpt(block, "", start, end)], stars=False)
        assert Read(to_html(markdown)).shown == wanted(block, start, end), markdown


cell = visible.map(lambda text: " ".join(text.split()))


@often
@given(st.lists(st.lists(cell, min_size=1, max_size=3), min_size=1, max_size=4))
def test_a_table_shows_each_cell_in_its_place(rows: list[list[str]]) -> None:
    markdown = excerpts_markdown([whole(Block("\n".join(map("\t".join, rows)), 1, "table"))], stars=False)
    columns = max(map(len, rows))
    filled = [row + [""] * (columns - len(row)) for row in rows]
    assert Cells(to_html(markdown)).rows == filled, markdown


class Cells(HTMLParser):
    """The rows of the one table there is."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.inside = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self.inside = True

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.rows[-1][-1] += data


codes = (
    st.lists(st.sampled_from((*FRAGMENTS, "\n", "    ", "\t")), min_size=1, max_size=20)
    .map("".join)
    .filter(lambda text: bool(text.strip()) and not PLACEHOLDER.search(text))
)


@often
@given(codes)
def test_code_keeps_every_character_of_every_line(text: str) -> None:
    html = to_html(excerpts_markdown([whole(Block(text, 1, "code"))], stars=False))
    found = re.fullmatch(r"<pre><code>(.*)\n</code></pre>", html, re.DOTALL)
    assert found
    assert unescape(found[1]) == text


TYPES = ("paragraph", "quote", "list_item", "list_item", "list_item", "code", "table", "caption", "footnote")


@st.composite
def rows_of_blocks(draw: st.DrawFn) -> list[Block]:
    """Blocks in a row, each with a word of its own."""
    count = draw(st.integers(1, 12))
    found = []
    for number in range(count):
        marker = draw(st.sampled_from(("-", "1.", "2.", "3.", "12.")))
        way = draw(st.sampled_from(("", "", "rtl")))
        found.append(
            Block(f"w{number}", 1, draw(st.sampled_from(TYPES)), marker, depth=draw(st.integers(0, 3)), dir=way)
        )
    return found


@often
@given(rows_of_blocks())
def test_blocks_keep_their_order_kind_number_and_nesting(blocks: list[Block]) -> None:
    html = to_html(excerpts_markdown([whole(block) for block in blocks], stars=False))
    found = Nested(html).found
    assert [word for word, *_ in found] == [block.text for block in blocks]
    opened: list[int] = []  # depths of the items that are open
    for block, (_, tag, lists, number) in zip(blocks, found, strict=True):
        while opened and opened[-1] >= block.depth:
            opened.pop()
        item = block.type == "list_item"
        assert lists == len(opened) + item
        assert tag == {"quote": "blockquote", "code": "pre", "table": "table"}.get(block.type, "")
        if item:
            assert number == (int(block.marker[:-1]) if block.marker != "-" else 0)
            opened.append(block.depth)


class Nested(HTMLParser):
    """Each word with what it stands in: quote, code or table; how many lists; its number in the list."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str, int, int]] = []
        self.open: list[str] = []
        self.numbers: list[int] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        if tag in ("ol", "ul"):
            self.numbers.append(int(dict(attrs).get("start") or 1) - 1 if tag == "ol" else -1_000)
        if tag == "li":
            self.numbers[-1] += 1

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        if tag in ("ol", "ul"):
            self.numbers.pop()

    def handle_data(self, data: str) -> None:
        if word := data.strip():
            kinds = [tag for tag in self.open if tag in ("blockquote", "pre", "table")]
            number = max(0, self.numbers[-1]) if self.numbers else 0
            self.found.append((word, kinds[-1] if kinds else "", len(self.numbers), number))
