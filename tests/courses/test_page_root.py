"""Which element of a page holds the article, and where its title comes from."""

from __future__ import annotations

import pytest

from dripcourse.courses.reading.page import visible_text
from tests.courses.test_page import PARAGRAPH, article

ROOTS = {
    "the longest article": (f"<article id=a>{PARAGRAPH}</article><article id=b>{PARAGRAPH * 2}</article>", "b"),
    "the first of two equals": (f"<article id=a>{PARAGRAPH}</article><article id=b>{PARAGRAPH}</article>", "a"),
    "an article before main": (f"<main id=m>Some more.<article id=a>{PARAGRAPH}</article></main>", "a"),
    # 36 words of the article are less than a third of the 144 of main
    "main before teasers": (f"<main id=m>{PARAGRAPH * 3}<article id=a>{PARAGRAPH}</article></main>", "m"),
    "long text before teasers": (
        f"<div id=d>{PARAGRAPH * 4}</div><article id=a>{PARAGRAPH}</article><article id=b>{PARAGRAPH}</article>",
        "body",
    ),
    "an article without a paragraph is none": (f"<article id=a>Soon.</article><div id=d>{PARAGRAPH}</div>", "d"),
    "main": (f"<div id=d>{PARAGRAPH * 5}</div><main id=m>{PARAGRAPH}</main>", "m"),
    "role main": (f"<div id=d>{PARAGRAPH * 5}</div><div role=main id=m>{PARAGRAPH}</div>", "m"),
    "article body": (f"<div id=d>{PARAGRAPH * 5}</div><div itemprop='x articleBody' id=m>{PARAGRAPH}</div>", "m"),
    "the deepest of equals": (f"<div id=a><div id=b>{PARAGRAPH}</div></div>", "b"),
    "all parts of an article": (f"<div id=a><div>{PARAGRAPH}</div><div><ul><li>Go.</ul></div></div>", "a"),
    "few links before many": (f"<div id=a>{PARAGRAPH}</div><div id=b>{'<p><a href=x>one two</a></p>' * 30}</div>", "a"),
    "no dialog about cookies": (
        f"<div class=cookies id=c>{PARAGRAPH * 9}</div><div id=a><h2>Tea</h2>{PARAGRAPH}</div>",
        "a",
    ),
    "no comment": (
        f"<div id=a>{PARAGRAPH}</div><div class=comments><article id=c>{PARAGRAPH * 3}</article></div>",
        "a",
    ),
    "a page wrapped in a suspicious name": (f"<div class=sidebar-page id=w><main id=m>{PARAGRAPH}</main></div>", "m"),
    "a page hidden behind its dialog": (
        f"<div id=a aria-hidden=true><h1>Tea</h1><div>{PARAGRAPH}</div></div><div role=dialog>{PARAGRAPH * 4}</div>",
        "a",
    ),
}


@pytest.mark.parametrize("name", ROOTS)
def test_the_root_is(name: str) -> None:
    html, wanted = ROOTS[name]
    page = article(f"<body id=body>{html}")
    assert (page.root.attrs or {}).get("id") == wanted


TITLES = {
    "the first h1 of the root": ("<title>Other</title>", "<article><h1>Tea</h1>{p}<h1>Two</h1></article>", "Tea", True),
    "og:title without an h1": (
        "<meta property=og:title content=' Green  tea '><title>Tea - Shop</title>",
        "<article>{p}</article>",
        "Green tea",
        False,
    ),
    "a title without the site": ("<title>Green tea - at home – Shop</title>", "{p}", "Green tea - at home", False),
    "a title whose rest is one word": ("<title>Tea | The Shop</title>", "{p}", "Tea | The Shop", False),
    "two Chinese words are two words": ("<title>绿茶之道 | 茶馆</title>", "{p}", "绿茶之道", False),
    "no title at all": ("", "{p}", "", False),
    "an h1 in the site's header that agrees": (
        "<title>Green tea | Shop</title>",
        "<header><h1>Green tea</h1><a href=/>Home</a></header><main>{p}</main>",
        "Green tea",
        True,
    ),
    "an h1 in the site's header that is the site": (
        "<title>Green tea | The Shop</title>",
        "<header><h1>The Shop</h1></header><main>{p}</main>",
        "Green tea",
        False,
    ),
    "an h1 behind the root is none": (
        "<title>Some tea</title>",
        "<main>{p}</main><h1>Some tea</h1>",
        "Some tea",
        False,
    ),
    "a lone h1 before the root": ("", "<h1>Tea</h1><main>{p}</main>", "Tea", True),
    "an h1 in a hero banner": (
        "<title>Green tea</title>",
        "<article><div class=hero-banner><h1>Green tea</h1><p>Hot.</p></div>{p}</article>",
        "Green tea",
        True,
    ),
    "an h1 among the links of a menu": (
        "<title>Green tea</title>",
        "<article><nav><a href=/>A long way home</a><h1>Green tea</h1></nav>{p}</article>",
        "Green tea",
        True,
    ),
    "an h1 that was never closed is none": (
        "<title>Green tea</title>",
        "<h1>Green tea<div>{p}</div>",
        "Green tea",
        False,
    ),
    "a mark inside an h1": ("", "<h1>Tea<a class=headerlink href=#t>¶</a></h1>{p}", "Tea", True),
}


@pytest.mark.parametrize("name", TITLES)
def test_the_title_is(name: str) -> None:
    head, body, title, has_node = TITLES[name]
    page = article(f"<html><head>{head}</head><body>{body.format(p=PARAGRAPH * 2)}</body></html>")
    assert page.title == title
    assert (page.title_node is not None) == has_node
    if page.title_node:
        assert visible_text(page.root).count(title) == 1
