"""Saved pages of a dozen kinds: which sentences are the article, which are dropped, and for what reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from justhtml import JustHTML, Node

from dripcourse.courses.reading.page import Page, main_content, visible_text

PAGES = Path(__file__).parent / "pages"
PARAGRAPH = f"<p>{'Every word of this paragraph belongs to the article. ' * 4}</p>"


def parsed(html: str) -> Node:
    """The tree of a page, as the reader has it."""
    return JustHTML(html, sanitize=False, track_node_locations=True, scripting_enabled=False).root


def article(html: str) -> Page:
    """The article of a page, after a look that no visible character was lost or doubled."""
    document = parsed(html)
    before = Counter("".join(visible_text(document).split()))
    page = main_content(document)
    after = Counter("".join(visible_text(page.root).split()))
    after.update("".join("".join(dropped.text.split()) for dropped in page.dropped))
    assert after == before
    return page


@dataclass(frozen=True)
class Expected:
    """What a page must come to. `dropped` are (reason, a part of the text); `cautions` are (code, line)."""

    title: str
    kept: tuple[str, ...]
    dropped: tuple[tuple[str, str], ...]
    cautions: tuple[tuple[str, int], ...] = ()
    language: tuple[str, str] = ("", "")


EXPECTED = {
    "blog_engine": Expected(
        "Mending a Dry-Stone Wall",
        ("Mending a Dry-Stone Wall A gap in a wall", "a flock on the road", "Sort before you lift", "Step back every"),
        (
            ("nav", "Skip to content"),
            ("nav", "Notes from the Hill Walls, sheep and weather Home About me"),
            ("byline", "Posted on 3 March 2024 by Hester Crag"),
            ("advert", "Buy our gloves"),
            ("share", "Share this: Post Mail"),
            ("related", "Hanging a gate"),
            ("nav", "Older: the winter of the long rope"),
            ("comment", "My grandfather did the same"),
            ("nav", "Archives All of 2023"),
            ("footer", "Proudly built by hand"),
        ),
        language=("en-GB", ""),
    ),
    "publishing_engine": Expected(
        "Bread Without Hurry",
        ("Why a dough that waits overnight", "the clock on its wall. The evening Mix until"),
        (
            ("nav", "The Slow Oven Start here"),
            ("byline", "Mila Ofen"),
            ("reading_time", "4 min read"),
            ("nav", "Time kneads for you"),
            ("cta", "Never miss a loaf Join the oven"),
            ("cta", "Sign up for more bread Subscribe now"),
            ("related", "Rye, the stubborn grain"),
            ("footer", "keeps its heat"),
        ),
        language=("en", ""),
    ),
    "obfuscated": Expected(
        "On Losing an Argument Well",
        ("Whoever loses an argument", "while it still costs you", "choose Settings and then"),
        (
            ("nav", "Open in app"),
            ("byline", "Ivo Brandt"),
            ("reading_time", "6 min read"),
            ("byline", "Mar 3, 2024"),
            ("share", "Share"),
        ),
    ),
    "encyclopedia": Expected(
        "Lantern fish",
        ("from another. Light Each lamp", "Journeys At dusk", "References ^ Deepwater, A."),
        (
            ("nav", "which anyone may print"),
            ("nav", "Jump to navigation"),
            ("marker", "[1]"),
            ("nav", "Contents 1 Light 2 Journeys"),
            ("nav", "[edit]"),
            ("nav", "Anglers Hatchet fish"),
            ("nav", "Category: fish with lamps"),
            ("nav", "A random page"),
            ("footer", "last edited in spring"),
        ),
        language=("en", "ltr"),
    ),
    "bare": Expected(
        "How to Sit Still",
        ("a hundred small errands", "Count four breaths. What to do Sit. Breathe. Stay."),
        (),
    ),
    "office_export": Expected(
        "Letters Home",
        ("Letters Home Write the letter", "careful, and careful letters say little. The second page On the second"),
        (("hidden", "draft number three"),),
        language=("EN-US", ""),
    ),
    "letter_platform": Expected(
        "A Year of Small Repairs",
        ("What a drawer of screws taught me Last January", "this is the point of it"),
        (
            ("nav", "Field Letters"),
            ("byline", "Oona Field Jan 02, 2025"),
            ("share", "Share"),
            ("cta", "Field Letters is free."),
            ("comment", "a drawer like that myself"),
            ("footer", "© 2025 Oona Field"),
        ),
        language=("en", ""),
    ),
    "office_of_state": Expected(
        "Keep bees in a town: how to apply",
        ("apply Who may apply You may apply", "Related permits A permit for bees", "Draw a plan of the ground."),
        (
            ("cookie", "Cookies on STATE.example"),
            ("nav", "Skip to main content"),
            ("nav", "STATE.example"),
            ("nav", "Home Bees"),
            ("nav", "Contents Who may apply How to apply"),
            ("hidden", "Print this page"),
            ("footer", "Support links Help"),
        ),
        language=("en", ""),
    ),
    "layout_tables": Expected(
        "Uncle Bert's Pigeon Page",
        ("Training the Young Birds A young bird", "The first week Carry", "Basket them hungry Never in fog"),
        (
            ("nav", "Uncle Bert's Pigeons Home | Guest book | Web ring"),
            ("nav", "Visitors: 4711"),
            ("footer", "Copyright 2003"),
        ),
    ),
    "one_form": Expected(
        "Reading a River",
        ("Water that runs smoothly", "The dark tongue Where two stones"),
        (
            ("nav", "Canoe Club"),
            ("nav", "Tours"),
            ("cta", "Choose a language"),
            ("footer", "Club house open on Sundays"),
        ),
        (("W_DROP_GUARD", 4),),
    ),
    "wall_of_consent": Expected(
        "كيف تشرب الشاي",
        ("الشاي الجيد",),
        (("cookie", "We value your privacy We and our many partners"),),
        language=("ar", "rtl"),
    ),
    "teasers": Expected(
        "Why Maps Lie", ("Every map leaves out", "This is no fault", "The second question"), (), language=("", "")
    ),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_saved_page_gives_its_article_and_lists_the_rest(name: str) -> None:
    expected = EXPECTED[name]
    page = article((PAGES / f"{name}.html").read_text(encoding="utf-8"))
    assert page.title == expected.title
    text = visible_text(page.root)
    assert [part for part in expected.kept if part not in text] == []
    assert [dropped.reason for dropped in page.dropped] == [reason for reason, _ in expected.dropped]
    for dropped, (_, part) in zip(page.dropped, expected.dropped, strict=True):
        assert part in dropped.text
        assert part not in text
    assert [(caution.code, caution.line) for caution in page.cautions] == list(expected.cautions)
    assert (page.lang, page.dir) == expected.language


def test_every_page_in_the_folder_is_read() -> None:
    assert {path.stem for path in PAGES.glob("*.html")} == set(EXPECTED)


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
