"""How plain text is understood: markers, tails, headings, levels. One small article a rule."""

from __future__ import annotations

import pytest

from dripcourse.courses.article import Article, Options
from dripcourse.courses.reading.readers import read_article

BODY = "This is a paragraph of the article, long enough to be one."


def article(*lines: str, **options: object) -> Article:
    text = "\n".join(("How is a text read?", *lines))
    return read_article(text.encode(), Options(format="text", **options))  # type: ignore[arg-type]


def actions(found: Article) -> list[tuple[str, tuple[str, ...]]]:
    return [(step.text, step.sub) for step in found.actions]


def left_out(found: Article) -> list[tuple[str, str]]:
    return [(d.reason, d.text) for d in found.dropped if d.reason != "marker"]


READING_TIMES = [
    "6 min read",
    "Reading time: 6 minutes",
    "about 6 min",
    "~6 mins read",
    "6-minute read",
    "6 MINUTES TO READ",
]


@pytest.mark.parametrize("line", READING_TIMES)
def test_the_reading_time_is_taken_out(line: str) -> None:
    found = article(line, "The Full Picture", BODY)
    assert found.reading_minutes == 6
    assert left_out(found) == [("reading_time", line)]


LISTS = {
    "a bullet, a number and a text on three lines": ["-", "1", "Sit", "-", "2", "Stand"],
    "numbers on their own lines": ["1", "Sit", "2.", "Stand"],
    "numbers in brackets": ["(1) Sit", "(2) Stand"],
    "numbers with a dot": ["1. Sit", "2. Stand"],
    "numbers with a bracket": ["1) Sit", "2) Stand"],
    "bullets, as there is no number": ["• Sit", "• Stand"],
    "bullets on their own lines": ["•", "Sit", "▪", "Stand"],
}


@pytest.mark.parametrize("form", LISTS)
def test_steps_are_found_as(form: str) -> None:
    found = article("The Full Picture", BODY, "What To Do Right Now", *LISTS[form])
    assert actions(found) == [("Sit", ()), ("Stand", ())]


def test_items_behind_a_step_are_its_parts_and_text_between_steps_goes_with_the_step_before() -> None:
    found = article(
        "The Full Picture", BODY, "Next Steps", "Start here, if you like.", "1. Sit", "• on a chair", "• on grass",
        "Sitting Well", "It helps to be still.", "2. Stand", "• slowly", "That is all.",
    )  # fmt: skip
    assert actions(found) == [("Sit", ("on a chair", "on grass")), ("Stand", ("slowly",))]
    assert [block.text for block in found.actions[0].extra] == ["Sitting Well", "It helps to be still."]
    assert [block.text for block in found.perspectives[-1].blocks] == ["Start here, if you like.", "That is all."]


def test_a_number_out_of_turn_is_text() -> None:
    found = article("The Full Picture", BODY, "3. March was cold that year.", "What To Do", "1. Sit", "2. Stand")
    assert len(found.actions) == 2
    assert "3. March was cold that year." in [block.text for block in found.perspectives[0].blocks]


def test_a_marker_that_marks_nothing_is_no_step() -> None:
    found = article("The Full Picture", BODY, "What To Do", "-", "-", "1", "Sit", "2", "3")
    assert actions(found) == [("Sit", ())]
    assert [block.text for block in found.perspectives[-1].blocks] == ["2", "3"]


def test_a_list_outside_the_actions_stays_where_it_is() -> None:
    found = article("The Full Picture", "1. One cause", "2. Another", BODY, "What To Do", "1. Sit")
    assert actions(found) == [("Sit", ())]
    assert [(b.type, b.text) for b in found.perspectives[0].blocks][:2] == [
        ("list_item", "One cause"),
        ("list_item", "Another"),
    ]


TAILS = [
    "Related Questions",
    "You might also like",
    "Further reading:",
    "See also",
    "More from Ann Example",
    "Comments",
]


@pytest.mark.parametrize("line", TAILS)
def test_what_follows_the_article_is_left_out(line: str) -> None:
    found = article("The Full Picture", BODY, line, "how long does it take?", "Join Us Today", "We are glad of you.")
    assert left_out(found) == [
        ("related", line),
        ("related", "how long does it take?"),
        ("cta", "Join Us Today"),
        ("cta", "We are glad of you."),
    ]


def test_a_known_heading_ends_what_is_left_out() -> None:
    found = article("The Full Picture", BODY, "Related Questions", "how long?", "What Scripture Says", BODY + " Yes.")
    assert [perspective.title for perspective in found.perspectives] == ["The Full Picture", "What Scripture Says"]


def test_a_button_at_the_end_takes_its_few_lines_with_it() -> None:
    found = article("The Full Picture", BODY, "Want More of This?", "We send a letter every week.", "Sign up →")
    assert [text for _, text in left_out(found)] == ["Want More of This?", "We send a letter every week.", "Sign up →"]


