"""What the course for a man whose home has gone quiet keeps beyond the rules of every course: discretion and truth."""

from __future__ import annotations

import re
import tomllib

import pytest

from dripcourse.domain.course import Lesson, LessonKind
from tests.lessons.phrases import AT_HOME, DISCREET, RELIGION, Phrase
from tests.lessons.shipped import LESSONS, count, course, everything, mails

FOLDER = "emotional-intimacy"
COURSE = course(FOLDER)
LESSON_DAYS = [lesson for lesson in COURSE.lessons if lesson.kind is LessonKind.LESSON]
REVIEWS = [lesson for lesson in COURSE.lessons if lesson.kind is LessonKind.RECAP]
WELCOME, COMPLETION = COURSE.lessons[0], COURSE.lessons[-1]
SCRIPTURE_DAYS = [lesson for lesson in COURSE.lessons if COURSE.option(lesson) == "scripture"]

_COUNTING = (
    *("one", "two", "three", "four", "five", "six", "seven", "eight"),
    *("nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen"),
)
_NUMBERS = {word: number for number, word in enumerate(_COUNTING, start=1)}
_TIME = re.compile(rf"\b({'|'.join(_NUMBERS)}) minutes?\b", re.IGNORECASE)
_LINE = re.compile(r"^- Day (\d+) · (.+?) · (.+)$", re.MULTILINE)
_TELEPHONE = re.compile(r"\b\d{3}-\d{3}-\d{4}\b|\b\d{5}\b|\b988\b")
#: COURSE.md A1.8: the only numbers that a source was given for, and 988, which none was given for.
HELPLINES = {"800-799-7233", "800-787-3224", "88788", "988"}
HABITS = ["Five open minutes", "The one-day pause", "Feelings first", "A word kept", "Her world", "No strings"]


def minutes_in(text: str) -> list[int]:
    """Every stretch of minutes that a text speaks of."""
    return [_NUMBERS[word.lower()] for word in _TIME.findall(text)]


@pytest.mark.parametrize("phrase", AT_HOME, ids=lambda phrase: phrase.pattern)
def test_no_text_goes_after_her(phrase: Phrase) -> None:
    for lesson in COURSE.lessons:
        assert not (found := phrase.found(everything(lesson))), f"{lesson.key} says {found!r}: {phrase.reason}"
    assert not (found := phrase.found(f"{COURSE.safety_note} {COURSE.footer}")), f"{found!r}: {phrase.reason}"


@pytest.mark.parametrize("phrase", DISCREET, ids=lambda phrase: phrase.pattern)
def test_a_lock_screen_gives_nothing_away(phrase: Phrase) -> None:
    for seen in (COURSE.title, *(f"{lesson.subject}. {lesson.preheader}" for lesson in COURSE.lessons)):
        assert not (found := phrase.found(seen)), f"{seen!r} says {found!r}: {phrase.reason}"


def test_the_sender_says_no_more_than_the_title() -> None:
    assert COURSE.sender is not None
    assert COURSE.sender.name == COURSE.title


def test_no_text_names_a_longer_time_than_the_head_of_its_action() -> None:
    for lesson in LESSON_DAYS:
        assert lesson.action is not None
        for text in (lesson.action.text, lesson.action.solo):
            assert all(named <= lesson.action.minutes for named in minutes_in(text)), lesson.key
        (told,) = minutes_in(lesson.preheader)
        # Day 1 tells the reading as well.
        assert lesson.action.minutes <= told <= lesson.action.minutes + 2, f"{lesson.key}: {lesson.preheader}"


@pytest.mark.parametrize("lesson", LESSON_DAYS, ids=lambda lesson: lesson.key)
def test_an_action_has_a_smaller_size(lesson: Lesson) -> None:
    assert lesson.action is not None
    assert lesson.action.text.count("\n\n**Good enough:** ") == 1
    _, _, enough = lesson.action.text.partition("**Good enough:** ")
    assert count(enough) <= 15


