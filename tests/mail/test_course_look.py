"""What a course brings of its own, in lessons and notices alike: colours, logo, footer, words, and direction."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from dripcourse.domain.course import Action, Course, LessonKind, Logo, Sender
from dripcourse.errors import InputError
from dripcourse.mail.compile import NOTICES, compile_lesson, compile_notice
from dripcourse.mail.slots import CompiledMail, fill
from dripcourse.mail.templates import shared
from dripcourse.mail.theme import contrast
from tests.mail.material import BRAND, COURSE, LESSON, VALUES, Page

LOGO = Logo("https://example.org/logo.png", "Wellspring", 160, 40)
KINDS = ("lesson", *NOTICES)
each_kind = pytest.mark.parametrize("kind", KINDS)


def compiled(kind: str, course: Course = COURSE, **changes: Any) -> CompiledMail:
    course = replace(course, **changes)
    return compile_lesson(course, LESSON, BRAND) if kind == "lesson" else compile_notice(course, kind, BRAND)


@each_kind
def test_a_courses_colours_sender_and_address_reach_every_mail(kind: str) -> None:
    theme = {"page": "#faf0f4", "accent-dark": "#f0a6c8"}
    mail = compiled(kind, theme=theme, sender=Sender("Jo Doe", "jo@example.net"), postal_address="1 Other Road")
    assert "#faf0f4" in mail.html
    assert "#f0a6c8" in mail.html
    assert "Sent by Jo Doe\n1 Other Road" in mail.text
    assert "Mill Lane" not in mail.html


@each_kind
def test_without_a_logo_the_senders_name_stands_above_and_nothing_is_loaded(kind: str) -> None:
    mail = compiled(kind)
    assert re.search(r'<td class="brand"[^>]*>Small Steps</td>', mail.html)
    assert Page(mail.html).all("img") == []


@each_kind
def test_a_logo_has_its_size_and_its_words_and_a_ground_that_no_dark_mode_takes_away(kind: str) -> None:
    mail = compiled(kind, logo=LOGO)
    (image,) = Page(mail.html).all("img")
    assert image["src"] == LOGO.url
    assert (image["alt"], image["width"], image["height"]) == ("Wellspring", "160", "40")
    assert "max-width:100%" in image["style"]
    assert "background-image:linear-gradient(#f4f1ec" in image["style"]
    # Gmail's app on Android takes that from a style sheet only.
    assert ".logo{background-image:linear-gradient(#f4f1ec,#f4f1ec) !important;}" in mail.html
    assert LOGO.url not in mail.text
    assert "Small Steps" in mail.text


@pytest.mark.parametrize("theme", [{}, {"page": "#0a3d2e", "soft": "#d9e4df", "ink": "#ffffff", "accent": "#e8c872",
    "sheet": "#0a3d2e", "box": "#0a3d2e", "on-accent": "#10201e"}])  # fmt: skip
def test_the_words_of_a_logo_that_is_not_shown_are_read_on_its_own_ground_in_light_and_dark(
    theme: dict[str, str],
) -> None:
    mail = compiled("lesson", logo=LOGO, theme=theme)
    (image,) = Page(mail.html).all("img")
    colour, ground = (re.search(rf"(?:^| ){name}:(#\w+)", image["style"])[1] for name in ("color", "background-color"))
    assert contrast(colour, ground) >= 4.5
    # Nothing changes one of them alone.
    dark = mail.html.partition("prefers-color-scheme:dark")[2]
    rules = re.findall(r"([^{}]*\.logo[^{}]*)\{([^{}]*)\}", dark)
    assert rules
    assert [body for _, body in rules if re.search(r"(?:^|;)(?:background-)?color:", body)] == []


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"url": "http://example.org/logo.png"}, "'http://example.org/logo.png' is not an https link"),
        ({"url": "data:image/png;base64,xx"}, "is not an https link"),
        ({"url": 'https://example.org/" onload="x'}, "is not an https link"),
        ({"url": "https://example.org/--DC.ME_URL--"}, "are reserved"),
        ({"alt": " "}, "has no alt"),
        ({"width": 0}, "0 x 40 pixels"),
        ({"width": 2400}, "2400 x 40 pixels; a mail holds 1 to 552"),
        ({"height": -1}, "160 x -1 pixels"),
    ],
)
def test_a_logo_that_could_not_be_shown_is_refused_in_one_line(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=re.escape(says)) as refused:
        compiled("paused", logo=replace(LOGO, **changes))
    assert str(refused.value).startswith("small-steps, paused: ")
    assert "\n" not in str(refused.value)


def test_a_hostile_alt_is_text() -> None:
    (image,) = Page(compiled("left", logo=replace(LOGO, alt='"><script>x</script>')).html).all("img")
    assert image["alt"] == '"><script>x</script>'


@each_kind
def test_a_footer_stands_in_both_parts_with_its_links(kind: str) -> None:
    mail = compiled(kind, footer="**We** are three people. [Write to us](https://example.org/us)\n\n<script>x</script>")
    if kind == "confirm":  # nothing but the question goes to somebody who has not confirmed
        assert "three people" not in mail.html + mail.text
        return
    assert "<strong>We</strong> are three people." in mail.html
    assert "https://example.org/us" in Page(mail.html).links
    assert mail.text.count("https://example.org/us") == 1
    assert Page(mail.html).all("script") == []


def test_a_footer_comes_behind_the_ways_out_and_before_the_address() -> None:
    text = compiled("lesson", footer="A project of three.").text
    places = [text.index(words) for words in ("Unsubscribe", "You get this email", "A project of three.", "Sent by")]
    assert places == sorted(places)


@each_kind
def test_a_courses_own_words_go_over_the_shipped_ones(kind: str) -> None:
    mail = compiled(kind, words={"sent_by": "With care from", "done": "I did it", "stop": "Leave {course}"})
    assert "With care from Small Steps" in mail.text
    if kind == "lesson":
        assert re.search(r">I did it</a>", mail.html)
        assert "Leave Small steps at home\nhttps://" in mail.text


def test_own_words_in_a_subject_are_taken_too() -> None:
    assert compiled("paused", words={"paused_subject": "A rest in {course}"}).subject == "A rest in Small steps at home"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ({"dome": "x"}, r"words: there is no text 'dome'; there are: action, .*done, .*why"),
        ({"done": "{nobody}"}, r"words: done has braces it should not \({nobody}\); there are {course} {name} {day}"),
        ({"done": "{day:>900000000}"}, r"words: done has braces it should not \({day:>900000000}\)"),
        ({"done": "{course.__class__}"}, r"words: done has braces it should not \({course.__class__}\)"),
        ({"done": "{day!r}"}, r"words: done has braces it should not \({day!r}\)"),
        ({"done": "{day.__class__}{"}, r"words: done has braces"),
        ({"done": "{day.x}"}, r"words: done has braces"),
        (
            {"why": "Because."},
            r"small-steps, five-open-minutes: the finished HTML of the mail lacks recipient; .*own words",
        ),
        ({"done": "--DC.ME_URL--"}, r"reserved"),
    ],
)
def test_words_that_cannot_be_are_refused_in_one_line(words: dict[str, str], says: str) -> None:
    with pytest.raises(InputError, match=says) as refused:
        compiled("lesson", words=words)
    assert "\n" not in str(refused.value)


def test_own_words_with_markup_stay_text() -> None:
    mail = compiled("lesson", words={"done": "<b>Done</b> & out"})
    assert "&lt;b&gt;Done&lt;/b&gt; &amp; out" in mail.html
    assert "<b>Done</b> & out" in mail.text


# -- from right to left ----------------------------------------------------------------------------------------------

ARABIC = replace(
    LESSON,
    subject="اليوم ١: سؤال واحد",
    body="> اقتباس قصير.\n\n- نقطة\n\n{dir=ltr lang=en}\n> English within it.\n>\n> - a list",
    action=Action("اسأل سؤالا واحدا.", 5),
)


def styled(html: str, tag: str) -> list[str]:
    return [attrs.get("style", "") for attrs in Page(html).all(tag)]


def test_a_mail_from_right_to_left_is_mirrored_in_words_that_every_program_knows() -> None:
    html = compile_lesson(replace(COURSE, language="ar"), ARABIC, BRAND).html
    page = Page(html)
    assert {attrs["dir"] for attrs in (page.all("html")[0], page.all("div")[1])} == {"rtl"}
    (box,) = [td["style"] for td in page.all("td") if td.get("class") == "box"]
    assert "border-right:4px" in box
    assert "border-left" not in box
    assert "text-align:right" in box
    first, second = styled(html, "blockquote")
    beside, english_beside = [style for style in styled(html, "div") if "18px" in style]
    assert "border-right:3px" in first
    assert "margin-right:18px" in beside
    # The English quotation keeps its own side, and gives back the other.
    assert "border-left:3px" in second
    assert "border-right:0" in second
    assert "margin-left:18px" in english_beside
    assert "margin-right:0" in english_beside
    own, english = styled(html, "ul")
    assert "margin-right:24px" in own
    assert "margin-left" not in own
    assert "margin-left:24px" in english
    assert "margin-right:0" in english
    assert not re.search(r"inline-start|inline-end|text-align: ?(start|end)|-(start|end):", html)


def test_the_same_mail_from_left_to_right_has_its_marks_on_the_left() -> None:
    html = compile_lesson(COURSE, ARABIC, BRAND).html
    assert all("border-left:3px" in style and "border-right" not in style for style in styled(html, "blockquote"))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "left"])
def test_the_address_of_the_recipient_keeps_its_order_in_a_mail_from_right_to_left(kind: str) -> None:
    address = "1984.anna-2@example.net"
    mail = fill(compiled(kind, language="he"), {**VALUES, "recipient": address})
    assert mail.html.count(f'<span dir="ltr">{address}</span>') == mail.html.count(address) >= 1
    assert mail.text.count(f"\u200e{address}\u200e") == mail.text.count(address) >= 1
    from_left = fill(compiled(kind, language="de"), {**VALUES, "recipient": address})
    assert "<span dir=" not in from_left.html
    assert "\u200e" not in from_left.text


@pytest.mark.parametrize("name", ["paused_subject", "paused_preheader"])
def test_what_a_lock_screen_shows_holds_nobody_s_address(name: str) -> None:
    with pytest.raises(InputError, match=rf"words: {name} has braces it should not \({{recipient}}\)"):
        compiled("paused", words={name: "For {recipient}"})


def test_a_course_without_reviews_does_not_speak_of_them() -> None:
    assert "in the reviews" not in compiled("lesson").text  # the sample course has none
    recap = replace(COURSE.lessons[0], key="back", kind=LessonKind.RECAP)
    assert "and in the reviews" in " ".join(
        compile_lesson(replace(COURSE, lessons=(recap,)), LESSON, BRAND).text.split()
    )


def test_an_address_written_the_other_way_keeps_its_order() -> None:
    html = compile_lesson(replace(COURSE, language="he"), ARABIC, BRAND).html
    assert '<span dir="ltr">12 Mill Lane</span>' in html
    assert '<span dir="ltr">Small Steps</span>' in html
    assert "<span dir=" not in compile_lesson(COURSE, ARABIC, BRAND).html


def test_the_theme_names_no_side_so_that_it_can_be_mirrored() -> None:
    css = re.sub(r"/\*.*?\*/", "", shared("theme.css"), flags=re.DOTALL)
    assert not re.search(r"\b(left|right)\b", css)
    shorthands = [value.split() for value in re.findall(r"(?:padding|margin): ([^;!]+)", css)]
    assert [sides for sides in shorthands if len(sides) == 4 and sides[1] != sides[3]] == []
    # What gets one side more must leave both free in its shorthand.
    for body, name in re.findall(r"\{([^{}]*(padding|margin)-(?:start|end)[^{}]*)\}", css):
        assert re.search(rf"{name}: (0|\S+ 0( \S+)?);", body)


def test_words_padding_of_nothing_but_cells_parts_no_two_things_elsewhere() -> None:
    """Outlook for Windows pads cells only: a list's marks would lie outside, a rule would touch what is below it."""
    css = re.sub(r"/\*.*?\*/", "", shared("theme.css"), flags=re.DOTALL).partition("@media")[0]
    padded = {
        selector.strip()
        for selectors, body in re.findall(r"([^{}]+)\{([^{}]*)\}", css)
        for selector in selectors.split(",")
        if re.search(r"padding(-\w+)?: (?!0;)", body)
    }
    cells = {".gutter", ".brand", ".sheet", ".box", ".foot", ".text th", ".text td"}
    # Links have the padding of their cell there, or a space behind them; code touches the edge of its ground.
    assert padded - cells == {".press a", ".ghost a", ".way", "pre"}


def test_outlooks_own_dark_mode_gets_the_same_colours() -> None:
    html = compiled("lesson", theme={"box-dark": "#102030"}).html
    assert "[data-ogsb] .box{background-color:#102030 !important;}" in html
    assert "[data-ogsc] .press a{color:#10201e !important;}" in html
    assert "[data-ogsc] body" not in html
