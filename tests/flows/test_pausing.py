"""A pause that is there already: asked for again, it changes nothing, is noted nowhere, and no second mail goes."""

from __future__ import annotations

from datetime import date

import pytest

from dripcourse.errors import InputError
from dripcourse.flows import pace, reader
from dripcourse.flows.notify import send_notices
from tests.flows.stage import Stage

TENTH, NINTH = date(2026, 3, 10), date(2026, 3, 9)


@pytest.mark.parametrize(
    ("first", "second", "times"),
    [(TENTH, TENTH, 1), (None, None, 1), (TENTH, NINTH, 2), (TENTH, None, 2), (None, TENTH, 2)],
)
def test_the_same_pause_again_changes_nothing(
    stage_on_both: Stage, first: date | None, second: date | None, times: int
) -> None:
    stage = stage_on_both
    anna = stage.enroll("anna")
    once = stage.do(pace.pause, anna, until=first)
    again = stage.do(pace.pause, anna, until=second)
    assert len(stage.happened(anna, "paused")) == times
    assert (again == once) is (times == 1)
    assert stage.again(anna).fence == times


def test_pressed_twice_on_the_page_one_mail_goes(small_sky: Stage) -> None:
    anna = small_sky.enroll("anna")
    desks = [reader.pause(small_sky.engine, anna.public_id, TENTH, small_sky.clock()) for _ in range(2)]
    assert desks[0] == desks[1]
    assert send_notices(small_sky.engine) == 1


def test_a_pause_that_is_over_is_no_answer_to_the_same_date_asked_again(stage: Stage) -> None:
    anna = stage.enroll("anna")
    stage.do(pace.pause, anna, until=date(2026, 3, 4))
    stage.at("2026-03-05 09:00")
    with pytest.raises(InputError, match="must lie ahead"):
        stage.do(pace.pause, anna, until=date(2026, 3, 4))
