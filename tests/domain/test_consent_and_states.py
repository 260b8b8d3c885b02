"""What an event from outside ends, and which states go on."""

from __future__ import annotations

import pytest

from dripcourse.domain.consent import CONSEQUENCES, Inbound, Scope, may_send
from dripcourse.domain.course import Course, Lesson, LessonKind
from dripcourse.domain.states import ENDED, HANDLED, DeliveryState, EnrollmentState


def test_every_event_has_its_consequence() -> None:
    assert set(CONSEQUENCES) == set(Inbound)


@pytest.mark.parametrize("event", [Inbound.LEFT, Inbound.ONE_CLICK])
def test_leaving_ends_one_course_and_leaves_the_address_free_to_come_back(event: Inbound) -> None:
    found = CONSEQUENCES[event]
    assert (found.ends, found.suppress, found.withdraws) == (Scope.COURSE, "", True)


@pytest.mark.parametrize("event", [Inbound.COMPLAINT, Inbound.DECLINED])
def test_a_complaint_or_a_stranger_who_says_so_is_never_written_to_again(event: Inbound) -> None:
    found = CONSEQUENCES[event]
    assert (found.ends, found.withdraws) == (Scope.EVERYTHING, True)
    assert found.suppress


def test_a_dead_address_is_suppressed_but_nobody_took_his_consent_back() -> None:
    found = CONSEQUENCES[Inbound.HARD_BOUNCE]
    assert (found.ends, found.suppress, found.withdraws) == (Scope.EVERYTHING, "hard-bounce", False)


def test_coming_back_ends_nothing() -> None:
    assert CONSEQUENCES[Inbound.RETURNED].ends is Scope.NOTHING


@pytest.mark.parametrize("ended", [True, False])
@pytest.mark.parametrize("suppressed", [True, False])
@pytest.mark.parametrize("confirmed", [True, False])
def test_a_mail_goes_only_to_the_confirmed_who_are_neither_suppressed_nor_done(
    confirmed: bool, suppressed: bool, ended: bool
) -> None:
    why_not = may_send(confirmed=confirmed, suppressed=suppressed, ended=ended)
    assert (why_not == "") == (confirmed and not suppressed and not ended)


def test_suppression_is_the_reason_named_before_all_others() -> None:
    assert may_send(confirmed=False, suppressed=True, ended=True) == "suppressed"


def test_only_the_active_and_the_paused_can_still_get_a_lesson() -> None:
    assert set(EnrollmentState) - ENDED == {EnrollmentState.ACTIVE, EnrollmentState.PAUSED}


def test_a_course_goes_on_after_what_is_settled_and_never_after_what_is_in_doubt() -> None:
    open_states = {DeliveryState.SENDING, DeliveryState.RETRY, DeliveryState.UNKNOWN}
    assert not HANDLED & open_states
    assert {DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.SKIPPED} <= HANDLED


def test_welcome_takes_no_day_and_the_completion_does() -> None:
    kinds = {kind: Lesson(kind.value, kind, 0, "Hello").scheduled for kind in LessonKind}
    assert [kind for kind, scheduled in kinds.items() if not scheduled] == [LessonKind.WELCOME]


def test_a_course_counts_its_days_without_welcome_and_completion() -> None:
    kinds = (LessonKind.WELCOME, LessonKind.LESSON, LessonKind.RECAP, LessonKind.PRACTICE, LessonKind.COMPLETION)
    lessons = tuple(Lesson(kind.value, kind, day, "Hello") for day, kind in enumerate(kinds))
    assert Course("calm", "Calm", "en", lessons).days == 3
