"""What a form asks, where it may stand, when it takes people: the rules as tables."""

from __future__ import annotations

import string
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import settings as quick
from hypothesis import strategies as st

from dripcourse.domain.fields import KINDS, Field, check, odd, parse_field, wrong
from dripcourse.domain.forms import FormSettings, check_all, checked, is_open, parse_start, starts
from dripcourse.domain.places import parse_origin, parse_thank_you
from dripcourse.errors import InputError

CITY = Field("city", "Your city", required=True, most=10)


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("city", Field("city", "City")),
        ("city:", Field("city", "City")),
        ("first_pet: text, required", Field("first_pet", "First pet", required=True)),
        (
            "city: text, required, most=40, label=Your city, fallback=your town",
            Field("city", "Your city", "text", required=True, most=40, fallback="your town"),
        ),
        ('city: label="City, or village", most=5', Field("city", "City, or village", most=5)),
        ("who: label=Who's that?", Field("who", "Who's that?")),
        ("tea: choice, choices=green | black", Field("tea", "Tea", "choice", choices=("green", "black"))),
        ("news: checkbox, label=I want news", Field("news", "I want news", "checkbox")),
        ("age: number", Field("age", "Age", "number")),
    ],
)
def test_a_field_is_one_readable_line(line: str, field: Field) -> None:
    assert parse_field(line) == field


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "a field's name is a-z"),
        ("City: text", "a field's name is a-z"),
        ("1city", "a field's name is a-z"),
        ("address: text", "every form has that name already"),
        ("utm_source", "every form has that name already"),
        ("city: txet", "did you mean text"),
        ("city: colour", "the kinds are: text, number, choice, checkbox"),
        ("city: text, requird", "'requird' is not understood"),
        ("city: text, size=4", "'size=4' is not understood"),
        ("city: most=many", "most=many is not a number"),
        ("city: most=0", "most=0"),
        ("city: most=201", "most=201"),
        ("city: label=", "needs a label"),
        ('city: label="Your', "double quote is opened"),
        ("city: label=see www.bad.example", "not short plain text"),
        ("city: fallback=<b>", "not short plain text"),
        ("tea: choice", "2 to 50 different choices"),
        ("tea: choice, choices=green|green", "2 to 50 different choices"),
        ("tea: choice, choices=green|", "2 to 50 different choices"),
        ("tea: text, choices=a|b", "choices are for the kind choice"),
    ],
)
def test_a_field_that_cannot_be_is_refused_in_one_line(line: str, said: str) -> None:
    with pytest.raises(InputError, match=r"^[^\n]+$") as refused:
        parse_field(line)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("field", "typed", "rule"),
    [
        (CITY, "  Köln \t am\nRhein", "long"),
        (CITY, " Bad \n Ems ", ""),
        (CITY, "", "missing"),
        (CITY, " \t ", "missing"),
        (replace(CITY, required=False), "", ""),
        (CITY, "www.bad.eu", "link"),
        (CITY, "a<b", "link"),
        (CITY, "Bad\x00Ems", "link"),
        (CITY, "x" * 11, "long"),
        (Field("age", "Age", "number"), "-3,5", ""),
        (Field("age", "Age", "number"), "three", "number"),
        (Field("age", "Age", "number"), "1e9", "number"),
        (Field("age", "Age", "number"), "٣", "number"),
        (Field("tea", "Tea", "choice", choices=("green", "black tea")), " black  tea ", ""),
        (Field("tea", "Tea", "choice", choices=("green", "black")), "Green", "choice"),
        (Field("tea", "Tea", "choice", choices=("green", "black")), "", ""),
        (Field("news", "News", "checkbox"), "yes", ""),
        (Field("news", "News", "checkbox"), "on", "box"),
        (Field("news", "News", "checkbox", required=True), "", "missing"),
    ],
)
def test_what_a_field_takes(field: Field, typed: str, rule: str) -> None:
    assert wrong(field, typed) == rule
    if rule:
        with pytest.raises(InputError, match=field.label):
            check(field, typed)
    else:
        assert check(field, typed) == " ".join(typed.split())


FIELDS = st.builds(
    Field,
    name=st.text(string.ascii_lowercase, min_size=1, max_size=9),
    label=st.just("Label"),
    kind=st.sampled_from(KINDS),
    required=st.booleans(),
    choices=st.lists(st.text(max_size=9), max_size=3).map(tuple),
    most=st.integers(1, 200),
    fallback=st.text(max_size=9),
)


@quick(max_examples=60)
@given(FIELDS, st.text())
def test_what_is_kept_is_one_short_line_without_a_link_and_is_taken_again(field: Field, typed: str) -> None:
    try:
        kept = check(field, typed)
    except InputError:
        return
    assert check(field, kept) == kept
    assert kept in ("", "yes", *field.choices) or (len(kept) <= max(field.most, 23) and not odd(kept))


@quick(max_examples=40)
@given(st.builds(FormSettings, fields=st.lists(FIELDS, max_size=3).map(tuple), closes_on=st.none() | st.dates()))
def test_settings_come_back_as_they_were_kept(settings: FormSettings) -> None:
    assert FormSettings.of(settings.as_data()) == settings


def test_a_form_from_before_there_were_settings_is_as_it_was() -> None:
    assert FormSettings.of({}) == FormSettings() == checked(FormSettings())


def test_a_field_that_was_not_declared_is_not_kept() -> None:
    settings = FormSettings(fields=(CITY, Field("age", "Age", "number")))
    assert check_all(settings, {"city": " Ems ", "age": "", "admin": "yes"}) == {"city": "Ems"}


