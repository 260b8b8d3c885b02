"""Who wants to leave finds the link in the first 20,000 bytes of any mail, however long, at one pass of the inliner."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dripcourse.domain.course import Lesson
from dripcourse.mail import compile as compiling
from dripcourse.mail import early
from dripcourse.mail.checks import LONGEST
from dripcourse.mail.compile import NOTICES, compile_lesson, compile_notice
from dripcourse.mail.early import FIRST
from dripcourse.mail.inline import inlined
from dripcourse.mail.samples import sample
from dripcourse.mail.slots import CompiledMail, fill
from dripcourse.mail.templates import names
from tests.mail.material import BRAND, COURSE, LESSON

SHAPES = {
    "paragraphs": "Some words here.\n\n",
    "one long paragraph": "Some words here. ",
    "list items": "- a\n",
    "quotations": "> a\n\nb\n\n",
    "tables": "| a | b | c |\n|---|---|---|\n| d | e | f |\n\nb\n\n",
    "links": "[a](https://example.org/) ",
    "headings": "## a\n\n#### b\n\n",
    "blocks in both directions": "{dir=rtl}\n> a\n\n- b\n\n```\nc\n```\n\n",
    "letters beyond ASCII": "שלום עולם ",
}
each_shape = pytest.mark.parametrize("shape", SHAPES)


@cache
def places(body: str, language: str = "en") -> list[int]:
    """Where the links to leave by stand in the lesson with that body: bytes from the beginning, with long values."""
    return found(compile_lesson(replace(COURSE, language=language), replace(LESSON, body=body), BRAND))


def found(mail: CompiledMail) -> list[int]:
    link = LONGEST["leave_url"].replace("//xxxxx", "//leave")
    parts = fill(mail, LONGEST | {"leave_url": link}).html.encode().split(link.encode())
    return [sum(map(len, parts[:at])) + len(link) * (at - 1) for at in range(1, len(parts))]


@each_shape
def test_at_the_edge_one_link_stands_early_enough_and_with_a_bit_more_there_are_two(shape: str) -> None:
    """By bisection: the most of this shape with one link, and a bit more, with two."""
    few, many = 1, 8
    while len(places(SHAPES[shape] * many)) < 2:
        few, many = many, 2 * many
    while many - few > 1:
        middle = (few + many) // 2
        few, many = (middle, many) if len(places(SHAPES[shape] * middle)) == 1 else (few, middle)
    (alone,), (first, last) = places(SHAPES[shape] * few), places(SHAPES[shape] * many)
    assert alone <= FIRST
    assert first <= 10_000
    assert last > 0.7 * FIRST  # nobody gets a second link without need


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(sorted(SHAPES)), max_size=40), st.sampled_from(["en", "de", "he"]))
def test_any_mail_has_a_link_to_leave_by_in_its_first_20_kilobytes(shapes: list[str], language: str) -> None:
    assert places("\n".join(SHAPES[shape] for shape in shapes), language)[0] <= FIRST


@pytest.mark.parametrize("name", names())
def test_the_bound_is_one_for_every_kind_of_mail(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pages: list[tuple[str, int]] = []

    def noted(page: str, css: str) -> bool:
        pages.append((page, early.bound(page, css)))
        return False

    monkeypatch.setattr(compiling, "comes_late", noted)
    mail = sample(name, language="he")
    ((page, most),) = pages
    assert "</html>" in page
    assert len(fill(mail, LONGEST).html.encode()) <= most < 1.5 * len(page.encode())


#: Answers to what somebody did at that moment: they lead where he wanted to go, and nowhere else.
WITHOUT = ("confirm", "left", "data", "erase")


@pytest.mark.parametrize("notice", [name for name in NOTICES if name not in WITHOUT])
def test_a_notice_with_a_long_footer_of_its_course_has_its_link_early_as_well(notice: str) -> None:
    course = replace(COURSE, footer="Some words here.\n\n" * 700)
    assert found(compile_notice(course, notice, BRAND))[0] <= FIRST


@pytest.mark.parametrize("notice", WITHOUT)
def test_what_answers_somebody_has_no_link_to_leave_by_however_long_the_mail(notice: str) -> None:
    assert found(compile_notice(replace(COURSE, footer="Some words here.\n\n" * 700), notice, BRAND)) == []


def test_a_long_mail_costs_one_pass_of_the_inliner_too(monkeypatch: pytest.MonkeyPatch) -> None:
    passes: list[str] = []

    def counted(page: str) -> str:
        passes.append(page)
        return inlined(page)

    monkeypatch.setattr(compiling, "inlined", counted)
    long: Lesson = replace(LESSON, body="Some words here.\n\n" * 400)
    assert len(found(compile_lesson(COURSE, long, BRAND))) == 2
    assert len(passes) == 1
