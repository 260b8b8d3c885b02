"""Filling the slots of a compiled mail."""

from __future__ import annotations

import html

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dripcourse.errors import InputError
from dripcourse.mail.compile import compile_lesson, compile_notice, fill, slots
from tests.mail.material import BRAND, COURSE, LESSON, VALUES, Page

LESSON_MAIL = compile_lesson(COURSE, LESSON, BRAND)
VISIBLE = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=60)


def test_a_lesson_asks_for_the_stop_link_the_readers_page_the_address_and_the_date_only() -> None:
    assert slots(LESSON_MAIL) == {"leave_url", "me_url", "recipient", "signed_up"}


def test_notices_ask_for_their_own_links() -> None:
    confirm, left = (compile_notice(COURSE, name, BRAND) for name in ("confirm", "left"))
    assert slots(confirm) == {"confirm_url", "decline_url", "recipient", "signed_up", "opt_in"}
    assert slots(left) == {"undo_url", "me_url", "recipient"}


def test_nothing_is_left_unfilled_and_links_are_whole() -> None:
    filled = fill(LESSON_MAIL, VALUES)
    for part in (filled.subject, filled.html, filled.text):
        assert "DC." not in part
        assert "slot.invalid" not in part
    assert VALUES["leave_url"] in Page(filled.html).links
    assert VALUES["leave_url"] in filled.text.splitlines()


def test_a_missing_value_is_refused_by_name() -> None:
    with pytest.raises(InputError, match="leave_url, me_url, signed_up"):
        fill(LESSON_MAIL, {"recipient": "a@example.org"})


@pytest.mark.parametrize(
    "value",
    [
        "{{7*7}}",
        "{% raw %}",
        "--DC.LEAVE_URL--",
        "https://slot.invalid/--DC.LEAVE_URL--",
        r"\1 \g<0>",
        "<b>&amp;</b>",
        "%(x)s {0}",
    ],
)
def test_a_value_that_looks_like_code_or_a_slot_arrives_literally(value: str) -> None:
    filled = fill(LESSON_MAIL, VALUES | {"recipient": value})
    assert f"because {value} signed up" in filled.text
    assert f"because {html.escape(value)} signed up" in filled.html


@settings(max_examples=100, deadline=None)
@given(VISIBLE)
def test_any_visible_text_arrives_as_it_is_and_adds_no_element(value: str) -> None:
    filled = fill(LESSON_MAIL, VALUES | {"recipient": value})
    assert value in filled.text
    page = Page(filled.html)
    assert len(page.tags) == len(Page(fill(LESSON_MAIL, VALUES).html).tags)
    assert f"because {value} signed up" in "".join(page.texts)


@pytest.mark.parametrize("value", ["a\nb", "a\r\nBcc: x@example.org", "a\x00", "a\u2028b", "a\x85b"])
def test_line_breaks_and_controls_are_refused(value: str) -> None:
    with pytest.raises(InputError, match="recipient"):
        fill(LESSON_MAIL, VALUES | {"recipient": value})


@pytest.mark.parametrize(
    "value", ["javascript:alert(1)", "https://x.org/a b", 'https://x.org/"onclick=x', "ftp://x.org", ""]
)
def test_a_link_slot_takes_web_links_only(value: str) -> None:
    with pytest.raises(InputError, match="leave_url"):
        fill(LESSON_MAIL, VALUES | {"leave_url": value})
