"""How much is too much: the tables, the folding of addresses for counting, and when a form's breaker opens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dripcourse.addresses import parse_address
from dripcourse.domain import breaker, proofs
from dripcourse.domain.breaker import Hour, Usual
from dripcourse.domain.budgets import Load, Sent, folded, mail_waits, next_look, no_mail, used_up, wide
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
    ("load", "proven", "over"),
    [
        (Load(), False, False),
        (Load(network=(59, 199)), False, False),
        (Load(network=(60, 60)), False, True),
        (Load(network=(0, 200)), False, True),
        (Load(network=(60, 200)), True, False),
        (Load(network=(1000, 1000)), True, True),
        (Load(wide=(300, 300)), False, True),
        (Load(form=100_000), False, False),  # a busy form is the breaker's business
    ],
)
def test_a_network_has_so_much_an_hour_and_a_day(load: Load, proven: bool, over: bool) -> None:
    assert used_up(load, proven=proven) is over


@pytest.mark.parametrize(
    ("load", "hour", "domain", "bits"),
    [
        (Load(network=(9, 9)), Hour(came=59), Sent(), 0),
        (Load(network=(10, 10)), Hour(), Sent(), 16),
        (Load(), Hour(came=60), Sent(), 16),
        (Load(), Hour(came=130, ripe=100, confirmed=10), Sent(), 17),
        (Load(), Hour(came=61, ripe=50, confirmed=4), Sent(), 20),  # strangers, it seems
        (Load(), Hour(came=61, ripe=9, confirmed=0), Sent(), 16),  # a launch: few have had time to look into their mail
        (Load(), Hour(), Sent(hour=(200, 0)), 20),  # strangers of one company
        (Load(), Hour(), Sent(hour=(200, 20), day=(600, 59)), 20),
        (Load(), Hour(), Sent(hour=(200, 20), day=(600, 60)), 0),  # a company that learns together
    ],
)
def test_work_is_wanted_where_it_is_busier_than_people_make_it_and_hard_work_where_nobody_confirms(
    load: Load, hour: Hour, domain: Sent, bits: int
) -> None:
    assert proofs.wanted(load, hour, domain) == bits


@pytest.mark.parametrize(
    ("network", "form", "domain", "waits"),
    [
        ((4, 0), (59, 0), (199, 0), False),
        ((5, 0), (5, 0), (5, 0), True),
        ((10, 1), (10, 1), (10, 1), False),  # one of them looked into his mail: ten times as many may go
        ((11, 1), (11, 1), (11, 1), True),
        ((0, 0), (60, 5), (0, 0), True),
        ((0, 0), (60, 6), (0, 0), False),
        ((1, 0), (0, 0), (200, 19), True),
        ((0, 0), (0, 0), (200, 19), False),  # one for each network, or bombing a company would shut its people out
        ((1, 0), (0, 0), (200, 20), False),
    ],
)
def test_a_few_mails_go_before_somebody_confirms_and_then_ten_times_as_many_as_confirm(
    network: tuple[int, int], form: tuple[int, int], domain: tuple[int, int], waits: bool
) -> None:
    assert mail_waits(Sent(network), Sent(form), Sent(domain)) is waits


def test_what_waits_is_looked_at_within_a_minute_and_then_ever_more_seldom() -> None:
    looks, at = 0, NOW
    while at < NOW + DAY:
        at, looks = next_look(NOW, at), looks + 1
    assert next_look(NOW, NOW) == NOW + MINUTE
    assert looks < 40


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
        (Hour(came=120, ripe=60, confirmed=0), QUIET, False),
        (Hour(came=121, ripe=60, confirmed=0), QUIET, True),
        (Hour(came=121, ripe=9, confirmed=0), QUIET, False),  # a launch: few have had time to look into their mail
        (Hour(came=300, ripe=60, confirmed=6), QUIET, False),  # a launch that goes well: others wait for their mail
        (Hour(came=200, ripe=190, confirmed=25), LIVELY, False),  # 20 times its usual hour, and not more
        (Hour(came=200, ripe=190, confirmed=15), LIVELY, True),  # usually half of them confirm
        (Hour(came=120, ripe=60, confirmed=0), LIVELY, False),
        (Hour(came=201, ripe=190, confirmed=18), Usual(10, 0), True),
    ],
)
def test_a_form_is_closed_for_a_while_where_many_come_and_few_confirm(hour: Hour, usual: Usual, opens: bool) -> None:
    assert bool(breaker.alarm(hour, usual)) is opens


def test_the_last_hour_is_measured_against_the_week_before_it_in_which_most_hours_are_quiet() -> None:
    assert breaker.usual_of([(3, 3)] * 167) == Usual(3, 1.0)
    assert breaker.usual_of([(300, 30)] * 60) == Usual(0, 0.1)
    assert breaker.usual_of([]) == Usual(0, 0)


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 500), st.floats(0, 50), st.floats(0, 1))
def test_a_week_that_is_not_looked_at_would_not_have_closed_the_form_either(
    came: int, ripe: int, confirmed: int, hourly: float, share: float
) -> None:
    hour = Hour(came, ripe, confirmed)
    assert breaker.may_be_surge(hour) or not breaker.alarm(hour, Usual(hourly, share))
    assert breaker.suspect(hour) or not breaker.alarm(hour, Usual(hourly, 0))  # hard work first


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
