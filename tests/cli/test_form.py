"""Forms from the command line: made, edited, listed, closed, and ready to paste. No server is touched."""

from __future__ import annotations

import pytest

from tests.cli.conftest import SLUG, Terminal
from tests.mail.material import Page

CREATE = f"form create spring --course {SLUG}"
ALL = f"""{CREATE} --title "Spring" --wording "Yes, please." --field "city: text, required, label=Your city" \
--origin https://school.example --thank-you https://school.example/thanks --opt-in "You asked for it at our fair." \
--tag fair --tag spring --start tomorrow --no-prefill --capacity 40 --closes 2099-12-31 --frames \
--intake address=data.fields.email --intake city=data.fields.town"""


def row(terminal: Terminal, slug: str = "spring") -> dict[str, object]:
    """That form as `form list --json` tells it."""
    (found,) = [each for each in terminal.ok("form list --json").data if each["form"] == slug]
    assert isinstance(found, dict)
    return found


def test_everything_an_author_sets_is_kept_and_listed(published: Terminal) -> None:
    said = published.ok(ALL)
    assert said.out == "https://course.school.example/f/spring\n"
    found = row(published)
    settings = found["settings"]
    assert isinstance(settings, dict)
    assert (found["state"], found["taken"], found["capacity"], found["version"]) == ("open", 0, 40, 1)
    assert settings == settings | {
        "origins": ["https://school.example"], "thank_you": "https://school.example/thanks", "tags": ["fair", "spring"],
        "opt_in": "You asked for it at our fair.", "start": "tomorrow", "prefill": False, "closes_on": "2099-12-31",
        "frames": True, "intake": {"address": "data.fields.email", "city": "data.fields.town"},
    }  # fmt: skip
    assert [each["label"] for each in settings["fields"]] == ["Your city"]
    assert "0/40" in published.ok("form list").out


def test_an_edit_changes_only_what_it_names_and_says_what(published: Terminal) -> None:
    published.ok(ALL)
    before = row(published)
    said = published.ok("form edit spring --capacity none --closes never --tag autumn --drop tag=fair")
    assert said.out.splitlines() == [
        "tag: fair, spring -> autumn, spring",
        "capacity: 40 -> (none)",
        "closes: 2099-12-31 -> (none)",
    ]
    after = row(published)
    assert after["version"] == 1
    changed = {"capacity": None, "closes_on": "", "tags": ["autumn", "spring"]}
    assert isinstance(before["settings"], dict)
    assert after["settings"] == before["settings"] | changed
    assert published.ok("form edit spring --start tomorrow").out == "Nothing changed.\n"
    assert published.ok("form edit spring --no-frames --start next-day").out.splitlines() == [
        "start: tomorrow -> next-day",
        "frames: yes -> no",
    ]


def test_a_changed_field_is_told_whole_as_an_author_writes_it(published: Terminal) -> None:
    published.ok(f'{CREATE} --field "city: text, label=Your city" --field "level: choice, choices=new|old"')
    said = published.ok("""form edit spring --field 'city: text, most=40, label=Your city, fallback="Ems, or so"'""")
    assert said.out.splitlines() == [
        'field city: text, most=100, label=Your city -> text, most=40, label=Your city, fallback="Ems, or so"',
        "version 2: people read something new; each consent keeps the version that was agreed to",
    ]


def test_an_empty_title_or_wording_is_the_one_by_default_again(published: Terminal) -> None:
    published.ok(CREATE)
    before = row(published)
    published.ok('form edit spring --title Spring --wording "Yes, please."')
    published.ok('form edit spring --title "" --wording ""')
    after = row(published)
    assert (after["title"], after["wording"]) == (before["title"], before["wording"])
    assert (before["version"], after["version"]) == (1, 3)


@pytest.mark.parametrize(
    "change",
    [
        '--wording "Other words."', '--title "Other"', '--opt-in ""', '--field "age: number"',
        '--field "city: text, label=Your town"', "--drop intake=city --drop field=city",
    ],
)  # fmt: skip
def test_what_people_read_makes_a_new_version(published: Terminal, change: str) -> None:
    published.ok(ALL)
    said = published.ok(f"form edit spring {change}")
    assert "version 2: people read something new; each consent keeps the version that was agreed to" in said.out
    assert row(published)["version"] == 2


