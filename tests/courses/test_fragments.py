"""No order of fragments, however odd, breaks a reader or its ledger, or loses a sentence on the way to the days."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dripcourse.courses.article import REASONS, Article, Options
from dripcourse.courses.codes import ArticleError
from dripcourse.courses.drafting.supply import supply
from dripcourse.courses.reading.readers import read_article
from tests.courses.articles import SENTENCES

LONG = " ".join(SENTENCES[3:6])
MARKDOWN = (
    "# A", "## The Full Picture", "### Part `code` *em*", "Setext\n======", "Under\n---", "> quote\n> more",
    "> ## in", "* item", "  - nested", "      - deep", "1. Go", "2. Stop", "3) Foo", "- [ ] task", "7. seven",
    "```\ncode\n\n\nx\n```", "    indented", "~~~", "| a | b |\n|---|---|\n| 1 | **2** |", "[^1]: a note",
    "See[^1] and[^2]", "<div>raw *x*", "</div>", "<b>x</b> <your name> <script>z</script>", "<!-- comment -->",
    "<p hidden>h", "<img alt='pic' src=x>", "![alt](x.png)", "[a](b) [c](https://e.org 't')",
    "<https://e.org> https://e.org", "~~no~~ ***both*** _a_", "a  \nb\\\nc", "---", "***", "{dir=rtl lang=ar}",
    "{.x}", "مرحبا بالعالم.", "漢字です。はい。", "&amp; &#133; &nbsp;x", "Related Questions", "## See also", "Buy →",
    "5 min read", "**Short answer:** yes", "**Bold head**", "{{ name }}", "\\# no", "", "", LONG,
)  # fmt: skip
HTML = (
    "<h1>A", "<h2>The Full Picture</h2>", "<h3><a href='#x'>#</a>Part</h3>", "<p>" + LONG, "<p>text", "loose text",
    "<br>", "<br><br>", "<ul>", "<li>item", "</ul>", "<ol start=3>", "<ol>", "</ol>",
    "<li><p>two</p><p>paragraphs</p>", "<dl><dt>t<dd>d", "<blockquote>", "</blockquote>", "<pre> a\n  b</pre>",
    "<table><tr><td>1<td>2<tr><td>3<td>4</table>", "<table><tr><th>h<td>x</table>", "<table><tr><td>", "</table>",
    "<b>Bold</b>", "<i>", "</i>", "<font size=5>Big</font>", "<a href='https://e.org'>link", "</a>",
    "<div class='cookie-banner'>c", "</div>", "<div>", "<nav>n</nav>", "<aside>a</aside>", "<article>",
    "</article>", "<main>", "</main>", "<header>h", "</header>", "<footer>f</footer>",
    "<form><input><button>go</button>", "</form>", "<figure><img alt='pic'><figcaption>cap</figcaption></figure>",
    "<script>s()</script>", "<style>p{}</style>", "<template>t</template>", "<noscript>no</noscript>",
    "<svg><text>v</text></svg>", "<span hidden>hid</span>", "<p dir=rtl lang=ar>مرحبا.", "&#133;&nbsp;&copy",
    "1) one<br>2) two", "• dot<br>• dot", "&lt;b&gt;", "<!-- c -->", "<details><summary>s</summary>d</details>",
    "<select><option>o</select>", "<textarea>t</textarea>", "</p>", "\n",
)  # fmt: skip


def read(source: str, form: str) -> Article | None:
    try:
        return read_article(source.encode(), Options(format=form))
    except ArticleError as error:
        assert error.code in ("E_EMPTY", "E_BINARY", "E_NO_TITLE", "E_NO_BODY", "E_TOO_COMPLEX"), error  # noqa: PT017
        return None


def check(article: Article) -> None:
    around = supply(article, Options(min_passage_words=1))
    kept = [placed.atom.text for strand in around.strands for placed in strand.atoms]
    kept += [block.text for block in (*around.before, *around.after)]
    blocks = [block for p in article.perspectives for block in p.blocks]
    assert sorted("".join(kept)) == sorted("".join(block.text for block in blocks))
    assert all(dropped.reason in REASONS for dropped in article.dropped)
    for block in blocks:
        assert block.text == block.text.strip(" \n") or block.type in ("code", "table")
        assert all(0 <= s.start < s.end <= len(block.text) for s in block.spans)


often = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("form", ["markdown", "html"])
@often
@given(data=st.data())
def test_fragments_in_any_order_are_read_without_loss(form: str, data: st.DataObject) -> None:
    parts = data.draw(st.lists(st.sampled_from(MARKDOWN if form == "markdown" else HTML), max_size=25))
    joint = data.draw(st.sampled_from(("\n", "\n\n") if form == "markdown" else ("", "\n")))
    lead = {"markdown": f"# T\n\n{LONG}\n\n", "html": f"<h1>T</h1><p>{LONG}</p>"}[form] * data.draw(st.integers(0, 1))
    article = read(lead + joint.join(parts), form)
    if article:
        check(article)


@often
@given(st.text(max_size=300), st.sampled_from(("markdown", "html", "text")))
def test_any_text_is_read_or_refused_with_a_code(text: str, form: str) -> None:
    try:
        article = read(text, form)
    except UnicodeEncodeError:  # half a surrogate pair is no file
        return
    if article:
        check(article)
