"""Language and direction of blocks, words struck out, and how the compiler's blocks look in both parts of a mail."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dripcourse.mail.compile import compile_lesson
from dripcourse.mail.markdown import to_html, to_text
from tests.mail.material import BRAND, COURSE, LESSON, Page

MARKED = [
    ("{lang=ar dir=rtl}\nx", '<p lang="ar" dir="rtl">x</p>'),
    ('{lang="zh-Hant" dir="ltr"}\nx', '<p lang="zh-Hant" dir="ltr">x</p>'),
    ("{dir=rtl}\n## x", '<h2 dir="rtl">x</h2>'),
    ("{dir=rtl}\n```\nx\n```", '<pre dir="rtl"><code>x\n</code></pre>'),
    ("{dir=rtl}\n- a\n- b", '<ul dir="rtl">\n<li>a</li>\n<li>b</li>\n</ul>'),
    ("{dir=auto}\nx", "<p>x</p>"),
    ("{dir=RTL}\nx", "<p>x</p>"),
    ('{lang="a b"}\nx', "<p>x</p>"),
    ("{lang=x_y}\nx", "<p>x</p>"),
    ("x\n{dir=rtl}\ny", "<p>x\n{dir=rtl}\ny</p>"),
    (r"\{dir=rtl}", "<p>{dir=rtl}</p>"),
]


@pytest.mark.parametrize(("markdown", "html"), MARKED)
def test_a_block_may_say_its_language_and_direction(markdown: str, html: str) -> None:
    assert to_html(markdown) == html


@pytest.mark.parametrize("line", ["{.big}", "{#top}", "{}", "{onclick=alert}", "{dir=rtl style=x}", "{style=x}"])
def test_any_other_attribute_is_text_and_not_swallowed(line: str) -> None:
    assert to_html(f"{line}\nword") == f"<p>{line}</p>\n<p>word</p>"
    assert to_text(f"> {line}\n> word") == f"> {line}\n>\n> word"


LISTS = [
    ("- {dir=rtl}\n  a\n- {dir=rtl}\n  b", '<ul dir="rtl">\n<li dir="rtl">a</li>\n<li dir="rtl">b</li>\n</ul>'),
    ("- {dir=rtl}\n  a\n- b", '<ul>\n<li dir="rtl">a</li>\n<li>b</li>\n</ul>'),
    ("- {dir=rtl}\n  a\n  - b", '<ul>\n<li>\n<p dir="rtl">a</p>\n<ul>\n<li>b</li>\n</ul>\n</li>\n</ul>'),
    ("> {dir=rtl}\n> a", '<blockquote dir="rtl"><div dir="rtl">\n<p dir="rtl">a</p>\n</div></blockquote>'),
]


@pytest.mark.parametrize(("markdown", "html"), LISTS)
def test_the_mark_of_an_item_stands_on_the_side_where_its_words_begin(markdown: str, html: str) -> None:
    assert to_html(markdown) == html
    assert "dir" not in to_text(markdown)


CODE = [
    ("`x(1)`", "rtl", '<p><code dir="ltr">x(1)</code></p>'),
    ("    x(1)", "rtl", '<pre dir="ltr"><code>x(1)\n</code></pre>'),
    ("```py\nx(1)\n```", "rtl", '<pre dir="ltr"><code>x(1)\n</code></pre>'),
    ("{dir=rtl}\n```\nx(1)\n```", "rtl", '<pre dir="rtl"><code>x(1)\n</code></pre>'),
    ("{dir=rtl}\na `x(1)`", "ltr", '<p dir="rtl">a <code dir="ltr">x(1)</code></p>'),
    ("a `x(1)`", "ltr", "<p>a <code>x(1)</code></p>"),
]


@pytest.mark.parametrize(("markdown", "direction", "html"), CODE)
def test_code_runs_from_the_left_unless_its_author_says_otherwise(markdown: str, direction: str, html: str) -> None:
    assert to_html(markdown, direction) == html


def test_code_in_a_mail_from_right_to_left_is_aligned_on_the_left() -> None:
    body = "```\nx(1)\n```\n\n{dir=rtl}\n```\ny(2)\n```"
    html = compile_lesson(replace(COURSE, language="he"), replace(LESSON, body=body), BRAND).html
    code, as_its_author_says = (attrs["style"] for attrs in Page(html).all("pre"))
    assert "text-align:left" in code
    assert "text-align" not in as_its_author_says


def test_words_struck_out_are_struck_out_in_both_parts() -> None:
    assert to_html("a ~~b~~ c") == "<p>a <s>b</s> c</p>"
    assert to_text("a ~~b~~ c") == "a ~~b~~ c"


SHAPES = """A paragraph.

> A quotation,
>
> in two paragraphs.

3. three
4. four
   - nested
     - deeper

     with a paragraph

| Head | Other |
| --- | --- |
| a\\|b | ~~c~~ |

```
x = 1

  y = 2
```
"""

SHAPES_TEXT = """A paragraph.

> A quotation,
>
> in two paragraphs.

3. three
4. four
   - nested

     - deeper

     with a paragraph

Head | Other
a|b | ~~c~~

    x = 1
    
      y = 2"""  # noqa: W293


def test_quotes_nested_lists_tables_and_code_keep_their_shape_in_both_parts() -> None:
    page = Page(to_html(SHAPES))
    counts = {tag: len(page.all(tag)) for tag in ("blockquote", "ol", "ul", "li", "table", "tr", "pre", "s")}
    assert counts == {"blockquote": 1, "ol": 1, "ul": 2, "li": 4, "table": 1, "tr": 2, "pre": 1, "s": 1}
    assert to_text(SHAPES) == SHAPES_TEXT


def test_a_paragraph_from_right_to_left_is_aligned_where_it_begins() -> None:
    html = compile_lesson(COURSE, replace(LESSON, body="One.\n\n{lang=ar dir=rtl}\nنص."), BRAND).html
    paragraph = next(attrs for attrs in Page(html).all("p") if attrs.get("dir") == "rtl")
    assert paragraph["lang"] == "ar"
    assert "text-align:right" in paragraph["style"]
    cells = [attrs["style"] for attrs in Page(html).all("td") if "font-family" in attrs.get("style", "")]
    assert cells
    assert all("text-align:left" in style for style in cells)