def test_a_form_is_closed_and_opened(published: Terminal) -> None:
    published.ok(CREATE)
    assert published.ok("form close spring").out == "The form spring is closed.\n"
    assert row(published)["state"] == "closed"
    assert published.ok("form open spring").out == "The form spring is open.\n"
    assert row(published)["state"] == "open"


def test_bad_input_is_one_line_and_changes_nothing(published: Terminal) -> None:
    published.ok(ALL)
    before = row(published)
    for words, said in (
        ('--field "city: txet"', "did you mean text"),
        ('--field "agree: checkbox"', "every form has that name already"),
        ('--field "a" --field "a: number"', "'a' is given twice"),
        ("--origin https://school.example/", "is not an origin"),
        ("--origin http://school.example", "plain http"),
        ("--thank-you //evil.example", "not a page to go on to"),
        ('--opt-in "see https://evil.example"', "without links"),
        ("--tag 'Spring Sale'", "a tag is a-z"),
        ("--start soon", "next-day, tomorrow, or a date"),
        ("--start 2020-01-01", "is over; for the next chosen hour"),
        ("--start 9999-01-01", "is too far away"),
        ("--capacity many", "write a number such as 40"),
        ("--capacity 0", "a capacity is at least 1"),
        ("--closes 2020-01-01", "is over; to take nobody"),
        ("--closes 31.12.2099", "is not a date"),
        ("--intake address", "write it as address=data.fields.email"),
        ("--intake address=data.email?", "nobody is signed up without it"),
        ("--intake agree=data.yes?", "nobody is signed up without it"),
        ('--field "motto: most=0"', "may have 1 to 200 characters"),
        ("--intake phone=data.phone", "the form has no such field"),
        ("--drop city", "write field=NAME"),
        ("--drop field=town", "the form has no such field"),
        ("--drop field=city", "intake 'city': the form has no such field"),
        ("--drop origin=https://school.example", "a frame needs the sites"),
        ("--language fr", "is not published in 'fr'"),
        ("--course none", "none"),
        ('--wording " "', "a form shows 1 to 500"),
    ):
        answer = published(f"form edit spring {words}")
        assert (answer.code, answer.out) == (2, ""), words
        (error,) = answer.errors
        assert said in error, error
    assert row(published) == before
    assert published("form edit summer --capacity 3").errors == ["no form 'summer'; the forms are: spring"]
    assert published("form create spring --course none").code == 2


def test_the_snippet_is_a_form_that_works_without_a_script(published: Terminal) -> None:
    published.ok(f'{CREATE} --field "news: checkbox" --field "city: required"')
    page = Page(published.ok("form snippet spring").out)
    (form,) = page.all("form")
    assert (form["action"], form["method"]) == ("https://course.school.example/f/spring", "post")
    labelled = {label["for"] for label in page.all("label")}
    fields = page.all("input") + page.all("select")
    assert {each["id"] for each in fields} == labelled
    assert not any("checked" in each for each in fields)
    assert page.all("script") == []


def test_a_script_or_a_frame_needs_its_sites_first(published: Terminal) -> None:
    published.ok(CREATE)
    for option, hint in (("--script", "--origin https://HOST"), ("--frame", "--frames --origin https://HOST")):
        answer = published(f"form snippet spring {option}")
        assert answer.code == 2
        assert f"dripcourse form edit spring {hint}" in answer.errors[0]
    published.ok("form edit spring --frames --origin https://school.example")
    (script,) = Page(published.ok("form snippet spring --script").out).all("script")
    assert script["src"] == "https://course.school.example/static/form.js"
    (frame,) = Page(published.ok("form snippet spring --frame").out).all("iframe")
    assert frame["src"] == "https://course.school.example/f/spring?frame=1"
    assert frame["title"]
    assert published("form snippet spring --frame --script").code == 2


@pytest.mark.parametrize(("change", "why"), [("form close spring", "closed"), ("", "")])
def test_the_snippet_of_a_form_that_takes_nobody_comes_with_a_warning(
    published: Terminal, change: str, why: str
) -> None:
    published.ok(CREATE)
    if change:
        published.ok(change)
    said = published.ok("form snippet spring")
    assert "<form" in said.out
    assert ("takes nobody now: it is closed" in said.err) is bool(why)
