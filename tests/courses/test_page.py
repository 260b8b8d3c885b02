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
