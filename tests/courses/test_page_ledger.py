"""Any tree at all: no visible character is lost, none is twice, and a tree that is too large is refused in time."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from justhtml import Comment, Document, Node, Text

from dripcourse.courses.codes import ArticleError
from dripcourse.courses.reading.nodes import MAX_DEPTH, MAX_ELEMENTS, walk
from dripcourse.courses.reading.page import Page, main_content, visible_text
from dripcourse.courses.reading.tokens import REASONS
from tests.courses.test_page import PARAGRAPH, parsed

TAG_NAMES = (
    "div p span a article main section header footer nav aside form h1 h2 ul li table tr td b time address img svg "
    "iframe noscript script style template dialog button blockquote pre code sup title o:p x-part br"
)
NAMES = [*sorted(REASONS), "has-sidebar", "siteNav", "body", "reference", "entry-header", "header", "sc-adBcXy"]
TEXTS = (
    "Tea", "By Jo Field", " · ", "\n ", "5 min read", "May 3, 2024", "© Jo", "Contents", "[1]", "茶" * 50, "the end.",
    "so it goes on and on for as long as anybody wants to read what he has been reading all along here " * 2,
)  # fmt: skip
attributes = st.fixed_dictionaries(
    {},
    optional={
        "class": st.lists(st.sampled_from(NAMES), max_size=2).map(" ".join),
        "id": st.sampled_from(NAMES),
        "role": st.sampled_from(["main", "banner", "navigation", "dialog", ""]),
        "style": st.sampled_from(["display:none", "color:red", ""]),
        "hidden": st.none(),
        "href": st.sampled_from(["#a", "/b", "https://example.org/#ads"]),
        "rel": st.sampled_from(["author", "nofollow"]),
        "itemprop": st.sampled_from(["articleBody", "author"]),
        "alt": st.sampled_from(["a cup", ""]),
    },
)
leaves = st.sampled_from(TEXTS).map(Text) | st.just("x").map(Comment)


def element(name: str, attrs: dict[str, str | None], children: list[Node | Text]) -> Node:
    """A node with its children, as the parser would make it."""
    node = Node(name, attrs)
    for child in children:
        node.append_child(child)
    return node


nodes = st.recursive(
    leaves,
    lambda below: st.builds(element, st.sampled_from(TAG_NAMES.split()), attributes, st.lists(below, max_size=5)),
    max_leaves=40,
)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """Trees that no parser need ever make, most of them with something to read."""
    paragraph = st.sampled_from(TEXTS[-3:]).map(lambda text: element("p", {}, [Text(text)]))
    body = element("body", draw(attributes), draw(st.lists(nodes | paragraph, max_size=8)))
    told = draw(st.sampled_from(["", "Tea", "Tea - By Jo Field", "By Jo Field | Shop"]))
    head = element("head", {}, [element("title", {}, [Text(told)])])
    document = Document()
    document.append_child(element("html", {"lang": "en"}, [head, body]))
    return document


def characters(text: str) -> Counter[str]:
    return Counter("".join(text.split()))


def read(document: Document) -> Page | None:
    """The article; None if the page has no paragraph outside of its furniture."""
    try:
        return main_content(document)
    except ArticleError as error:
        if error.code != "E_NO_BODY":
            raise
        return None


@given(documents())
def test_every_visible_character_is_kept_or_dropped_once(document: Document) -> None:
    before, shape = characters(visible_text(document)), [*walk(document)]
    page = read(document)
    if page is None:
        assert [*walk(document)] == shape
        return
    after = characters(visible_text(page.root))
    for dropped in page.dropped:
        assert dropped.text == " ".join(dropped.text.split()) != ""
        assert dropped.reason in {*REASONS.values()}
        after.update(characters(dropped.text))
    assert after == before
    assert page.title_node is None or page.title_node in {*walk(page.root)}


@given(documents())
def test_what_is_left_of_a_page_holds_nothing_unseen(document: Document) -> None:
    page = read(document)
    left = [*walk(page.root)] if page else []
    assert {node.name for node in left}.isdisjoint({"script", "style", "noscript", "template", "#comment"})
    for node in left:
        assert all(child.parent is node for child in node.children or ())


def code_and_message(html: str) -> str:
    with pytest.raises(ArticleError) as caught:
        main_content(parsed(html))
    return str(caught.value)


REFUSED = {
    "nothing": ("", "E_NO_BODY: Found 0 headings and 0 words"),
    "only a title": ("<h1>Tea</h1>", "E_NO_BODY: Found 1 headings and 1 words"),
    "only a menu": ("<p>One two three.</p><div class=menu>Home <a>Four</a></div>", "3 words (2 more in menus, forms"),
    # one word too few, then one that is enough
    "nineteen words": (f"<p>{'word ' * 19}</p>", "the longest has 19 words, 20 are needed. Save the page after"),
    "only links": (f"<p><a href=/x>{'word ' * 30}</a></p>", "no paragraph of the article: the longest has 0 words"),
    "too deep": (f"{'<div>' * 5000}{PARAGRAPH}", "E_TOO_COMPLEX: The page has elements 5003 deep (limit 100)"),
    "too many": (f"{PARAGRAPH}{'<br>' * 30_000}", "E_TOO_COMPLEX: The page has 30004 elements (limit 20000)"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_page_is_refused_with(name: str) -> None:
    html, message = REFUSED[name]
    assert message in code_and_message(html)


def test_a_page_at_both_limits_is_read() -> None:
    deep = MAX_DEPTH - 3  # html and body are around it, p inside
    wide = MAX_ELEMENTS - deep - 4  # html, head, body, p
    page = main_content(parsed(f"{'<div>' * deep}{PARAGRAPH}{'</div>' * deep}{'<br>' * wide}"))
    assert visible_text(page.root).startswith("Every word")


def test_twenty_words_are_a_paragraph() -> None:
    assert visible_text(main_content(parsed(f"<p>{'word ' * 20}</p>")).root).count("word") == 20


def test_twenty_thousand_pieces_of_furniture_are_listed_one_by_one() -> None:
    page = main_content(parsed(PARAGRAPH + "<div class=ad>x</div>" * 19_000))
    assert len(page.dropped) == 19_000
