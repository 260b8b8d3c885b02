"""The shipped texts are our own and each is new: nothing of the customer's article, nothing of another day."""

from __future__ import annotations

import pytest

from tests.courses.articles import CUSTOMER
from tests.lessons.shipped import FOLDERS, LESSONS, edition, editions, everything, prose, runs

_RUN = 8  # words; this many in a row are a borrowed sentence

#: What is said more than once on purpose: a line the reader knows by then.
REFRAINS = (
    "If I say I will, then I add a day and an hour",  # day 11 teaches it, the completion mail lends it
    # Days 29 and 31: who chooses among six and who looks back on six reads their names.
    "five open minutes, the one-day pause, feelings first, a word kept, her world, no strings",
    "The buttons below do not answer this question",  # days 14 and 28, wherever safety is asked above buttons
)


@pytest.mark.skipif(not CUSTOMER.exists(), reason="the customer's article does not lie here")
@pytest.mark.parametrize("folder", FOLDERS)
def test_no_sentence_is_the_customers(folder: str) -> None:
    theirs = runs(CUSTOMER.read_text(encoding="utf-8"), _RUN)
    for path in sorted((LESSONS / folder).rglob("*")):
        if path.is_file():
            assert not (shared := runs(path.read_text(encoding="utf-8"), _RUN) & theirs), f"{path.name}: {shared}"


@pytest.mark.parametrize(("folder", "language"), editions())
def test_no_two_mails_say_the_same(folder: str, language: str) -> None:
    refrains = set[str]().union(*(runs(line, _RUN) for line in REFRAINS))
    first: dict[str, str] = {}
    for lesson in edition(folder, language).lessons:
        mine = set[str]().union(*(runs(text, _RUN) for text in prose(lesson))) - refrains
        for run in mine:
            assert first.setdefault(run, lesson.key) == lesson.key, f"{first[run]} and {lesson.key}: {run!r}"


@pytest.mark.parametrize("line", REFRAINS)
def test_a_refrain_in_the_list_is_still_sung(line: str) -> None:
    sung = [
        lesson.key
        for folder, language in editions()
        for lesson in edition(folder, language).lessons
        if runs(line, _RUN) <= runs(everything(lesson), _RUN)
    ]
    assert len(sung) > 1


@pytest.mark.parametrize(("folder", "language"), editions())
def test_the_other_passage_of_a_day_is_another_one(folder: str, language: str) -> None:
    for lesson in edition(folder, language).lessons:
        if lesson.instead:
            own, other = runs(lesson.body, 4), runs(lesson.instead, 4)
            # The way into the action may be the same.
            assert 3 * len(own & other) < len(other), f"{lesson.key}: {len(own & other)} of {len(other)}"
