"""What a block becomes in Markdown, and what the mail then shows of it: one row a rule."""

from __future__ import annotations

import pytest

from dripcourse.courses.article import Block, Span
from dripcourse.courses.drafting.blocks import whole
from dripcourse.courses.drafting.draft import Excerpt
from dripcourse.courses.drafting.markdown import as_markdown, block_markdown, excerpts_markdown


def written(*blocks: Block, base: str = "ltr") -> str:
    return excerpts_markdown([whole(block) for block in blocks], stars=False, base=base)


def item(text: str, marker: str = "-", depth: int = 0, type: str = "list_item") -> Block:  # noqa: A002
    return Block(text, 1, type, marker, depth=depth)


PLAIN = [
    ("A plain sentence, with (brackets) and a dash - so.", "A plain sentence, with (brackets) and a dash - so."),
    ("snake_case and 5 < 6", "snake_case and 5 < 6"),
    ("two * three", r"two \* three"),
    ("1. Not a list", r"1\. Not a list"),
    ("- Not a list", r"\- Not a list"),
    ("# Not a heading", r"\# Not a heading"),
    ("> Not a quote", r"\> Not a quote"),
    ("[ ] Not a task", r"\[ \] Not a task"),
    ("[x]: https://example.com/a", r"\[x\]: https://example.com/a"),
    ("[^1]: no footnote", r"\[^1\]: no footnote"),
    ("no ^[footnote] either", r"no ^\[footnote\] either"),
    ("{lang=ar dir=rtl}", r"\{lang=ar dir=rtl}"),
    ("{{ name }} {% if %} {# x", r"\{\{ name }} \{\% if %} \{\# x"),
    ("<b>&amp;</b>", r"\<b\>\&amp;\</b\>"),
    (r"a \* b", r"a \\* b"),
    ("first\nsecond", "first\\\nsecond"),
    ("first\n- second", "first\\\n\\- second"),
    ("first\n===", "first\\\n\\==="),
    ("~~not struck~~", r"\~\~not struck\~\~"),
]


@pytest.mark.parametrize(("text", "markdown"), PLAIN, ids=lambda text: text[:12])
def test_what_markdown_would_change_is_escaped_and_nothing_else(text: str, markdown: str) -> None:
    assert written(Block(text, 1)) == markdown


STARRED = [
    ("*So* they say", "*So* they say"),
    ("**So** they say", "**So** they say"),
    ("2 * 3 * 4", "2 * 3 * 4"),
    ("*So* [they](x) say", r"*So* \[they\](x) say"),
    ("Dear {name}, {name|friend} and {1}", r"Dear \{name}, \{name|friend} and {1}"),
    ("*So* {{ they }} say", r"*So* \{\{ they }} say"),
    ("* no item", r"\* no item"),
]


@pytest.mark.parametrize(("text", "markdown"), STARRED)
def test_emphasis_typed_in_stars_stays_in_plain_text(text: str, markdown: str) -> None:
    assert as_markdown(text) == markdown


SPANS = [
    ("a bold word", (Span(2, 6, "strong"),), "a **bold** word"),
    ("an inner word", (Span(3, 8, "em"),), "an *inner* word"),
    ("a struck word", (Span(2, 8, "strike"),), "a ~~struck~~ word"),
    ("all three", (Span(0, 9, "strong"), Span(0, 9, "em"), Span(0, 9, "strike")), "***~~all three~~***"),
    ("run `x` now", (Span(4, 7, "code"),), "run `` `x` `` now"),
    ("run {{ x }}", (Span(4, 11, "code"),), "run {`{ x }}`"),
    ("inside a word", (Span(2, 4, "strong"),), "in**si**de a word"),
    ("注意：請看這裡", (Span(0, 3, "strong"),), "**注意：**&#35531;看這裡"),
    ("a spaced one", (Span(1, 9, "em"),), "&#97;*&#32;spaced&#32;*&#111;ne"),
    ("a line\nbreak", (Span(2, 12, "strong"),), "a **line\\\nbreak**"),
    ("a * and b", (Span(0, 9, "em"),), "*a \\* and b*"),
]


@pytest.mark.parametrize(("text", "spans", "markdown"), SPANS)
def test_formatting_is_written_so_that_it_reads_back(text: str, spans: tuple[Span, ...], markdown: str) -> None:
    assert written(Block(text, 1, spans=spans)) == markdown


LINKS = [
    ("a page", "https://example.org/a?b=1&c=2", "[a page](<https://example.org/a?b=1&c=2>)"),
    ("https://example.org/a", "https://example.org/a", "<https://example.org/a>"),
    ("me@example.org", "mailto:me@example.org", "<me@example.org>"),
    ("a ] page", "https://example.org/", r"[a \] page](https://example.org/)"),
    ("a page", "https://example.org/<a b>", r"[a page](<https://example.org/\<a%20b\>>)"),
    ("a page", "https://example.org/{{x}}", "[a page](<https://example.org/%7B{x}}>)"),
    ("a page", "javascript:alert(1)", "a page"),
    ("a page", "/relative", "a page"),
    ("a page", "ftp://example.org/", "a page"),
    ("a page", "", "a page"),
]


@pytest.mark.parametrize(("text", "href", "markdown"), LINKS)
def test_only_web_and_mail_links_go_out_and_others_leave_their_words(text: str, href: str, markdown: str) -> None:
    assert written(Block(text, 1, spans=(Span(0, len(text), "link", href),))) == markdown


