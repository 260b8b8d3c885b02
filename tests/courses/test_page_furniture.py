"""What is dropped inside of an article, for which reason, and what only looks as if it should be."""

from __future__ import annotations

import pytest

from dripcourse.courses.reading.page import visible_text
from dripcourse.courses.reading.tokens import split_name
from tests.courses.test_page import PARAGRAPH, article

LINK = "<a href=/x>Over there</a>"
DROPPED = {  # markup, reason, text
    "nav": (f"<nav>{LINK}</nav>", "nav", "Over there"),
    "aside": ("<aside>By the way</aside>", "nav", "By the way"),
    "form": ("<form><label>Your name</label><input value=x></form>", "cta", "Your name"),
    "button": ("<button>Press</button>", "cta", "Press"),
    "select": ("<select><option>One<option>Two</select>", "cta", "One Two"),
    "textarea": ("<textarea>Say something</textarea>", "cta", "Say something"),
    "dialog": ("<dialog open>Wait!</dialog>", "cta", "Wait!"),
    "svg": ("<svg><title>An arrow</title><text>up</text></svg>", "hidden", "An arrowup"),
    "iframe": ("<iframe src=/x>No frames</iframe>", "hidden", "No frames"),
    "video": ("<video src=/x>No film for you</video>", "hidden", "No film for you"),
    "hidden": ("<p hidden>Not yet</p>", "hidden", "Not yet"),
    "hidden until found": ("<p hidden=until-found>Not yet</p>", "hidden", "Not yet"),
    "aria-hidden": ("<span aria-hidden=TRUE>★</span>", "hidden", "★"),
    "display none": ("<p style='color: red; DISPLAY : none'>Not yet</p>", "hidden", "Not yet"),
    "visibility hidden": ("<p style=visibility:hidden>Not yet</p>", "hidden", "Not yet"),
    "for screen readers only": ("<h2>Tea<span class=sr-only> section</span></h2>", "hidden", "section"),
    "cookie": ("<div class=cookie-notice>We bake</div>", "cookie", "We bake"),
    "consent": ("<div id=userConsent>We bake</div>", "cookie", "We bake"),
    "gdpr": ("<div class='box gdpr'>We bake</div>", "cookie", "We bake"),
    "ad": ("<div class=ad-slot>Buy</div>", "advert", "Buy"),
    "camel case": ("<div id=topAdBanner>Buy</div>", "advert", "Buy"),
    "underscore": ("<div class=article__promo>Buy</div>", "advert", "Buy"),
    "sponsor": ("<div class=sponsor>Buy</div>", "advert", "Buy"),
    "breadcrumbs": (f"<ul class=breadcrumbs><li>{LINK}</ul>", "nav", "Over there"),
    "sidebar": ("<div class=sidebar>Other things</div>", "nav", "Other things"),
    "role navigation": (f"<div role=navigation>{LINK}</div>", "nav", "Over there"),
    "newsletter": ("<section class=newsletter><h2>Join</h2></section>", "cta", "Join"),
    "popup": ("<div class=popup>Join</div>", "cta", "Join"),
    "share": ("<div class=share-buttons>Share this on all of the usual places</div>", "share", "Share this"),
    "social": (f"<ul class='social open'><li>{LINK}<li>{LINK}</ul>", "share", "Over there Over there"),
    "related": ("<div class=related-posts>Read on</div>", "related", "Read on"),
    "recommended": ("<div class=recommended>Read on</div>", "related", "Read on"),
    "the more telling name": ("<div class='sidebar related'>Read on</div>", "related", "Read on"),
    "comments": ("<section id=comments><h2>Comments</h2><p>Nice.</section>", "comment", "Comments Nice."),
    "a comment in the article": ("<article class=comment><p>Nice.</article>", "comment", "Nice."),
    "skip link": ("<a href=#top>Back to top</a>", "nav", "Back to top"),
    "contents": ("<h2>Contents</h2><ul><li><a href=#a>A</a><li><a href=#b>B</a></ul>", "nav", "Contents"),
    "contents of a saved page": (
        "<ul><li><a href='/p.html#a'>A</a><li><a href='/p.html#b'>B</a></ul><h2 id=a>A</h2><h2 id=b>B</h2>",
        "nav",
        "A B",
    ),
    "anchor of a heading": ("<h2>Tea<a class=headerlink href=#tea>¶</a></h2>", "marker", "¶"),
    "byline": ("<p class=byline>Jo Field</p>", "byline", "Jo Field"),
    "by in a header": ("<header><p>By Jo Field</p></header>", "byline", "By Jo Field"),
    "von in a header": ("<header><div>Von Jo Feld</div></header>", "byline", "Von Jo Feld"),
    "author and date": (
        "<header><h2>Tea</h2>by <a rel=author>Jo</a> on <time>May 3</time></header>",
        "byline",
        "by",
    ),
    "address in a footer": ("<footer><address>jo@example.org</address></footer>", "byline", "jo@example.org"),
    "a date in a header": ("<header><div>Updated on 3 March 2024</div></header>", "byline", "Updated on"),
    "reading time": ("<p>5 min read</p>", "reading_time", "5 min read"),
    "reading time by name": ("<span class=readTime>5 minutes</span>", "reading_time", "5 minutes"),
}
KEPT = {
    "header is not head, and stays": "<header><p>What this is about, in few words.</p></header>",
    "additive is not ad": "<p class='additive loader'>Salt and sugar.</p>",
    "uncommented is not comment": "<p class=uncommented>Salt and sugar.</p>",
    "a class made by a machine": "<p class='sc-adBcXy css-navQzW'>Salt and sugar.</p>",
    "a state of the page": "<div class='has-sidebar menu-open category-social'>Salt and sugar.</div>",
    "an id made from a heading": "<section id=social-anxiety><h2>Social anxiety</h2><p>It comes early.</p></section>",
    "the id of a heading": "<h2 id=menu>The menu</h2>",
    "a price of shares": f"<p class=share-price>{'Four percent more than the day before. ' * 2}</p>",
    "a word in a sentence": "<p>Choose <span class=menu>File</span> and close it.</p>",
    "a comment in code": "<pre><code><span class=comment># tea</span> x = 1</code></pre>",
    "who is quoted": "<blockquote><p>Tea first.</p><footer class=author>By Jo Field</footer></blockquote>",
    "an address in the text": "<address>4 Meadow Lane</address>",
    "by in the text": "<p>By the river</p>",
    "a standfirst": f"<header><p>{'By now everybody knows that tea is hot. ' * 2}</p></header>",
    "minutes in the text": "<p>Five minutes or 5 minutes, who counts?</p>",
    "a list of places": "<ul><li><a href=/a>A</a><li><a href=/b>B</a></ul>",
    "notes with a way back": "<ol><li>Jo said so in May. <a href=#r1>↩</a><li>Ed did not. <a href=#r2>↩</a></ol>",
    "details": "<details><summary>More</summary><p>Salt and sugar.</p></details>",
    "alt text": "<p><img alt='A cup' src=/c.png></p>",
}


