"""The guard on every way in: who is let in, who is asked to prove something, who is turned away."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from dripcourse.domain import proofs
from dripcourse.domain.budgets import OF_NETWORK, OF_PROGRAM, REFUSALS_AN_HOUR, SOFT_NETWORK, TO_DOMAIN, Outcome
from dripcourse.domain.seals import Seals
from dripcourse.errors import InputError
from dripcourse.flows import gate, prune, tickets
from dripcourse.flows.gate import Answer, Knock
from dripcourse.storage import attempts, courses, events, forms, spent
from dripcourse.storage.attempts import Marks
from dripcourse.storage.forms import Form
from dripcourse.storage.tables import attempt
from tests.flows.stage import DAY, HOUR, MINUTE, Stage
from tests.flows.test_signing_up import statements

SECOND = timedelta(seconds=1)
HERE = "203.0.113.0/24"


def form_of(stage: Stage, slug: str = "start") -> Form:
    """That form as it stands now; made where there is none."""
    with stage.db.writing() as tx:
        if slug not in [one.slug for one in forms.every(tx)]:
            course = courses.find(tx, "steady").id
            forms.add(tx, slug=slug, title="Steady", wording="Yes.", course_id=course, at=stage.clock.now)
        return forms.find(tx, slug)


def knock(stage: Stage, address: str = "anne@example.net", *, slug: str = "start", **other: object) -> Knock:
    """A person who has filled the form in for a minute."""
    ticket = gate.ticket(stage.engine, form_of(stage, slug), stage.clock.now - MINUTE)
    return replace(Knock("page", address, HERE, ticket=ticket), **other)  # type: ignore[arg-type]


def asked(stage: Stage, one: Knock, slug: str = "start") -> Answer:
    """What the gate says now."""
    return gate.let_in(stage.engine, form_of(stage, slug), one, stage.clock.now)


def passed(stage: Stage, number: int, *, outcome: Outcome = Outcome.MAILED, ago: timedelta = MINUTE, **by: str) -> None:
    """So many people were let in before, each from a network of his own, or all of them `by` that network, domain …"""
    seals, at = Seals(stage.engine.links.keys), stage.clock.now - ago
    marks = {name: seals.mark("network" if name == "wide" else name, text) for name, text in by.items()}
    row = {"form_id": form_of(stage).id, "at": at, "path": "page", "outcome": outcome.value, "wide": "", "domain": ""}
    with stage.db.writing() as tx:
        own = [{"address": f"a{n}", "network": f"n{n}"} for n in range(number)]
        tx.execute(attempt.insert(), [row | each | marks for each in own])


def outcomes(stage: Stage) -> Counter[str]:
    """How many attempts got how far."""
    with stage.db.reading() as tx:
        return Counter(tx.exec_driver_sql("SELECT outcome FROM attempt").scalars())


def why_no_mail(stage: Stage, address: str) -> str:
    """What the gate says to a mail for a sign-up of that address; counted where it says nothing against it."""
    form = form_of(stage)
    return stage.db.write(lambda tx: gate.may_mail(tx, stage.engine, address, stage.clock.now, form.id))


@pytest.mark.parametrize(
    ("shown", "answer"),
    [
        (2 * SECOND, Answer.AGAIN),
        (4 * SECOND, Answer.COME_IN),
        (23 * HOUR, Answer.COME_IN),
        (25 * HOUR, Answer.AGAIN),
        (-HOUR, Answer.AGAIN),
    ],
)
def test_a_form_is_filled_in_for_three_seconds_at_least_and_a_day_at_most(
    stage: Stage, shown: timedelta, answer: Answer
) -> None:
    ticket = gate.ticket(stage.engine, form_of(stage), stage.clock.now - shown)
    assert asked(stage, knock(stage, ticket=ticket)) is answer


def test_a_ticket_is_for_one_form_and_opens_no_other(stage: Stage) -> None:
    other = knock(stage, slug="other").ticket
    for given in (other, "", "x", other + "0", f"1.{form_of(stage).id}.{'0' * 32}", "1.1.\ud800"):
        assert asked(stage, knock(stage, ticket=given)) is Answer.AGAIN
    assert outcomes(stage) == {"again": 6}


def test_what_fills_the_hidden_field_is_counted_and_of_whom_is_not_kept(stage: Stage) -> None:
    assert asked(stage, knock(stage, trap="https://buy.example")) is Answer.TRAPPED
    with stage.db.reading() as tx:
        (row,) = tx.exec_driver_sql("SELECT address, wide, domain, path, outcome FROM attempt")
    assert tuple(row) == ("", "", "", "page", "trapped")


def test_the_trap_cannot_be_told_by_who_is_refused_nor_by_when(stage: Stage) -> None:
    """Whatever refuses an honest sign-up refuses what filled the hidden field, and both use up the same budget."""
    for _ in range(SOFT_NETWORK - 1):
        assert asked(stage, knock(stage, trap="x")) is Answer.TRAPPED
    assert asked(stage, knock(stage)) is Answer.COME_IN
    for trap in ("x", ""):
        assert asked(stage, knock(stage, trap=trap)) is Answer.PROVE
        assert asked(stage, knock(stage, trap=trap, ticket="")) is Answer.AGAIN
        with pytest.raises(InputError):
            asked(stage, knock(stage, "anne", trap=trap))
    form = form_of(stage)
    with stage.db.writing() as tx:
        forms.hold(tx, form.id, stage.clock.now + HOUR)
    assert asked(stage, knock(stage, trap="x")) is Answer.HELD


def test_what_is_no_address_is_said_to_be_none_and_not_counted(stage: Stage) -> None:
    with pytest.raises(InputError, match="is not an e-mail address"):
        asked(stage, knock(stage, "anne"))
    assert outcomes(stage) == {}


def test_who_comes_in_is_kept_as_hashes_only(stage: Stage) -> None:
    assert asked(stage, knock(stage, "Anne+x@example.net", network="2001:db8:1:2::/64")) is Answer.COME_IN
    with stage.db.reading() as tx:
        (row,) = tx.exec_driver_sql("SELECT address, network, wide, domain FROM attempt")
    assert all(re.fullmatch("[0-9a-f]{32}", mark) for mark in row)
    assert len(set(row)) == 4


FULL: list[tuple[str, Callable[[Stage], None], Answer]] = [
    ("a network in an hour", lambda stage: passed(stage, OF_NETWORK.hour, network=HERE), Answer.BUSY),
    ("a network in a day", lambda stage: passed(stage, OF_NETWORK.day, ago=5 * HOUR, network=HERE), Answer.BUSY),
    ("a domain in an hour", lambda stage: passed(stage, TO_DOMAIN.hour, domain="example.net"), Answer.PROVE),
    ("a domain in a day", lambda stage: passed(stage, TO_DOMAIN.day, ago=5 * HOUR, domain="example.net"), Answer.PROVE),
    ("a mailbox provider", lambda stage: passed(stage, TO_DOMAIN.day, ago=5 * HOUR, domain="web.de"), Answer.COME_IN),
    (
        "one address at a domain, over and over",
        lambda stage: passed(stage, TO_DOMAIN.day, outcome=Outcome.CAME, ago=5 * HOUR, domain="example.net"),
        Answer.COME_IN,
    ),
    ("a network, softly", lambda stage: passed(stage, SOFT_NETWORK, network=HERE), Answer.PROVE),
    ("yesterday's network", lambda stage: passed(stage, OF_NETWORK.day, ago=DAY, network=HERE), Answer.COME_IN),
    ("another network", lambda stage: passed(stage, 40, network="198.51.100.0/24"), Answer.COME_IN),
]


@pytest.mark.parametrize(("what", "fill", "answer"), FULL, ids=[what for what, *_ in FULL])
@pytest.mark.parametrize("path", ["page", "script"])
def test_what_a_network_or_a_domain_has_used_up_is_used_up_on_every_path(
    stage: Stage, what: str, fill: Callable[[Stage], None], answer: Answer, path: str
) -> None:
    fill(stage)
    address = "anne@web.de" if what == "a mailbox provider" else "anne@example.net"
    assert asked(stage, knock(stage, address, path=path)) is answer


def test_a_domain_that_is_bombed_costs_its_own_people_hard_work_and_shuts_nobody_out(stage: Stage) -> None:
    passed(stage, TO_DOMAIN.day, ago=5 * HOUR, domain="example.net")
    work = {
        who: gate.challenge(stage.engine, form_of(stage), stage.clock.now, who)["bits"]
        for who in ("a@example.net", "a@b.net")
    }
    assert work == {"a@example.net": 20, "a@b.net": 16}
    assert asked(stage, knock(stage, proof=proof(stage, bits=16))) is Answer.PROVE  # too easy
    assert asked(stage, Knock("api", "anne@example.net", HERE, proven=True)) is Answer.COME_IN


@pytest.mark.parametrize("path", ["api", "intake"])
def test_a_program_with_a_token_needs_no_ticket_and_has_budgets_too(stage: Stage, path: str) -> None:
    program = Knock(path, "anne@example.net", HERE, proven=True)
    passed(stage, OF_NETWORK.hour, network=HERE)
    assert asked(stage, program) is Answer.COME_IN
    assert asked(stage, replace(program, trap="x")) is Answer.TRAPPED
    passed(stage, OF_PROGRAM.hour, outcome=Outcome.CONFIRMED, network=HERE)
    assert asked(stage, program) is Answer.BUSY


def test_a_key_that_is_new_opens_no_budget_anew(stage: Stage) -> None:
    passed(stage, OF_NETWORK.hour, network=HERE)
    keys = (*stage.engine.links.keys, "a key that has just come to it")
    turned = stage.with_engine(links=replace(stage.engine.links, keys=keys))
    assert asked(turned, knock(turned)) is Answer.BUSY


def test_of_a_slash_48_all_networks_count_together(stage: Stage) -> None:
    seals, form = Seals(stage.engine.links.keys), form_of(stage)
    with stage.db.writing() as tx:
        around = Marks(wide=seals.marks("network", "2001:db8:1::/48"))
        for _ in range(300):
            attempts.record(tx, form.id, "page", Outcome.CONFIRMED, stage.clock.now, around)
    assert asked(stage, knock(stage, network="2001:db8:1:99::/64")) is Answer.BUSY
    assert asked(stage, knock(stage, network="2001:db8:2:99::/64", proven=True)) is Answer.COME_IN


def proof(stage: Stage, *, slug: str = "start", bits: int = 4, ago: timedelta = SECOND) -> str:
    """Work done for that form."""
    made = tickets.challenge(Seals(stage.engine.links.keys), form_of(stage, slug).id, bits, stage.clock.now - ago)
    return proofs.solve(made.text, made.bits)


def test_work_done_is_good_once(stage: Stage) -> None:
    passed(stage, SOFT_NETWORK, network=HERE)
    done = knock(stage, proof=proof(stage))
    assert [asked(stage, done), asked(stage, done)] == [Answer.COME_IN, Answer.PROVE]
    again = replace(done, proof=done.proof.replace(":", ":0"))  # the same work, spelt otherwise
    assert asked(stage, again) is Answer.PROVE


def test_work_that_is_wrong_late_made_up_or_for_another_form_is_not_taken(stage: Stage) -> None:
    passed(stage, SOFT_NETWORK, network=HERE)
    until, form, bits, rest = proof(stage).split(".", 3)
    hard = tickets.challenge(Seals(stage.engine.links.keys), form_of(stage).id, 20, stage.clock.now)
    idle = next(n for n in range(100) if not proofs.proves(f"{hard.text}:{n}", 20))
    refused = {
        "none": "",
        "wrong": f"{hard.text}:{idle}",
        "late": proof(stage, ago=11 * MINUTE),
        "other form": proof(stage, slug="other"),
        "easier than asked": ".".join((until, form, "0", rest)),
        "longer than given": ".".join((str(int(until) + 999), form, bits, rest)),
        "made up": proofs.solve(f"{until}.{form}.1.00.{'0' * 32}", 1),
        "a ticket": knock(stage).ticket + ":1",
        "no number": hard.text + ":x",
    }
    assert {why: asked(stage, knock(stage, proof=given)) for why, given in refused.items()} == dict.fromkeys(
        refused, Answer.PROVE
    )
    assert asked(stage, knock(stage, proof=proof(stage, ago=9 * MINUTE))) is Answer.COME_IN


def test_at_normal_load_work_that_was_done_all_the_same_is_not_used_up(stage: Stage) -> None:
    done = knock(stage, proof=proof(stage))
    assert asked(stage, done) is Answer.COME_IN
    passed(stage, SOFT_NETWORK, network=HERE)
    assert asked(stage, done) is Answer.COME_IN


def test_the_last_unit_is_passed_by_no_more_than_ask_at_the_same_moment(stage_on_both: Stage) -> None:
    stage, program = stage_on_both, Knock("api", "anne@example.net", HERE, proven=True)
    passed(stage, OF_PROGRAM.hour - 1, outcome=Outcome.CONFIRMED, network=HERE)
    form = form_of(stage)
    with ThreadPoolExecutor(8) as many:
        answers = list(many.map(lambda _: gate.let_in(stage.engine, form, program, stage.clock.now), range(24)))
    assert 1 <= answers.count(Answer.COME_IN) <= 8
    assert set(answers) == {Answer.COME_IN, Answer.BUSY}


def test_one_address_gets_one_mail_whoever_asks_and_however_it_is_spelt(stage_on_both: Stage) -> None:
    stage = stage_on_both
    spelt = [f"{'.'.join('anne'[:n])}{'anne'[n:]}+{n}@{'gmail' if n % 2 else 'googlemail'}.com" for n in range(1, 5)]
    form_of(stage)
    with ThreadPoolExecutor(8) as many:
        whys = list(many.map(lambda n: why_no_mail(stage, spelt[n % 4]), range(40)))
    assert Counter(whys) == {"": 1, "the budget of 1 in 1 day is used up": 39}


def test_sign_ups_for_one_address_by_the_hundred_are_one_mail_a_day_and_three_a_month(stage: Stage) -> None:
    form, mails = form_of(stage), []
    with stage.db.writing() as tx:
        for _ in range(250):
            stage.clock.now += 3 * HOUR
            mails.append(not gate.may_mail(tx, stage.engine, "anne@example.net", stage.clock.now, form.id))
    assert sum(mails[:8]) == 1
    assert sum(mails[: 30 * 8]) == 3


def test_how_far_a_sign_up_got_stands_in_its_own_row(stage: Stage) -> None:
    form = form_of(stage)
    for name in ("anne", "bert", "carla"):
        assert asked(stage, knock(stage, f"{name}@example.net")) is Answer.COME_IN
    assert [why_no_mail(stage, f"{name}@example.net") for name in ("anne", "bert")] == ["", ""]
    with stage.db.writing() as tx:
        gate.confirmed(tx, stage.engine, "anne@example.net", form.id)
        gate.declined(tx, stage.engine, "bert@example.net", stage.clock.now)
    assert outcomes(stage) == {"confirmed": 1, "declined": 1, "came": 1}


def test_not_me_holds_for_every_spelling_and_for_ever(stage: Stage) -> None:
    form_of(stage)
    with stage.db.writing() as tx:
        for _ in range(3):  # pressed again and again
            gate.declined(tx, stage.engine, "an.ne@gmail.com", stage.clock.now)
    assert outcomes(stage) == {"declined": 1}
    stage.clock.now += 400 * DAY
    prune.prune_some(stage.db, None, stage.clock.now)
    with stage.db.reading() as tx:
        assert attempts.aged(tx, stage.clock.now, 10) == []
    assert why_no_mail(stage, "anne+again@googlemail.com") == "its owner has said that it was not he"


def waits(stage: Stage, address: str = "anne@example.org", network: str = "198.51.100.0/24") -> timedelta | None:
    """How long a sign-up that comes now would wait for its mail."""
    form, now = form_of(stage), stage.clock.now
    with stage.db.reading() as tx:
        until = gate.wait(tx, stage.engine, form.id, address, network, now, now)
    return None if until is None else until - now


def program(stage: Stage) -> Answer:
    """What is said to a program, which needs no work."""
    return asked(stage, Knock("api", "anne@example.net", HERE, proven=True))


def test_strangers_signed_up_by_the_hundred_close_that_form_and_it_opens_again(stage: Stage) -> None:
    passed(stage, 121, ago=10 * MINUTE)
    assert asked(stage, knock(stage)) is Answer.PROVE  # nothing is closed, or even looked at, before work is done
    assert gate.challenge(stage.engine, form_of(stage), stage.clock.now)["bits"] == 20
    assert form_of(stage).held_until is None
    assert program(stage) is Answer.HELD
    assert asked(stage, knock(stage)) is Answer.HELD
    assert waits(stage) == 30 * MINUTE
    assert asked(stage, knock(stage, slug="other"), "other") is Answer.COME_IN
    stage.clock.now += 29 * MINUTE
    assert asked(stage, knock(stage)) is Answer.HELD
    stage.clock.now += MINUTE
    assert asked(stage, knock(stage)) is Answer.COME_IN
    assert outcomes(stage)["held"] == 3


@pytest.mark.parametrize(
    "by",
    [{"network": HERE}, {"wide": "2001:db8:1::/48"}, {"address": "me@example.net", "wide": "2001:db8:1::/48"}],
    ids=["one network", "one /48", "one address of one /48"],
)
def test_who_has_one_network_closes_no_form_and_makes_nobody_else_work(
    stage_on_both: Stage, by: dict[str, str]
) -> None:
    stage = stage_on_both
    passed(stage, 300, ago=10 * MINUTE, **by)
    assert program(stage) is Answer.COME_IN
    assert asked(stage, knock(stage, network="198.51.100.0/24")) is Answer.COME_IN
    assert waits(stage) is not None  # 300 mails went, and nobody has confirmed


def test_who_has_few_networks_closes_no_form(stage_on_both: Stage) -> None:
    stage = stage_on_both
    for number in range(24):
        passed(stage, 50, ago=10 * MINUTE, network=f"10.0.{number}.0/24")
    assert program(stage) is Answer.COME_IN
    passed(stage, 50, ago=10 * MINUTE, network="10.0.24.0/24")
    assert program(stage) is Answer.HELD


def test_a_sign_up_that_is_refused_costs_the_same_whatever_the_week_was(stage_on_both: Stage) -> None:
    stage = stage_on_both
    passed(stage, 150, ago=10 * MINUTE)
    said: list[list[str]] = []
    idle, form = knock(stage), form_of(stage)
    for _ in range(2):
        with statements(stage) as texts:
            assert gate.let_in(stage.engine, form, idle, stage.clock.now) is Answer.PROVE
        said.append(texts)
        passed(stage, 500, ago=3 * DAY)
    assert said[0] == said[1]
    assert len(said[0]) <= 6 + stage.db.is_sqlite
    with statements(stage) as texts:
        assert program(stage) is Answer.HELD
    assert len(texts) > len(said[0])  # only this one looks at the week


@pytest.mark.parametrize(
    ("number", "by", "network", "address", "waiting"),
    [
        (4, {"network": HERE}, HERE, "anne@example.org", False),
        (5, {"network": HERE}, HERE, "anne@example.org", True),
        (5, {"wide": "2001:db8:1::/48"}, "2001:db8:1:7::/64", "anne@example.org", True),
        (5, {"network": HERE}, "198.51.100.0/24", "anne@example.org", False),
        (59, {}, HERE, "anne@example.org", False),
        (60, {}, HERE, "anne@example.org", True),
    ],
)
def test_a_few_mails_go_for_one_network_and_through_one_form_before_somebody_confirms(
    stage_on_both: Stage, number: int, by: dict[str, str], network: str, address: str, waiting: bool
) -> None:
    stage = stage_on_both
    passed(stage, number, **by)
    assert (waits(stage, address, network) == MINUTE) is waiting
    passed(stage, 10, outcome=Outcome.CONFIRMED, **by)
    assert waits(stage, address, network) is None


def test_to_a_domain_that_is_bombed_goes_one_mail_for_each_network(stage_on_both: Stage) -> None:
    stage = stage_on_both
    passed(stage, TO_DOMAIN.day, ago=5 * HOUR, domain="example.net")
    passed(stage, 1, network=HERE)
    assert [waits(stage, f"anne@{domain}", HERE) for domain in ("example.net", "example.org")] == [MINUTE, None]
    assert waits(stage, "anne@example.net", "198.51.100.0/24") is None


def test_an_attack_that_goes_on_finds_the_form_closed_twice_as_long(stage: Stage) -> None:
    passed(stage, 121, ago=10 * MINUTE)
    program(stage)
    stage.clock.now += HOUR
    passed(stage, 121, ago=10 * MINUTE)
    assert program(stage) is Answer.HELD
    with stage.db.reading() as tx:
        held = events.of_kind(tx, "form-held")
    until = form_of(stage).held_until
    assert until is not None
    assert until - stage.clock.now == HOUR
    assert [(one.data or {})["why"] for one in held] == [
        "121 people within an hour, 0 of them confirmed; usual are 0"
    ] * 2


def test_a_launch_whose_people_confirm_stays_open(stage: Stage) -> None:
    passed(stage, 200, ago=10 * MINUTE)
    passed(stage, 30, outcome=Outcome.CONFIRMED, ago=10 * MINUTE)
    assert asked(stage, knock(stage, proof=proof(stage))) is Answer.COME_IN
    assert waits(stage) is None


def test_a_form_that_half_of_all_confirm_is_closed_where_hardly_one_in_ten_does(stage_on_both: Stage) -> None:
    stage = stage_on_both
    for hours in range(2, 100):
        passed(stage, 5, ago=hours * HOUR)
        passed(stage, 5, outcome=Outcome.CONFIRMED, ago=hours * HOUR)
    passed(stage, 180, ago=10 * MINUTE)
    passed(stage, 17, outcome=Outcome.CONFIRMED, ago=10 * MINUTE)
    assert program(stage) is Answer.HELD


def test_a_flood_of_refusals_fills_no_disk(stage: Stage) -> None:
    passed(stage, REFUSALS_AN_HOUR, outcome=Outcome.AGAIN)
    assert asked(stage, knock(stage, ticket="")) is Answer.AGAIN
    assert outcomes(stage) == {"again": REFUSALS_AN_HOUR}
    stage.clock.now += HOUR
    assert asked(stage, knock(stage, ticket="")) is Answer.AGAIN
    assert outcomes(stage)["again"] == REFUSALS_AN_HOUR + 1


def test_attempts_are_forgotten_after_a_month_and_work_when_it_has_lapsed(stage: Stage) -> None:
    passed(stage, SOFT_NETWORK, ago=30 * DAY - MINUTE, network=HERE)
    passed(stage, SOFT_NETWORK, network=HERE)
    assert asked(stage, knock(stage, proof=proof(stage))) is Answer.COME_IN
    for later, rows, work in ((SECOND, 21, 1), (11 * MINUTE, 11, 0), (30 * DAY, 0, 0)):
        stage.clock.now += later
        prune.prune_some(stage.db, None, stage.clock.now)
        with stage.db.reading() as tx:
            assert len(attempts.aged(tx, stage.clock.now + DAY, 100)) == rows
            assert len(spent.lapsed(tx, stage.clock.now + DAY, 100)) == work