def test_each_habit_comes_back_every_seven_days_by_its_name() -> None:
    assert [lesson.day for lesson in REVIEWS] == [7, 14, 21, 28]
    assert [habit for _, _, habit in _LINE.findall(REVIEWS[0].body)] == HABITS
    for review in REVIEWS:
        for (day, _, line), habit in zip(_LINE.findall(review.body), HABITS, strict=True):
            assert re.match(rf"{habit}(?![^\W_])", line), f"day {day} in {review.key}: {line!r} is not {habit!r}"
    by_day = {lesson.day: lesson.body.casefold() for lesson in COURSE.lessons}
    for day in (29, COMPLETION.day):
        assert all(habit.casefold() in by_day[day] for habit in HABITS), f"day {day}"


def test_the_last_review_names_every_day_of_each_habit() -> None:
    for (day, _, line), first in zip(_LINE.findall(REVIEWS[-1].body), range(1, 7), strict=True):
        assert line.endswith(f"(days {first}, {first + 7}, {first + 14}, {first + 21})"), f"day {day}: {line}"


def test_a_review_says_what_the_next_week_is_about() -> None:
    # COURSE.md A1.2: the promises of weeks two, three and four.
    for review, promise in zip(REVIEWS, ("understanding", "giving", "making it your own"), strict=False):
        _, _, choice = review.body.partition("**Keep, shrink or skip.**")
        assert f"Next week is about {promise}" in choice.partition("**Safety")[0], review.key


@pytest.mark.parametrize("day", [1, 2, 5, 8, 9, 12])
def test_a_talk_lasts_as_long_as_she_likes(day: int) -> None:
    action = next(lesson.action for lesson in LESSON_DAYS if lesson.day == day)
    assert action is not None
    assert re.search(r"if she goes on|she (wants longer|likes|leads|chooses to go on)", action.text), action.text
    assert not re.search(r"\b(stop after|at most|up to|no longer than)\b", action.text, re.IGNORECASE)


def test_a_court_order_stands_wherever_distance_does() -> None:
    label = tomllib.loads((LESSONS / FOLDER / "course.toml").read_text(encoding="utf-8"))["words"]["solo"]
    for where, text in [
        ("the label of solo versions", label),
        ("the safety note", COURSE.safety_note),
        *((lesson.key, lesson.body) for lesson in (WELCOME, *REVIEWS, COMPLETION)),
    ]:
        assert "distance" in text.casefold(), where
        assert re.search(r"\b(court|ordered|protective order)\b", text), where


def test_a_review_calls_each_day_by_the_theme_its_mail_had() -> None:
    themes = {lesson.day: lesson.section for lesson in LESSON_DAYS}
    for review in REVIEWS:
        listed = {int(day): theme for day, theme, _ in _LINE.findall(review.body)}
        assert listed == {day: themes[day] for day in range(review.day - 6, review.day)}, review.key


def test_a_theme_is_the_same_with_either_passage() -> None:
    assert len({lesson.section for lesson in LESSON_DAYS}) == len(LESSON_DAYS)
    assert all(lesson.section == lesson.instead_section for lesson in SCRIPTURE_DAYS)


@pytest.mark.parametrize("review", REVIEWS, ids=lambda lesson: lesson.key)
def test_a_review_has_its_parts_in_order(review: Lesson) -> None:
    parts = ["- Day ", "**If you missed days, start here.**", "**Keep, shrink or skip.**", "**Safety"]
    places = [review.body.find(part) for part in parts]
    assert -1 not in places
    assert places == sorted(places)
    assert len(_LINE.findall(review.body)) == 6


@pytest.mark.parametrize("lesson", [WELCOME, REVIEWS[1], REVIEWS[3]], ids=lambda lesson: lesson.key)
def test_safety_is_asked_privately_at_the_start_half_way_and_at_the_end(lesson: Lesson) -> None:
    assert re.search(r"\?.{0,120}(Nobody (records|keeps)|No record is kept)", " ".join(lesson.body.split()))
    assert re.search(r"\b(hurt|afraid)\b.*\?", lesson.body)
    if lesson.kind is LessonKind.RECAP:
        # Under a review stand buttons, and what is tapped on them is recorded.
        assert lesson.body.rstrip().endswith("The buttons below do not answer this question.")
    assert "do not start" in lesson.body or "stop the course" in lesson.body or "let the rest of this" in lesson.body