NOT_HEADINGS = [
    "it starts with a small letter",
    "It ends like a sentence.",
    "It ends with a colon:",
    'He said "no."',
    "One two three four five six seven eight nine ten eleven twelve thirteen",
]


@pytest.mark.parametrize("line", NOT_HEADINGS)
def test_this_is_no_heading(line: str) -> None:
    found = article("The Full Picture", BODY, line, BODY + " Yes.")
    assert [text for _, text in found.headings] == ["The Full Picture"]


@pytest.mark.parametrize("line", ["Is This One?", "Look Here!", "Ein kurzer Weg", "12 good years", "«Quoted» heading"])
def test_this_is_a_heading(line: str) -> None:
    found = article("The Full Picture", BODY, line, BODY + " Yes.")
    assert [text for _, text in found.headings] == ["The Full Picture", line]


NAMES = {
    "The Big Picture": "overview",
    "An Overview": "overview",
    "What’s Really Going On?": "mechanism",
    "What the Studies Say": "mechanism",
    "WHAT THE BIBLE SAYS": "tradition",
    "What You Can Do Today": "action",
    "Your Action Plan": "action",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_known_name_is_a_perspective(name: str) -> None:
    found = article(
        "The Research", BODY, "A Section", BODY + " One.", name, BODY + " Two.", "Another", BODY + " Three."
    )
    named = {p.title: p.kind.value for p in found.perspectives}
    assert named[name] == NAMES[name]
    assert "A Section" not in named


def test_unknown_names_are_guessed_by_place_and_by_words_and_it_says_so() -> None:
    found = article(
        "How It Began", BODY, "Early Days", BODY + " 1", "Inside the Brain", BODY + " 2", "Signals", BODY + " 3",
        "What the Stoics Taught", BODY + " 4", "Five Exercises", "1. Sit", "2. Stand", "Closing Words", BODY + " 5",
    )  # fmt: skip
    assert [(p.title, p.kind.value) for p in found.perspectives] == [
        ("How It Began", "overview"),
        ("Inside the Brain", "mechanism"),
        ("What the Stoics Taught", "tradition"),
        ("Five Exercises", "action"),
        ("Closing Words", "other"),
    ]
    caution = next(c for c in found.cautions if c.code == "W_LEVELS_GUESSED")
    assert "«How It Began»" in caution.message
    assert "--perspective" in caution.message


MARKS = {
    "capitals": ["FIRST VIEW", BODY, "A Section", BODY + " 1", "SECOND VIEW", BODY + " 2"],
    "underlines": ["First View", "=====", BODY, "A Section", BODY + " 1", "Second View", "=====", BODY + " 2"],
    "numbers": ["1. First View", BODY, "1.1 A Section", BODY + " 1", "2. Second View", BODY + " 2"],
    "blank lines": ["", "", "First View", BODY, "", "A Section", BODY + " 1", "", "", "Second View", BODY + " 2"],
    "number signs": ["# First View", BODY, "## A Section", BODY + " 1", "# Second View", BODY + " 2"],
}


@pytest.mark.parametrize("mark", MARKS)
def test_perspectives_may_be_marked_by(mark: str) -> None:
    found = article(*MARKS[mark])
    levels = [(level, text.lower().lstrip("12. ")) for level, text in found.headings]
    assert levels == [(1, "first view"), (2, "a section"), (1, "second view")]


def test_named_perspectives_are_the_only_ones() -> None:
    found = article(
        "Opening Thoughts", BODY, "The Full Picture", BODY + " 1", "Roots", BODY + " 2", perspectives=("roots",)
    )
    assert [p.title for p in found.perspectives] == ["How is a text read?", "Roots"]
    assert [text for level, text in found.headings if level == 2] == ["Opening Thoughts", "The Full Picture"]


def test_actions_can_be_named_by_their_heading() -> None:
    found = article(
        "The Full Picture",
        BODY,
        "Small Things",
        "• Sit",
        "• Stand",
        "What To Do",
        "1. Go",
        actions_under="small things",
    )
    assert actions(found) == [("Sit", ()), ("Stand", ())]


def test_a_text_without_headings_is_one_perspective() -> None:
    found = article(BODY, BODY + " More.")
    assert [p.title for p in found.perspectives] == ["Article"]
    assert "W_NO_PERSPECTIVES" in [c.code for c in found.cautions]


def test_a_text_whose_only_heading_stands_over_the_actions_is_one_perspective_and_its_actions() -> None:
    found = article(BODY, BODY + " More.", "What To Do", "1. Sit", "2. Stand")
    assert [p.title for p in found.perspectives] == ["Article", "What To Do"]
    assert len(found.actions) == 2
    assert found.actions[0].perspective == 1


def test_the_title_option_replaces_the_title_but_loses_no_line() -> None:
    long = "This first line is a whole paragraph. " * 5
    found = read_article(f"{long}\nThe Full Picture\n{BODY}".encode(), Options(title="A Name"))
    assert found.title == "A Name"
    assert [block.text for block in found.short_answer] == [long.strip()]
