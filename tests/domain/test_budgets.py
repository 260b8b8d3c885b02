"""How much is too much: the tables, the folding of addresses for counting, and when a form's breaker opens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dripcourse.addresses import parse_address
from dripcourse.domain import breaker, proofs
from dripcourse.domain.breaker import Hour, Usual
from dripcourse.domain.budgets import Load, Outcome, folded, no_mail, proof_wanted, used_up, wide
from dripcourse.domain.seals import Seals

NOW = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
KEYS = ("the first key of this place", "the second key of this place")


@pytest.mark.parametrize(
    ("address", "counted_as"),
    [
        ("Anne@Example.net", "anne@example.net"),
        ("anne+drip@example.net", "anne@example.net"),
        ("anne+a+b@example.net", "anne@example.net"),
        ("an.ne@example.net", "an.ne@example.net"),
        ("A.n.n.e+x@Gmail.com", "anne@gmail.com"),
        ("anne@googlemail.com", "anne@gmail.com"),
        ("+x@example.net", "+x@example.net"),
        ("anne@münchen.de", "anne@xn--mnchen-3ya.de"),
    ],
)
def test_an_address_is_folded_for_counting_and_for_nothing_else(address: str, counted_as: str) -> None:
    assert folded(parse_address(address).key) == counted_as


@given(st.from_regex(r"[a-z.+]{1,20}@(gmail\.com|example\.net)", fullmatch=True))
def test_what_is_folded_folds_no_further_while_it_has_a_name(address: str) -> None:
    once = folded(address)
    assert once.rpartition("@")[0]
    assert folded(once) == once or address.startswith((".", "+"))


@pytest.mark.parametrize(
    ("ago", "declined", "why"),
    [
        ([], False, ""),
        ([DAY], False, ""),
        ([DAY - MINUTE], False, "the budget of 1 in 1 day is used up"),
        ([2 * DAY, 9 * DAY], False, ""),
        ([2 * DAY, 9 * DAY, 30 * DAY - MINUTE], False, "the budget of 3 in 30 days is used up"),
        ([2 * DAY, 9 * DAY, 30 * DAY], False, ""),
        ([], True, "its owner has said that it was not he"),
    ],
)
def test_one_mail_a_day_three_a_month_and_none_after_not_me(ago: list[timedelta], declined: bool, why: str) -> None:
    assert no_mail([NOW - each for each in ago], NOW, declined=declined) == why


@pytest.mark.parametrize(
    ("load", "proven", "which"),
    [
        (Load(), False, ""),
        (Load(network=(59, 199)), False, ""),
        (Load(network=(60, 60)), False, "network"),
        (Load(network=(0, 200)), False, "network"),
        (Load(network=(60, 200)), True, ""),
        (Load(network=(1000, 1000)), True, "network"),
        (Load(wide=(300, 300)), False, "network"),
        (Load(domain=(199, 599)), False, ""),
        (Load(domain=(200, 200)), True, "domain"),
        (Load(domain=(0, 600)), False, "domain"),
        (Load(form=100_000), False, ""),  # a busy form is the breaker's business
    ],
)
def test_a_network_and_a_domain_have_so_much_an_hour_and_a_day(load: Load, proven: bool, which: str) -> None:
    assert used_up(load, proven=proven) == which


def test_work_is_wanted_where_it_is_busier_than_people_make_it() -> None:
    assert [proof_wanted(Load(network=(n, n))) for n in (9, 10)] == [False, True]
    assert [proof_wanted(Load(form=n)) for n in (59, 60)] == [False, True]


@pytest.mark.parametrize(
    ("network", "around"),
    [("2001:db8:1:2::/64", "2001:db8:1::/48"), ("203.0.113.0/24", ""), ("", ""), ("nonsense", "")],
)
def test_a_slash_48_is_around_a_slash_64(network: str, around: str) -> None:
    assert wide(network) == around


QUIET, LIVELY = Usual(0, 0), Usual(10, 0.5)


@pytest.mark.parametrize(
    ("hour", "usual", "opens"),
    [
        (Hour(came=60, ripe=60, confirmed=0), QUIET, False),
        (Hour(came=61, ripe=60, confirmed=0), QUIET, True),
        (Hour(came=61, ripe=0, confirmed=0), QUIET, False),  # a launch: nobody has had time to look into his mail
        (Hour(came=300, ripe=200, confirmed=60), QUIET, False),  # a launch that goes well
        (Hour(came=301, ripe=0, confirmed=0), QUIET, True),  # no launch is as quick as that
        (Hour(came=200, ripe=190, confirmed=25), LIVELY, False),  # 20 times its usual hour, and not more
        (Hour(came=200, ripe=190, confirmed=15), LIVELY, True),  # usually half of them confirm
        (Hour(came=60, ripe=60, confirmed=0), LIVELY, False),
        (Hour(came=201, ripe=190, confirmed=18), Usual(10, 0), True),
    ],
)
def test_a_form_is_closed_for_a_while_where_many_come_and_few_confirm(hour: Hour, usual: Usual, opens: bool) -> None:
    assert bool(breaker.alarm(hour, usual)) is opens


def test_the_last_hour_is_measured_against_the_week_before_it() -> None:
    week = [(NOW - HOUR * hour - MINUTE, Outcome.CONFIRMED) for hour in range(1, 168) for _ in range(3)]
    recent = [(NOW - 30 * MINUTE, Outcome.MAILED)] * 2 + [(NOW - MINUTE, Outcome.CONFIRMED)]
    assert breaker.usual_of(week + recent, NOW) == Usual(3, 1.0)
    assert breaker.hour_of(week + recent, NOW, NOW - DAY) == Hour(came=3, ripe=2, confirmed=1)
    assert breaker.hour_of(week + recent, NOW, NOW - 10 * MINUTE) == Hour(came=1, ripe=0, confirmed=1)
    assert breaker.usual_of([], NOW) == Usual(0, 0)


def test_a_hold_lasts_twice_as_long_as_the_one_before_and_eight_hours_at_most() -> None:
    assert [breaker.hold_for(before) / HOUR for before in (0, 1, 2, 3, 4, 5, 500)] == [0.5, 1, 2, 4, 8, 8, 8]


@given(st.integers(0, 2000))
def test_work_gets_harder_with_the_load_and_stays_bearable(sign_ups: int) -> None:
    assert 16 <= proofs.bits_for(sign_ups) <= proofs.bits_for(sign_ups + 1) <= 20


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_seal_opens_for_its_own_use_and_text_only(text: str, other: str) -> None:
    old, new = Seals(KEYS[:1]), Seals(KEYS)
    for sealed in (old.seal("ticket", text), new.seal("ticket", text)):
        assert new.opened("ticket", sealed) == text
        assert new.opened("proof", sealed) == ""
        assert Seals(("a key of somebody else",)).opened("ticket", sealed) == ""
        if other != text:
            assert new.opened("ticket", other + sealed[len(text) :]) == ""


def test_marks_are_known_again_after_a_rotation_and_tell_nothing() -> None:
    before, after = Seals(KEYS[:1]).mark("network", "203.0.113.0/24"), Seals(KEYS)
    assert before in after.marks("network", "203.0.113.0/24")
    assert after.mark("network", "203.0.113.0/24") != before
    assert len({after.mark(what, "x") for what in ("network", "domain", "address")}) == 3
    assert after.marks("network", "") == ("", "")
    assert len(before) == 32