@pytest.mark.parametrize("name", DROPPED)
def test_is_dropped_from_an_article(name: str) -> None:
    markup, reason, text = DROPPED[name]
    page = article(f"<article><h1>The title</h1>{PARAGRAPH * 3}{markup}{PARAGRAPH}</article>")
    assert {dropped.reason for dropped in page.dropped} == {reason}
    assert text in " ".join(dropped.text for dropped in page.dropped)
    assert page.cautions == ()


@pytest.mark.parametrize("name", KEPT)
def test_is_kept_in_an_article(name: str) -> None:
    markup = KEPT[name]
    page = article(f"<article><h1>The title</h1>{PARAGRAPH * 3}{markup}{PARAGRAPH}</article>")
    assert page.dropped == ()


@pytest.mark.parametrize(
    "unseen", ["<script>x</script>", "<style>x</style>", "<template><p>x</template>", "<!-- x -->"]
)
def test_what_is_never_shown_is_taken_out_and_not_listed(unseen: str) -> None:
    page = article(f"<article>{PARAGRAPH}{unseen}</article>")
    assert page.dropped == ()
    assert [child.name for child in page.root.children or ()] == ["p"]


@pytest.mark.parametrize(("name", "tokens"), [
    ("site-nav_left", ["site", "nav", "left"]),
    ("siteNav", ["site", "nav"]),
    ("HTMLMenu", ["html", "menu"]),
    ("header", ["header"]),
    ("sc-adBcXy", ["sc", "adbcxy"]),
])  # fmt: skip
def test_a_name_is_split_into_whole_tokens(name: str, tokens: list[str]) -> None:
    assert split_name(name) == tokens


# 36 words of 72 are 50 %; of 108 they are 33 %
@pytest.mark.parametrize(("others", "kept"), [(1, True), (2, False)])
def test_no_more_than_two_fifths_of_an_article_are_dropped_at_once(others: int, kept: bool) -> None:
    page = article(f"<article>\n{PARAGRAPH * others}\n<div id=x class=promo>{PARAGRAPH}</div></article>")
    assert [dropped.reason for dropped in page.dropped] == ([] if kept else ["advert"])
    assert [(caution.code, caution.line) for caution in page.cautions] == ([("W_DROP_GUARD", 3)] if kept else [])
    if kept:
        assert page.cautions[0].message.startswith(
            '<div id="x" class="promo"> looks like advert, but holds 36 of 72 (50 %) of the article\'s words'
        )


def test_furniture_inside_of_what_is_guarded_is_dropped_all_the_same() -> None:
    page = article(f"<article><div class=promo>{PARAGRAPH}<div class=sidebar>{LINK}</div></div></article>")
    assert [dropped.text for dropped in page.dropped] == ["Over there"]
    assert len(page.cautions) == 1


def test_what_holds_the_title_is_not_dropped_with_it() -> None:
    page = article(f"<article><div class=banner><h1>Tea</h1><p>Hot and strong.</p></div>{PARAGRAPH}</article>")
    assert visible_text(page.root).startswith("Tea Hot and strong. Every word")


def test_text_beside_the_root_is_listed_as_before_or_behind_it() -> None:
    page = article(f"<body>Hot tea<p>for all</p><main>{PARAGRAPH}</main>and <b>more</b></body>")
    found = [(dropped.reason, dropped.text) for dropped in page.dropped]
    assert found == [("nav", "Hot tea"), ("nav", "for all"), ("footer", "and"), ("footer", "more")]


def test_the_reading_time_inside_of_a_byline_is_listed_by_itself() -> None:
    page = article(f"<article><header><p>By Jo Field · 5 min read · May 3</p></header>{PARAGRAPH}</article>")
    found = [(dropped.reason, dropped.text) for dropped in page.dropped]
    assert found == [("byline", "By Jo Field ·"), ("reading_time", "5 min read"), ("byline", "· May 3")]
