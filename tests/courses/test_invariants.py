"""What holds for every article and every number of days: I1 to I20 of the compiler's specification.

I15 is in test_formats, I20 in test_errors and test_commands.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from dripcourse.courses.article import Options
from dripcourse.courses.codes import ArticleError
from dripcourse.courses.drafting.as_course import as_course
from dripcourse.courses.drafting.compile import compile_article
from dripcourse.courses.drafting.draft import Draft
from dripcourse.courses.drafting.markdown import article_markdown
from dripcourse.courses.drafting.schedule import rotates
from dripcourse.courses.drafting.show import draft_json
from dripcourse.courses.drafting.supply import supply
from dripcourse.courses.folders.folder import read_course
from dripcourse.courses.folders.write import write_course
from dripcourse.courses.reading.readers import read_article
from tests.courses.articles import SENTENCES, Made, compiled, days, made
from tests.courses.formats import Telling, tellings
from tests.courses.promises import PROMISES, i7_rotation, strand_texts

Promise = Callable[[Draft], None]
often = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))


@often
@given(made(), days)
@pytest.mark.parametrize("promise", [*PROMISES, i7_rotation], ids=lambda promise: promise.__name__)
def test_it_holds_for_plain_text(promise: Promise, article: Made, n: int) -> None:
    promise(compiled(article.data, Options(days=n)))


@pytest.mark.parametrize("form", ["markdown", "html"])
@settings(often, max_examples=25)
@given(telling=tellings(), n=days)
def test_it_holds_for_markdown_and_html(form: str, telling: Telling, n: int) -> None:
    draft = compiled(telling.written(form), Options(days=n, format=form))
    for promise in PROMISES:
        promise(draft)
    if rotates(draft.strands, "auto"):
        i7_rotation(draft)


@often
@given(made(), days)
def test_i3_the_words_are_the_authors_byte_for_byte(article: Made, n: int) -> None:
    draft = compiled(article.data, Options(days=n))
    for day in draft.days:
        for text in (e.text for e in day.passage.excerpts) if day.passage else ():
            assert text in article.source


@often
@given(made(), days)
def test_i11_what_was_left_out_is_in_no_mail(article: Made, n: int) -> None:
    course = as_course(compiled(article.data, Options(days=n)))
    said = "\n".join(f"{x.subject} {x.preheader} {x.body} {x.action.text if x.action else ''}" for x in course.lessons)
    for line in (*article.tail, "7 min read"):
        assert line not in said


@often
@given(made())
def test_i12_the_ledger_of_the_article_is_the_visible_text(article: Made) -> None:
    draft = compiled(article.data, Options(days=7))  # a difference is an error, E_LEDGER; see test_errors
    texts = [heading for _, heading in draft.article.headings]
    assert texts == list(article.headings)
    assert [step.text for step in draft.article.actions] == list(article.steps)


FRAGMENTS = (
    "The Full Picture", "What To Do", "Overview", "A Short Head", "QUIT NOW", "1. Go", "2. Stop now", "1) Foo", "-",
    "1", "2", "(3)", "• item", "- nested", "Related Questions", "see also", "Buy →", "5 min read", "====", "---",
    "# Hash", "## Two", "1.1 Part", "“Open. (never", "*", "漢字です。はい。", "{{ name }}",
    "<b>x</b> &amp; `x` [a](b) _a_ \\ |", "", "", "> q", "+ plus",
    SENTENCES[3], SENTENCES[4] + " " + SENTENCES[8] + " " + SENTENCES[12],
)  # fmt: skip


@settings(often, max_examples=150)
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=40), st.booleans())
def test_no_order_of_lines_breaks_the_ledger_or_loses_a_sentence(lines: list[str], lead: bool) -> None:
    text = "\n".join((*["A title"] * lead, *lines))
    try:
        article = read_article(text.encode(), Options(format="text"))
    except ArticleError as error:
        assert error.code in ("E_EMPTY", "E_NO_TITLE", "E_NO_BODY"), error  # noqa: PT017
        return
    options = Options(days=7, format="text", min_passage_words=1)
    around = supply(article, options)
    kept = [placed.atom.text for strand in around.strands for placed in strand.atoms]
    kept += [block.text for block in (*around.before, *around.after)]
    assert sorted("".join(kept)) == sorted("".join(b.text for p in article.perspectives for b in p.blocks))


@often
@given(made(), days, days)
def test_i14_the_number_of_days_moves_sentences_but_changes_none(article: Made, n: int, other: int) -> None:
    one, two = (compiled(article.data, Options(days=d)) for d in (n, other))
    merged = "".join(strand_texts(one))
    assert merged == "".join(strand_texts(two))


NOISE = {
    "CRLF": lambda s: s.replace("\n", "\r\n"),
    "CR": lambda s: s.replace("\n", "\r"),
    "a byte order mark": lambda s: "\ufeff" + s,
    "trailing spaces": lambda s: s.replace("\n", "  \t\n"),
    "extra blank lines": lambda s: s.replace("\n", "\n\n\n"),
    "blank lines here and there": lambda s: "\n\n\n".join(s.split("\n", 5)),
    "UTF-16": lambda s: s,
}


@pytest.mark.parametrize("noise", NOISE)
@settings(often, max_examples=8)
@given(article=made(), n=days)
def test_i16_noise_changes_nothing(noise: str, article: Made, n: int) -> None:
    encoding = "utf-16" if noise == "UTF-16" else "utf-8"
    noisy = NOISE[noise](article.source).encode(encoding)
    plain, other = (compiled(data, Options(days=n)) for data in (article.data, noisy))
    assert as_course(plain) == as_course(other)
    assert [c.code for c in plain.cautions] == [c.code for c in other.cautions]


@often
@given(made(), days, st.data())
def test_i17_a_changed_word_changes_only_its_own_perspective(article: Made, n: int, data: st.DataObject) -> None:
    before = compiled(article.data, Options(days=n))
    strand = data.draw(st.integers(0, len(before.strands) - 1))
    text = before.strands[strand].atoms[0].block.text
    changed = article.source.replace(text, text.replace("whole", "round"), 1)
    after = compiled(changed.encode(), Options(days=before.options.days))
    touched = {b.passage.strand for a, b in zip(before.days, after.days, strict=True) if b.passage and _says(a, b)}
    assert touched <= {strand, before.strands.index(next(s for s in before.strands if text in _text(s)))}


def _says(a: object, b: object) -> bool:
    return getattr(a, "passage").text != getattr(b, "passage").text  # noqa: B009


def _text(strand: object) -> str:
    return "".join(placed.atom.text for placed in getattr(strand, "atoms"))  # noqa: B009


@settings(often, max_examples=10)
@given(article=made(), n=days)
def test_i18_the_folder_gives_the_same_course_back(
    article: Made, n: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    draft = compiled(article.data, Options(days=n))
    out = tmp_path_factory.mktemp("course") / "out"
    write_course(as_course(draft), article_markdown(draft.article, draft.title), out)
    assert read_course(out) == as_course(draft)


@often
@given(made(), days)
def test_i19_subjects_are_short_lines_and_bodies_hold_no_markup_of_the_article(article: Made, n: int) -> None:
    wild = '<script>alert(1)</script> & ![x](http://example.com/x.png) <b onclick="y">z</b> https://example.com `a`'
    source = article.source.replace("That is the whole of it", wild, 1)
    for lesson in as_course(compiled(source.encode(), Options(days=n, format="text"))).lessons:
        assert len(lesson.subject) <= 45
        assert len(lesson.preheader) <= 90
        assert "\n" not in lesson.subject + lesson.preheader
        tokens = MarkdownIt("commonmark").parse(lesson.body)
        kinds = {t.type for token in tokens for t in (token, *(token.children or ()))}
        assert not kinds & {"html_block", "html_inline", "image", "link_open", "code_inline", "fence", "code_block"}


@often
@given(made(), days)
def test_the_readers_screen_shows_the_authors_words(article: Made, n: int) -> None:
    draft = compiled(article.data, Options(days=n))
    for day, lesson in zip(draft.days, as_course(draft).lessons[1:], strict=False):
        for text in (e.text for e in day.passage.excerpts) if day.passage else ():
            assert text.replace("*", "") in shown(lesson.body)


def shown(markdown: str) -> str:
    tokens = MarkdownIt("commonmark").parse(markdown)
    return "\n".join("".join(c.content for c in t.children or ()) for t in tokens if t.type == "inline")


@often
@given(made(), days)
def test_no_question_comes_twice_within_ten_days(article: Made, n: int) -> None:
    draft = compiled(article.data, Options(days=n))
    for at, day in enumerate(draft.days):
        assert day.reflection not in [earlier.reflection for earlier in draft.days[max(0, at - 10) : at]]


@often
@given(made(), days)
def test_the_same_input_gives_the_same_draft_and_other_wishes_only_move_it(article: Made, n: int) -> None:
    options = Options(days=n)
    draft = compiled(article.data, options)
    assert draft_json(draft) == draft_json(compiled(article.data, options))
    never = compile_article(article.data, replace(draft.options, rotate="never"))
    assert strand_texts(never) == strand_texts(draft)
