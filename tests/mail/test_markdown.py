"""What Markdown becomes, as HTML and as plain text."""

from __future__ import annotations

import re
import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dripcourse.errors import InputError
from dripcourse.mail.markdown import to_html, to_plain, to_text
from tests.mail.material import Page


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
    shaped = {"a", "blockquote", "br", "code", "em", "hr", "li", "ol", "p", "pre", "strong", "ul"}
    allowed = {*shaped, "table", "tbody", "td", "th", "thead", "tr", *HEADINGS}
    for tag, attrs in Page(to_html(markdown)).tags:
        assert tag in allowed
        assert set(attrs) <= {"href", "start"}
        assert re.match(r"https?://|mailto:", attrs.get("href", "mailto:"), re.IGNORECASE)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text(alphabet="abcdefgh", min_size=1, max_size=9), min_size=1, max_size=60))
def test_no_word_is_lost_in_either_shape(given_words: list[str]) -> None:
    markdown = "\n\n".join(f"{'> ' if i % 3 else '- '}{word}" for i, word in enumerate(given_words))
    assert re.findall(r"[a-h]+", to_text(markdown)) == given_words
    assert re.findall(r"[a-h]+", " ".join(Page(to_html(markdown)).texts)) == given_words


def test_a_text_nested_too_deep_is_refused_and_99_levels_are_not() -> None:
    assert "deep" in to_text(">" * 99 + " deep")
    with pytest.raises(InputError, match="100 levels"):
        to_html(">" * 101 + " deep")
    with pytest.raises(InputError, match="100 levels"):
        to_text(">" * 20_000 + " deep")


def test_a_text_too_big_is_refused() -> None:
    with pytest.raises(InputError, match="500,001 bytes"):
        to_text("é" * 250_000 + "x")


@pytest.mark.parametrize("bomb", ["[" * 400_000, "![a" * 100_000, "*a **b " * 15_000, "<a " * 50_000, "`" * 200_000])
def test_a_bomb_is_read_or_refused_within_seconds(bomb: str) -> None:
    began = time.monotonic()
    with suppress(InputError):
        to_html(bomb)
    assert time.monotonic() - began < 10