@pytest.mark.parametrize(
    ("typed", "origin"),
    [
        ("https://school.example", "https://school.example"),
        (" HTTPS://School.Example:443 ", "https://school.example"),
        ("https://school.example:8443", "https://school.example:8443"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://127.0.0.1", "http://127.0.0.1"),
        ("http://[::1]:80", "http://[::1]"),
    ],
)
def test_an_origin_has_one_spelling(typed: str, origin: str) -> None:
    assert parse_origin(typed) == parse_origin(origin) == origin


@pytest.mark.parametrize(
    "typed",
    [
        "", "*", "null", "school.example", "//school.example", "https://", "https://*.school.example", "https://*",
        "https://school.example/", "https://school.example/path", "https://school.example?x", "https://school.example#x",
        "https://anne@school.example", "https://school.example:0", "https://school.example:99999", "https://school.example:",
        "http://school.example", "http://localhost.evil.example", "ftp://school.example", "https://schöol.example",
        "https://school.example https://evil.example", "https://school.example;", "https://school..example",
        "https://school.example.", "https://-school.example", "https://school.example\\@evil",
    ],
)  # fmt: skip
def test_what_is_no_exact_origin_is_refused(typed: str) -> None:
    with pytest.raises(InputError, match=r"^[^\n]+$"):
        parse_origin(typed)


@pytest.mark.parametrize(
    "page",
    ["https://school.example", "https://school.example/thanks?x=1&y=%20a#top", "https://Xn--a.example:8443/", ""],
)
def test_a_page_to_go_on_to_is_kept_as_written(page: str) -> None:
    assert parse_thank_you(page) == page


@pytest.mark.parametrize(
    "page",
    [
        "//evil.example", "https:evil.example", "https:/evil.example", "https:///evil.example", "/\\evil.example",
        "https://good.example@evil.example", "https://good:x@evil.example/", "https://good.example\\@evil.example",
        "https://good.example/%0d%0aSet-Cookie:x", "https://good.example/\r\nLocation:x", "https://good.example/%5c",
        "javascript:alert(1)", "JaVaScRiPt://good.example/%0aalert(1)", "data:text/html,x", "http://good.example/",
        "https://good.example/a b", "https://good.example/\tb", 'https://good.example/"x', "https://good.example/<x>",
        "https://göod.example/", "https://good.example/\u202eevil", "thanks.html", "/thanks", "https://", "https://?x",
        "\x00https://good.example", "https://good.example/" + "x" * 500, "https://good..example/", "https://.evil/",
    ],
)  # fmt: skip
def test_a_page_that_a_browser_might_misread_is_refused(page: str) -> None:
    with pytest.raises(InputError, match=r"^[^\n]+$"):
        parse_thank_you(page)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (FormSettings(fields=(CITY, CITY)), "'city' is there twice"),
        (FormSettings(fields=tuple(Field(f"f{n}", "F") for n in range(16))), "at most 15"),
        (FormSettings(tags=("Spring Sale",)), "a tag is a-z"),
        (FormSettings(opt_in="see https://evil.example"), "without links"),
        (FormSettings(opt_in="x" * 501), "at most 500"),
        (FormSettings(capacity=0), "at least 1"),
        (FormSettings(frames=True), "--origin"),
        (FormSettings(start="soon"), "next-day, tomorrow, or a date"),
        (FormSettings(intake={"phone": "data.phone"}), "has no such field"),
        (FormSettings(intake={"address": "data..email"}), "not a place in JSON"),
        (FormSettings(thank_you="//evil.example"), "whole address"),
    ],
)
def test_settings_that_would_do_harm_are_refused(settings: FormSettings, said: str) -> None:
    with pytest.raises(InputError, match=r"^[^\n]+$") as refused:
        checked(settings)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("rule", "today", "first"),
    [
        ("", "2026-09-01", None),
        ("tomorrow", "2026-12-31", "2027-01-01"),
        ("2026-09-20", "2026-09-01", "2026-09-20"),
        ("2026-09-20", "2026-09-19", "2026-09-20"),
        ("2026-09-20", "2026-09-20", None),  # it begins today, at his hour
        ("2026-09-20", "2026-10-01", None),  # too late for the group: by himself
    ],
)
def test_before_which_day_no_lesson_goes(rule: str, today: str, first: str | None) -> None:
    assert starts(parse_start(rule), date.fromisoformat(today)) == (date.fromisoformat(first) if first else None)


OPEN = FormSettings()


@dataclass(frozen=True)
class Facts:
    open: bool = True
    settings: FormSettings = OPEN
    taken: int = 0
    held_until: datetime | None = None


NOON = datetime(2026, 9, 21, 12, 0, tzinfo=UTC)  # when the 20th ends on Baker Island, UTC-12


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        (Facts(), ""),
        (Facts(open=False), "closed"),
        (Facts(settings=FormSettings(closes_on=date(2026, 9, 20))), "over"),
        (Facts(settings=FormSettings(closes_on=date(2026, 9, 21))), ""),
        (Facts(settings=FormSettings(capacity=2), taken=1), ""),
        (Facts(settings=FormSettings(capacity=2), taken=2), "full"),
        (Facts(settings=FormSettings(capacity=2), taken=5), "full"),  # the capacity was lowered
        (Facts(held_until=NOON.replace(minute=1)), "held"),
        (Facts(held_until=NOON), ""),
    ],
)
def test_why_a_form_takes_nobody(facts: Facts, why: str) -> None:
    assert is_open(facts, NOON) == why


def test_the_last_day_lasts_until_it_ends_everywhere() -> None:
    facts = Facts(settings=FormSettings(closes_on=date(2026, 9, 20)))
    assert is_open(facts, NOON.replace(hour=11, minute=59)) == ""
