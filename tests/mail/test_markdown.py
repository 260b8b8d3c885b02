"""What Markdown becomes, as HTML and as plain text."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it.token import Token

from dripcourse.errors import InputError
from dripcourse.mail.bare_links import linked
from dripcourse.mail.compile import compile_lesson
from dripcourse.mail.markdown import to_both, to_html, to_plain, to_text
from tests.mail.material import BRAND, COURSE, LESSON, Page


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("a *b* **c** `d`", "<p>a <em>b</em> <strong>c</strong> <code>d</code></p>"),
        ("# One\n\n## Two", "<h2>One</h2>\n<h3>Two</h3>"),
        ("### One\n\n###### Two\n\n### Three", "<h2>One</h2>\n<h3>Two</h3>\n<h2>Three</h2>"),
        ("[x](https://example.org/?a=1&b=2)", '<p><a href="https://example.org/?a=1&amp;b=2">x</a></p>'),
        ("[x](mailto:a@example.org)", '<p><a href="mailto:a@example.org">x</a></p>'),
        ("3. a\n4. b", '<ol start="3">\n<li>a</li>\n<li>b</li>\n</ol>'),
        ("![a cat](https://example.org/cat.png) sat", "<p>a cat sat</p>"),
    ],
)
def test_markdown_becomes_this_html(markdown: str, html: str) -> None:
    assert to_html(markdown) == html


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("a *b* **c** `d`", "a b c d"),
        ("# One\n\ntext", "One\n===\n\ntext"),
        ("- a\n- b\n  - c", "- a\n- b\n  - c"),
        ("9. a\n10. b", "9. a\n10. b"),
        ("> quoted\n>\n> twice", "> quoted\n>\n> twice"),
        ("```\nx  =  1\n\n  y\n```", "    x  =  1\n    \n      y"),
        ("a\\\nb", "a\nb"),
        ("a\n\n---\n\nb", "a\n\n* * *\n\nb"),
        ("| a | b |\n|---|---|\n| c | d |", "a | b\nc | d"),
        ("![a cat](https://example.org/cat.png) sat", "a cat sat"),
        ("<https://example.org/x>", "https://example.org/x"),
        ("<a@example.org>", "a@example.org"),
        ("&copy; &amp; &lt;b&gt;", "© & <b>"),
    ],
)
def test_markdown_becomes_this_text(markdown: str, text: str) -> None:
    assert to_text(markdown) == text


def test_links_become_numbered_footnotes_and_a_repeated_link_keeps_its_number() -> None:
    text = to_text("See [one](https://example.org/1), [two](https://example.org/2), [again](https://example.org/1).")
    assert text == ("See one [1], two [2], again [1].\n\n[1] https://example.org/1\n[2] https://example.org/2")


def test_footnotes_can_go_on_from_another_text() -> None:
    plain = to_plain("[x](https://example.org/3)", first=3)
    assert (plain.text, plain.footnotes) == ("x [3]", "[3] https://example.org/3")


BARE = [
    ("See https://example.org/a_b?x=1&y=2.", "https://example.org/a_b?x=1&y=2"),
    ("(at http://example.org)", "http://example.org"),
    ("(https://example.org/w_(z))", "https://example.org/w_(z)"),
    ("“https://example.org/”, she said", "https://example.org/"),
    ("**HTTPS://example.org**!", "HTTPS://example.org"),
    ("see:https://example.org/path...", "https://example.org/path"),
    ("[https://example.org](https://example.org)", "https://example.org"),
    ("<https://example.org/x>", "https://example.org/x"),
    ("# https://example.org", "https://example.org"),
    ("| https://example.org |\n|---|", "https://example.org"),
]


@pytest.mark.parametrize(("markdown", "url"), BARE)
def test_a_url_in_running_text_is_one_link_in_html_as_it_is_to_readers_of_the_text(markdown: str, url: str) -> None:
    html, plain = to_both(markdown)
    page = Page(html)
    assert page.links == [url]
    assert url in page.texts
    assert (plain.text.count(url), plain.links) == (1, ())


@pytest.mark.parametrize(
    "markdown", ["`https://example.org`", "xhttps://example.org", "https://", "ftp://example.org", "www.example.org"]
)
def test_code_and_what_is_no_web_address_become_no_link(markdown: str) -> None:
    assert Page(to_both(markdown)[0]).links == []


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="ht ps:/.a()_*[]<>`&,'\"é~", max_size=60))
def test_a_link_out_of_bare_words_loses_and_adds_no_letter(tail: str) -> None:
    tokens = [Token("text", "", 0, content=f"x https://{tail} https://b.org/{tail}")]
    found = linked(tokens)
    assert "".join(token.content for token in found) == tokens[0].content
    assert [token.nesting for token in found if token.nesting] == [1, -1] * sum(t.nesting == 1 for t in found)


def test_text_is_wrapped_at_72_but_a_link_stays_whole() -> None:
    link = "https://example.org/" + "a" * 90
    lines = to_text("word " * 40 + f"\n\n- {'item ' * 30}\n\n<{link}>").split("\n")
    assert link in lines
    assert max(len(line) for line in lines if line != link) <= 72


@pytest.mark.parametrize(
    "target",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:x",
        "data:text/html,x",
        "vbscript:x",
        "/relative",
        "//evil",
        "ftp://x",
        "file:///etc/passwd",
    ],
)
def test_a_link_that_is_not_web_or_mail_stays_plain_words(target: str) -> None:
    assert Page(to_html(f"[x]({target})")).links == []
    assert to_text(f"[x]({target})") == f"[x]({target})"


HEADINGS = ("h2", "h3", "h4", "h5", "h6")
PAYLOADS = [
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "<svg onload=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<iframe src=//evil></iframe>",
    "<style>*{color:red}</style>",
    '[x](https://example.org"onmouseover=alert(1))',
    "<!-- --><script>x</script>",
]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_raw_html_is_text_not_markup(payload: str) -> None:
    assert {tag for tag, _ in Page(to_html(payload)).tags} <= {"p", "a", "code"}
    assert all(set(attrs) <= {"href"} for _, attrs in Page(to_html(payload)).tags)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="ab*_`[]()<>!#->&\n \"':/.1\\|=~é", max_size=200))
def test_whatever_is_written_only_allowed_elements_come_out(markdown: str) -> None:
    shaped = {"a", "blockquote", "br", "code", "div", "em", "hr", "li", "ol", "p", "pre", "s", "strong", "ul"}
    allowed = {*shaped, "table", "tbody", "td", "th", "thead", "tr", *HEADINGS}
    for tag, attrs in Page(to_html(markdown)).tags:
        assert tag in allowed
        assert set(attrs) <= {"href", "start", "lang", "dir"}
        assert attrs.get("dir", "rtl") in ("ltr", "rtl")
        assert re.match(r"https?://|mailto:", attrs.get("href", "mailto:"), re.IGNORECASE)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text(alphabet="abcdefgh", min_size=1, max_size=9), min_size=1, max_size=60))
def test_no_word_is_lost_in_either_shape(given_words: list[str]) -> None:
    markdown = "\n\n".join(f"{'> ' if i % 3 else '- '}{word}" for i, word in enumerate(given_words))
    assert re.findall(r"[a-h]+", to_text(markdown)) == given_words
    assert re.findall(r"[a-h]+", " ".join(Page(to_html(markdown)).texts)) == given_words


def test_a_text_nested_too_deep_is_refused_and_29_levels_are_not() -> None:
    assert "deep" in to_text(">" * 29 + " deep")
    for levels in (31, 60, 20_000):
        with pytest.raises(InputError, match=r"30 levels|characters that could be markup"):
            to_html(">" * levels + " deep")
        with pytest.raises(InputError, match=r"30 levels|characters that could be markup"):
            to_text("> - " * (levels // 2 + 1) + " deep")


def test_a_text_too_big_is_refused() -> None:
    with pytest.raises(InputError, match="500,001 bytes"):
        to_text("é" * 250_000 + "x")


TABLE = "|a|b|\n|-|-|\n|c|d|\n\n"
WIDE = "|" * 500 + "\n|" + "-|" * 499 + "\n"


@pytest.mark.parametrize(
    ("bomb", "limit"),
    [
        ("x" * 120_001, "120,001 bytes; at most 120,000"),
        ("a\n" * 3_001, "3,001 line ends; at most 3,000"),
        ("a\r" * 3_001, "3,001 line ends; at most 3,000"),
        ("> " * 90 + "a\n" * 20_000, "20,000 line ends; at most 3,000"),
        ("[" * 1_001, r"1,001 opening brackets '\['; at most 1,000"),
        ("*a" * 15_001, "15,001 characters that could be markup; at most 15,000"),
        (WIDE + "|x\n" * 100, "51,000 table cells; at most 10,000"),
        (TABLE * 740, "6,660 elements .*; at most 3,000"),
        ("`a` " * 3_001, "3,002 elements .*; at most 3,000"),
    ],
)
def test_a_text_that_would_take_long_is_refused_and_the_limit_is_named(bomb: str, limit: str) -> None:
    with pytest.raises(InputError, match=limit):
        to_html(bomb)


def test_what_a_long_lesson_really_has_is_read() -> None:
    """Two hundred paragraphs of words, a wide table and a list of links: about what one mail can hold."""
    words = "A sentence of *plain* words, and one more line\nof them: nothing special.\n\n" * 200
    table = "|" + "a|" * 8 + "\n|" + "-|" * 8 + "\n" + ("|" + "b|" * 8 + "\n") * 40
    links = "".join(f"- [a page](https://example.org/{i})\n" for i in range(150))
    page = Page(to_html(f"{words}\n{table}\n{links}"))
    assert (len(page.all("p")), len(page.all("td")), len(page.links)) == (200, 320, 150)


BOMBS = {
    "quotes, lazily": "> " * 90 + "a\n" * 20_000,
    "quotes, as deep as may be": ("> " * 28 + "a\n" + "b\n" * 70) * 40,
    "quotes, one long": "> " * 29 + "a\n" + "b\n" * 2_900,
    "lists": "".join("  " * (i % 14) + "- a\n" for i in range(2_900)),
    "a wide table": "|" * 20_000 + "\n|" + "-|" * 19_999 + "\n" + ("|" * 20_000 + "\n") * 20,
    "a wide head and short rows": "|a" * 20_000 + "\n" + "|-" * 20_000 + "\n" + "|x\n" * 200,
    "small tables": TABLE * 8_000,
    "paragraphs": "a\n\n" * 80_000,
    "paragraphs, as many as may be": "a\n\n" * 1_490,
    "emphasis": "*a **a " * 30_000,
    "emphasis, as much as may be": "*a **b *c " * 3_700,
    "brackets far from their end": "[a " * 990 + "-b" * 13_000,
    "pictures far from their end": "![a](b" * 990 + "*a" * 12_000,
    "code": "`a``" * 60_000,
    "brackets": "[" * 400_000,
    "half an element": "<a " * 50_000,
    "ticks": "`" * 200_000,
    "entities": "&amp" * 14_000,
    "backslashes": "\\" * 15_000,
    "500 kB of words": "word " * 100_000,
    "words struck out, as many as may be": "~~a ~~b " * 3_700,
    "tildes": "~~" * 7_400,
    "block attributes, as many as may be": "{dir=rtl}\n" * 2_900 + "a",
    "block attributes with all their values": "{lang=a dir=rtl a=b c=d}\n\n" * 1_400 + "a",
    "half a block attribute": "{dir=" * 5_000 + "}",
    "a comment in a block attribute": "{%" + "%" * 14_000 + "}",
    "items that say their direction": "- {dir=rtl}\n  a\n  - b\n" * 900,
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_compiled_or_refused_within_two_seconds(name: str) -> None:
    began = time.process_time()  # and not by the clock: the machine may have other things to do
    with suppress(InputError):
        compile_lesson(COURSE, replace(LESSON, body=BOMBS[name]), BRAND)
    assert time.process_time() - began < 2


def test_all_texts_of_a_lesson_share_one_limit() -> None:
    half = "[x] " * 600
    with pytest.raises(InputError, match=r"1,20[0-9] opening brackets"):
        compile_lesson(COURSE, replace(LESSON, body=half, reflection=half), BRAND)