def test_a_cut_takes_the_formatting_that_falls_in_it() -> None:
    block = Block("One two. Three four.", 1, spans=(Span(4, 14, "strong"),))
    cuts = [Excerpt(block, "", 0, 9), Excerpt(block, "", 9, 20)]
    assert [excerpts_markdown([cut], stars=False) for cut in cuts] == ["One **two.**", "**Three** four."]


LISTS = [
    ((item("a"), item("b")), "- a\n- b"),
    ((item("a", "3."), item("b", "4.")), "3. a\n4. b"),
    ((item("a", "3)"), item("b", "5)")), "3. a\n\n5) b"),
    ((item("a", "1."), item("b", "2."), item("c", "1.")), "1. a\n2. b\n\n1) c"),
    ((item("a", "٣."),), "3. a"),
    ((item("a"), item("b", "1.")), "- a\n\n1. b"),
    ((item("a"), item("b", depth=1), item("c", depth=2), item("d")), "- a\n  - b\n    - c\n- d"),
    ((item("a", depth=4), item("b", depth=5), item("c", depth=3)), "- a\n  - b\n- c"),
    ((item("a", "10."), item("b", "1)", depth=1)), "10. a\n    1. b"),
    ((item("a"), item("b", "3.", depth=1)), "- a\n\n  3. b"),
    ((item("a"), item("b", depth=1, type="paragraph"), item("c")), "- a\n\n  b\n\n- c"),
    ((item("a", depth=3, type="paragraph"), item("b")), "a\n\n- b"),
    ((item("a"), item("b", type="paragraph")), "- a\n\nb"),
    ((item("a\nb"), item("c")), "- a\\\n  b\n- c"),
    ((item("a"), item("x\n\n y", depth=1, type="code")), "- a\n\n  ```\n  x\n\n   y\n  ```"),
    ((item("a", type="quote"), item("b", type="quote")), "> a\n>\n> b"),
    ((item("a"), item("b", depth=1, type="quote")), "- a\n\n  > b"),
]


@pytest.mark.parametrize(("blocks", "markdown"), LISTS)
def test_neighbouring_items_are_one_list_nested_as_they_stand_to_each_other(
    blocks: tuple[Block, ...], markdown: str
) -> None:
    assert written(*blocks) == markdown


def test_a_list_from_another_day_never_becomes_code_however_deep_it_stood() -> None:
    deep = [item(f"level {depth}", depth=depth) for depth in range(40)]
    assert max(len(line) - len(line.lstrip()) for line in written(*deep).split("\n")) == 18


TABLES = [
    ("a\tb\n1\t2", "| a | b |\n| --- | --- |\n| 1 | 2 |"),
    ("a\tb\n1", "| a | b |\n| --- | --- |\n| 1 |  |"),
    ("a\n1\t2", "| a |  |\n| --- | --- |\n| 1 | 2 |"),
    ("\tb\n1\t2", "|  | b |\n| --- | --- |\n| 1 | 2 |"),
    ("a|b\n*c*", "| a\\|b |\n| --- |\n| \\*c\\* |"),
]


@pytest.mark.parametrize(("text", "markdown"), TABLES)
def test_a_table_has_its_cells_whatever_is_in_them(text: str, markdown: str) -> None:
    assert written(Block(text, 1, "table")) == markdown


def test_a_cell_keeps_its_formatting() -> None:
    block = Block("a\tb\nc|\td", 1, "table", spans=(Span(2, 3, "strong"), Span(4, 6, "code")))
    assert written(block) == "| a | **b** |\n| --- | --- |\n| `c\\|` | d |"


CODE = [
    ("  x = 1\n\ny", "```\n  x = 1\n\ny\n```"),
    ("a\n```\nb", "````\na\n```\nb\n````"),
    ("a: ${{ b }}\n  c", "`a: $`{`{ b }}`\\\n`  c`"),
]


@pytest.mark.parametrize(("text", "markdown"), CODE)
def test_code_is_fenced_but_for_a_placeholder_that_could_not_be_escaped_there(text: str, markdown: str) -> None:
    assert written(Block(text, 1, "code")) == markdown


ARABIC = "هذا نص."
DIRECTIONS = [
    (Block("x", 1, lang="ar", dir="rtl"), "ltr", "{lang=ar dir=rtl}\nx"),
    (Block("x", 1, lang="de"), "ltr", "{lang=de}\nx"),
    (Block("x", 1, lang='ar" onclick="x', dir="auto"), "ltr", "x"),
    (Block(ARABIC, 1), "ltr", "{dir=rtl}\n" + ARABIC),
    (Block(f"(1) {ARABIC}", 1), "ltr", "{dir=rtl}\n" + f"(1) {ARABIC}"),
    (Block(ARABIC, 1), "rtl", ARABIC),
    (Block("x", 1), "rtl", "{dir=ltr}\nx"),
    (Block("12", 1), "rtl", "12"),
    (Block(ARABIC, 1, "list_item", "1."), "ltr", "1. {dir=rtl}\n   " + ARABIC),
    (Block(ARABIC, 1, "quote"), "ltr", "> {dir=rtl}\n> " + ARABIC),
    (Block(f"{ARABIC}\t1", 1, "table"), "ltr", "{dir=rtl}\n| " + ARABIC + " | 1 |\n| --- | --- |"),
]


@pytest.mark.parametrize(("block", "base", "markdown"), DIRECTIONS)
def test_language_and_direction_go_out_with_the_block(block: Block, base: str, markdown: str) -> None:
    assert written(block, base=base) == markdown


def test_a_block_of_nothing_visible_gives_nothing() -> None:
    assert block_markdown(Block(" \n ", 1)) == ""
