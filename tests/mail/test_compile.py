"""Compiled lessons and notices, judged by their final HTML and text."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from dripcourse.domain.course import Action, LessonKind, Sender
from dripcourse.errors import InputError
from dripcourse.mail.brand import Brand, for_course
from dripcourse.mail.compile import compile_lesson, compile_notice, fill
from dripcourse.mail.markdown import to_html
from dripcourse.mail.templates import names
from tests.mail.material import BRAND, COURSE, LESSON, VALUES, Page

FILLED = fill(compile_lesson(COURSE, LESSON, BRAND), VALUES)


def compiled_text(**changes: object) -> str:
    """The text part of the lesson with these changes."""
    return fill(compile_lesson(COURSE, replace(LESSON, **changes), BRAND), VALUES).text


@pytest.mark.parametrize(
    "words",
    [
        "Day 1 of 3", "The full picture · Understanding the wall", "This one surprised me.", "Listening is a gift.",
        "up to 5 minutes", "question.", "Write the question down.", "When did you last listen to the end?",
        "anne@example.net signed up for “Small steps at home” on 3 May 2026", "Unsubscribe from this course",
        "12 Mill Lane", "Springfield, VT 05156", "Small Steps", "This is for safe homes.",
    ],
)  # fmt: skip
def test_both_parts_say(words: str) -> None:
    assert words in " ".join(FILLED.text.split())
    assert words in " ".join(" ".join(Page(FILLED.html).texts).split()).replace(" .", ".")


def test_every_link_of_the_html_stands_in_the_text_too() -> None:
    links = Page(FILLED.html).links
    me = VALUES["me_url"]
    assert set(links) == {
        VALUES["leave_url"], "https://example.org/page?a=1&b=2", f"{me}/lessons", f"{me}/pace",
        f"{me}/done/five-open-minutes", f"{me}/not-today/five-open-minutes",
    }  # fmt: skip
    for link in links:
        assert link in FILLED.text


def test_the_heading_is_the_subject_without_its_day() -> None:
    page = FILLED.html
    assert re.search(r"<h1[^>]*>Five open minutes</h1>", page)
    assert "<title>Day 1: five open minutes</title>" in page
    assert FILLED.subject == "Day 1: five open minutes"


@pytest.mark.parametrize(
    ("subject", "heading"),
    [
        ("Day 12: ask how it went", "ASK HOW IT WENT"),
        ("Tag 3 – zuhören", "ZUHÖREN"),
        ("Thirty days: and now", "THIRTY DAYS: AND NOW"),
        ("3 ways: in", "3 WAYS: IN"),
    ],
)
def test_only_a_numbered_day_is_taken_off_the_heading(subject: str, heading: str) -> None:
    assert f"\n{heading}\n" in compiled_text(subject=subject)


def test_the_preheader_comes_first_then_spacing_and_is_not_in_the_text() -> None:
    body = FILLED.html.partition("<body")[2]
    first = next(text for text in Page(f"<body{body}").texts if text.strip())
    assert first.startswith("One question, no repairs.\u034f\u200c\u00a0\u034f")
    assert "One question, no repairs." not in FILLED.text


def test_footnotes_are_numbered_through_the_mail() -> None:
    text = compiled_text(
        body="A [one](https://example.org/1).", reflection="B [two](https://example.org/2).", action=Action("x", 1)
    )
    assert "A one [1]." in text
    assert "B two [2]." in text
    assert "[1] https://example.org/1\n[2] https://example.org/2" in text


def test_one_minute_is_said_as_one() -> None:
    assert "one minute" in compiled_text(action=Action("x", 1))
    assert "up to 5\u00a0minutes" in compiled_text(action=Action("x", 5))
    assert "minute" not in compiled_text(action=Action("x", 0), body="a", note="").replace("five-open-minutes", "")


@pytest.mark.parametrize("kind", [LessonKind.WELCOME, LessonKind.RECAP, LessonKind.COMPLETION])
def test_welcome_recap_and_completion_carry_the_whole_safety_note(kind: LessonKind) -> None:
    filled = fill(compile_lesson(COURSE, replace(LESSON, kind=kind), BRAND), VALUES)
    assert "If yours is not, call a helpline" in filled.text
    assert "https://example.org/help" in Page(filled.html).links


@pytest.mark.parametrize("kind", LessonKind)
@pytest.mark.parametrize("note", ["This is for safe homes.", ""])
def test_helplines_stand_once_in_a_mail_in_short_where_the_whole_note_does_not(kind: LessonKind, note: str) -> None:
    whole = note and kind in (LessonKind.WELCOME, LessonKind.RECAP, LessonKind.COMPLETION)
    course = replace(COURSE, safety_note=note, safety_footer="In danger? Call 911.")
    mail = compile_lesson(course, replace(LESSON, kind=kind), BRAND)
    for part in (mail.text, mail.html):
        assert part.count("In danger? Call 911.") == (0 if whole else 1)


@pytest.mark.parametrize("kind", [LessonKind.LESSON, LessonKind.PRACTICE])
def test_other_mails_carry_its_first_sentence_only(kind: LessonKind) -> None:
    text = fill(compile_lesson(COURSE, replace(LESSON, kind=kind), BRAND), VALUES).text
    assert "This is for safe homes. The whole note" in text
    assert "If yours is not" not in text


def test_a_course_without_a_safety_note_says_nothing_of_one() -> None:
    mail = compile_lesson(replace(COURSE, safety_note=""), LESSON, BRAND)
    assert "note is in your welcome" not in mail.text + mail.html


def test_a_lesson_with_nothing_but_an_action_has_no_empty_parts() -> None:
    bare = replace(LESSON, kind=LessonKind.PRACTICE, body="", note="", reflection="", perspective="", section="")
    mail = compile_lesson(COURSE, bare, BRAND)
    assert "A QUESTION" not in mail.text
    assert "\n\n\n" not in mail.text


def test_no_line_begins_with_the_dot_between_two_names() -> None:
    for part in (FILLED.text, FILLED.html):
        assert "The full picture\u00a0· Understanding the wall" in part.replace("&nbsp;", "\u00a0")
    assert re.search(r"Today’s action\u00a0<span[^>]*>· up to 5\u00a0minutes</span>", FILLED.html)


def test_code_keeps_its_blank_lines() -> None:
    assert "    a\n    \n    \n    b" in compiled_text(body="```\na\n\n\nb\n```\n\nend")


def test_the_course_is_the_sender_where_it_names_one() -> None:
    course = replace(COURSE, sender=Sender("Jo Doe", "jo@example.net", "re@example.net"), postal_address="1 Other Road")
    assert for_course(BRAND, course) == replace(
        BRAND, name="Jo Doe", from_address="jo@example.net", reply_to="re@example.net", postal_address="1 Other Road"
    )
    text = compile_lesson(course, LESSON, BRAND).text
    assert "Sent by Jo Doe\n1 Other Road" in text
    assert "Mill Lane" not in text


def test_a_course_in_another_language_speaks_it_and_an_unknown_one_english() -> None:
    german = compile_lesson(replace(COURSE, language="de-AT"), LESSON, BRAND)
    assert "Von diesem Kurs abmelden" in german.text
    assert '<html lang="de-AT" dir="ltr">' in german.html
    arabic = compile_lesson(replace(COURSE, language="ar"), LESSON, BRAND)
    assert '<html lang="ar" dir="rtl">' in arabic.html
    assert "Unsubscribe from this course" in arabic.text


def test_a_course_colour_reaches_the_mail_and_a_faint_one_is_refused() -> None:
    mail = compile_lesson(replace(COURSE, theme={"accent": "#7a1f4b"}), LESSON, BRAND)
    assert "#7a1f4b" in mail.html
    with pytest.raises(InputError, match=r"accent .*contrast of .*readable text needs 4.5"):
        compile_lesson(replace(COURSE, theme={"accent": "#eeeeee"}), LESSON, BRAND)


@pytest.mark.parametrize(
    "value", ["red;} body{", "url(https://evil.example)", "#12", "</style><script>", "#fffffff", "#fff\n"]
)
def test_a_course_colour_must_be_one(value: str) -> None:
    with pytest.raises(InputError, match="not a colour"):
        compile_lesson(replace(COURSE, theme={"accent": value}), LESSON, BRAND)


def test_an_unknown_theme_token_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"'akzent'.*accent"):
        compile_lesson(replace(COURSE, theme={"akzent": "#123456"}), LESSON, BRAND)


# -- refused ---------------------------------------------------------------------------------------------------------


def test_a_mail_without_a_postal_address_is_refused() -> None:
    with pytest.raises(InputError, match="postal address"):
        compile_lesson(COURSE, LESSON, replace(BRAND, postal_address=" "))


def test_a_mail_too_big_for_mail_programs_is_refused_by_name() -> None:
    with pytest.raises(InputError, match=r"small-steps, five-open-minutes: .* at most 90,000"):
        compile_lesson(COURSE, replace(LESSON, body="word " * 18_500), BRAND)


def test_a_mail_just_below_the_limit_is_not() -> None:
    html = compile_lesson(COURSE, replace(LESSON, body="word " * 14_500), BRAND).html
    assert 75_000 < len(html.encode()) < 90_000


@pytest.mark.parametrize("field", ["body", "reflection", "note", "subject", "preheader", "section"])
def test_no_text_of_the_author_may_look_like_a_slot(field: str) -> None:
    with pytest.raises(InputError, match="reserved"):
        compile_lesson(COURSE, replace(LESSON, **{field: "x --DC.LEAVE_URL-- y"}), BRAND)


def test_neither_may_it_when_it_is_written_in_pieces() -> None:
    assert "--DC." in to_html("x &#45;-DC\\.LEAVE_URL-- y")
    with pytest.raises(InputError, match="reserved"):
        compile_lesson(COURSE, replace(LESSON, body="x &#45;-DC\\.LEAVE_URL-- y"), BRAND)


def test_jinja_in_a_lesson_is_text() -> None:
    text = compiled_text(body="{{ 7*7 }} {% raw %} {{ slot.leave_url }} {# x #}")
    assert "{{ 7*7 }} {% raw %} {{ slot.leave_url }} {# x #}" in text


def test_a_subject_with_markup_stays_text() -> None:
    mail = compile_lesson(COURSE, replace(LESSON, subject="Day 1: <b>&</b> 'x'"), BRAND)
    assert mail.subject == "Day 1: <b>&</b> 'x'"
    assert "<title>Day 1: &lt;b&gt;&amp;&lt;/b&gt; 'x'</title>" in mail.html.replace("&#39;", "'")


def test_t4_deep_nesting_never_costs_the_footer() -> None:
    deep = ">" * 28 + " deepest words"
    filled = fill(compile_lesson(COURSE, replace(LESSON, body=deep), BRAND), VALUES)
    assert VALUES["leave_url"] in Page(filled.html).links
    assert "deepest words" in "".join(Page(filled.html).texts)


def test_an_unknown_notice_is_refused_with_the_ones_there_are() -> None:
    there = "already, confirm, data, erase, left, paused, pick-up, resumed"
    with pytest.raises(InputError, match=f"'konfirm'; there are: {there}"):
        compile_notice(COURSE, "konfirm", BRAND)


def test_a_confirm_mail_has_no_promotion_and_only_its_two_links() -> None:
    filled = fill(compile_notice(COURSE, "confirm", BRAND), VALUES)
    assert Page(filled.html).links == [VALUES["confirm_url"], VALUES["decline_url"]]
    assert Page(filled.html).all("img") == []
    assert VALUES["confirm_url"] in filled.text.splitlines()
    assert VALUES["decline_url"] in filled.text.splitlines()


def test_there_is_a_template_for_every_kind_of_lesson() -> None:
    assert {kind.value for kind in LessonKind} <= set(names())


def test_a_brand_alone_is_enough_for_a_notice() -> None:
    brand = Brand(name="X Y", from_address="x@example.org", postal_address="1 Road")
    assert "1 Road" in compile_notice(replace(COURSE, language="de"), "left", brand).text