def test_every_mail_gives_the_numbers_that_have_a_source_and_no_others() -> None:
    for mail in mails(FOLDER, COURSE.language):
        # Behind that stands the postal address, with a number of its own.
        found = set(_TELEPHONE.findall(mail.text.partition("Sent by")[0]))
        assert {"800-799-7233", "88788", "988"} <= found, mail.name
        assert found <= HELPLINES, mail.name


def test_the_date_of_the_numbers_is_shown_to_the_reader() -> None:
    settings = tomllib.loads((LESSONS / FOLDER / "course.toml").read_text(encoding="utf-8"))
    lines = settings["helplines"][settings["helplines_for"]]
    day = lines.get("checked") or lines["written"]
    assert re.search(rf"\b(on|of) {day:%B} {day.day}, {day.year}", COURSE.safety_note)


def test_the_eight_days_of_scripture_can_be_exchanged() -> None:
    assert [lesson.day for lesson in SCRIPTURE_DAYS] == [3, 6, 10, 13, 17, 20, 24, 27]


@pytest.mark.parametrize("phrase", RELIGION, ids=lambda phrase: phrase.pattern)
def test_who_opted_out_reads_no_religion(phrase: Phrase) -> None:
    # The welcome mail explains the choice; days 30 and 31 name a pastor among those one may turn to.
    other = {WELCOME.day, 30, COMPLETION.day}
    for mail in mails(FOLDER, COURSE.language):
        if mail.instead or mail.lesson.day not in {*other, *(lesson.day for lesson in SCRIPTURE_DAYS)}:
            seen = f"{mail.compiled.subject} {mail.compiled.preheader} {mail.text}"
            assert not (found := phrase.found(seen)), f"{mail.name} says {found!r}: {phrase.reason}"


@pytest.mark.parametrize("lesson", SCRIPTURE_DAYS, ids=lambda lesson: lesson.key)
def test_a_verse_is_named_and_never_quoted(lesson: Lesson) -> None:
    assert re.search(r"\((\d )?[A-Z][a-z]+ \d+(:\d+(-\d+)?)?\)", lesson.body), lesson.key
    for quoted in re.findall(r"[\"“](.+?)[\"”]", lesson.body, re.DOTALL):
        assert count(quoted) <= 6, f"{lesson.key} quotes {quoted!r}"
    assert "\n>" not in f"\n{lesson.body}"


def test_the_welcome_mail_tells_the_truth_about_the_course() -> None:
    minutes = [lesson.action.minutes for lesson in LESSON_DAYS if lesson.action]
    assert f"one act of {_COUNTING[min(minutes) - 1]} to {_COUNTING[max(minutes) - 1]} minutes" in WELCOME.body
    assert f"the {_COUNTING[len(SCRIPTURE_DAYS) - 1]} that draw on the Bible" in WELCOME.body
    assert len(re.findall(r"^\d\. ", WELCOME.body, re.MULTILINE)) == 4
    assert "four small choices" in WELCOME.preheader
    assert 250 <= count(WELCOME.body) <= 300


def test_the_links_that_the_texts_name_are_the_links_of_the_mails() -> None:
    found = next(mail.compiled.text for mail in mails(FOLDER, COURSE.language) if mail.lesson.day == 1)
    for name in re.findall(r"(?<!\*)\*([A-Z][^*]+)\*(?!\*)", WELCOME.body):
        assert re.search(rf"^{name}$", found, re.MULTILINE), f"no link of a lesson is called {name!r}"
    for mail in (mails(FOLDER, COURSE.language)[0], mails(FOLDER, COURSE.language)[-1]):
        assert "safety note" in mail.lesson.body
        assert "SAFETY NOTE" in mail.text, f"{mail.name}: no part is called so"
    (named,) = re.findall(r"behind “([^”]+)”", COMPLETION.body)
    assert re.search(rf"^{named}$", mails(FOLDER, COURSE.language)[-1].compiled.text, re.MULTILINE)


def test_the_completion_mail_leaves_her_free_and_him_with_help() -> None:
    body = " ".join(COMPLETION.body.split())
    for said in (
        "She does not owe you an answer to this month",
        "licensed counselor",
        "a pastor you trust",
        "deleted",
        "year",
    ):
        assert said in body
    assert 250 <= count(COMPLETION.body) <= 350
    assert len(re.findall(r"^\d\. ", COMPLETION.body, re.MULTILINE)) == 3
