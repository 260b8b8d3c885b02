"""What a server's refusal means and what follows: replies as real servers give them, with invented names."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dripcourse.domain.retry import BACKOFF, Follow, ReplyClass, Verdict, after_attempt, backoff, classify

HARD, MAILBOX, TRANSPORT = ReplyClass.HARD, ReplyClass.MAILBOX, ReplyClass.TRANSPORT
GREYLIST, POLICY = ReplyClass.GREYLIST, ReplyClass.POLICY
CONTENT, UNKNOWN = ReplyClass.CONTENT, ReplyClass.UNKNOWN
FIRST = datetime(2026, 6, 15, 6, 0, tzinfo=UTC)

REPLIES = [
    # the address does not exist
    (550, "5.1.1 <anna@example.org>: Recipient address rejected: User unknown in local recipient table", HARD),
    (550, "5.1.1 The email account that you tried to reach does not exist. Check it for typos.", HARD),
    (550, "5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup", HARD),
    (556, "5.1.10 Recipient address has null MX", HARD),
    (550, "5.1.2 Bad destination system address", HARD),
    (553, "5.1.3 The recipient address is not a valid RFC 5321 address", HARD),
    (551, "5.1.6 Mailbox has moved, no forwarding address", HARD),
    (550, "No such user here", HARD),
    (550, "Unknown user: anna", HARD),
    (554, "5.4.4 Host or domain name not found", HARD),
    (511, "sorry, no mailbox here by that name (#5.1.1)", HARD),
    (550, "5.1.1 <spam@example.org>: user unknown", HARD),  # what the mailbox is called says nothing
    (550, "5.1.1 <ptrautmann@blocklist.example>: no such mailbox", HARD),
    (550, "5.1.1 unknown recipient; id scriptr7", HARD),
    # full, suspended, inactive
    (452, "4.2.2 The recipient's inbox is out of storage space", MAILBOX),
    (552, "5.2.2 Mailbox size limit exceeded", MAILBOX),
    (552, "Requested mail action aborted: exceeded storage allocation", MAILBOX),
    (452, "Over quota", MAILBOX),
    (550, "5.2.1 The email account that you tried to reach is disabled", MAILBOX),
    (450, "4.2.1 This user is receiving mail too quickly", MAILBOX),
    (554, "5.1.1 mailbox is full", MAILBOX),  # the text overrules the code
    (550, "5.1.1 account suspended", MAILBOX),
    (550, "5.5.0 This mailbox is inactive", MAILBOX),
    (452, "4.2.2 Mailbox full, please try again later", MAILBOX),
    # the network, the machine, the moment
    (421, "4.3.2 Service shutting down", TRANSPORT),
    (421, "mx.example.org closing connection", TRANSPORT),
    (421, "", TRANSPORT),
    (451, "4.3.0 Temporary system problem", TRANSPORT),
    (452, "4.3.1 Insufficient system storage", TRANSPORT),
    (450, "4.4.1 Connection timed out", TRANSPORT),
    (451, "4.4.3 Temporary name server failure", TRANSPORT),
    (450, "4.1.1 <anna@example.org>: User unknown", TRANSPORT),  # only "for now": never held against her
    (450, "4.1.2 Recipient address rejected: Domain not found", TRANSPORT),
    (452, "4.5.3 Too many recipients", TRANSPORT),
    (554, "5.4.7 Delivery time expired", TRANSPORT),
    (-1, "Connection unexpectedly closed", TRANSPORT),
    (-1, "5.1.1 user unknown", TRANSPORT),  # no code that came over the wire, no conclusion
    (0, "HTTP/1.1 400 Bad Request", TRANSPORT),
    (250, "what?", TRANSPORT),
    (354, "go ahead", TRANSPORT),
    (999, "5.1.1 no such user", TRANSPORT),
    # come again
    (450, "4.2.0 <anna@example.org>: Recipient address rejected: Greylisted for 5 minutes", GREYLIST),
    (451, "4.7.1 Greylisting in action, please come back later", GREYLIST),
    (451, "4.7.1 Please try again later", GREYLIST),
    (450, "4.2.0 Mailbox busy", GREYLIST),
    (451, "Gray-listing does not apply here; graylisted, try later", GREYLIST),
    # they refuse us
    (550, "5.7.1 Message rejected due to content restrictions", POLICY),
    (550, "5.7.26 This mail is unauthenticated: DMARC policy of example.com", POLICY),
    (550, "5.7.25 The sending IP has no PTR record", POLICY),
    (550, "5.7.515 Access denied, sending domain does not meet the required authentication level", POLICY),
    (554, "5.7.1 Service unavailable; Client host [192.0.2.7] blocked using a block list", POLICY),
    (554, "Your access to this mail system has been rejected due to the sending MTA's poor reputation", POLICY),
    (550, "5.1.1 Your message looks like spam", POLICY),
    (450, "4.7.1 Client host rejected: cannot find your reverse hostname", POLICY),
    (421, "4.7.28 An unusual rate of mail comes from your IP address", POLICY),
    (421, "4.7.0 Messages from 192.0.2.7 temporarily deferred due to user complaints", POLICY),
    (421, "Too many connections from your host", POLICY),
    (550, "rate limit reached for your host", POLICY),
    (550, "5.1.8 Sender address rejected: Domain does not exist", POLICY),  # *our* domain
    (553, "5.1.8 Domain of sender address bounces@example.com does not exist", POLICY),
    (550, "Sender verify failed: no such user", POLICY),
    (550, "5.1.0 Sender address rejected: User unknown", POLICY),
    (550, "5.1.7 Invalid address", POLICY),
    (535, "5.7.8 Authentication credentials invalid", POLICY),
    (530, "Authentication required", POLICY),
    (553, "that domain is not in my list of allowed recipient hosts (#5.7.1)", POLICY),
    (550, "SPF check failed", POLICY),
    # they refuse this mail
    (552, "5.3.4 Message size exceeds fixed limit", CONTENT),
    (552, "Message size exceeds maximum permitted", CONTENT),  # the very reply of RFC 1870
    (554, "5.6.0 Invalid message content", CONTENT),
    (550, "5.6.7 Address needs SMTPUTF8", CONTENT),
    (550, "5.2.3 Message too large for this recipient", CONTENT),
    (554, "Virus found in message", CONTENT),
    # nobody can tell
    (550, "Requested action not taken: mailbox unavailable", UNKNOWN),
    (554, "Transaction failed", UNKNOWN),
    (550, "5.0.0 Rejected", UNKNOWN),
    (554, "5.4.4 Unable to route", UNKNOWN),
    (554, "5.4.6 Routing loop: too many hops", UNKNOWN),
    (500, "Command unrecognised", UNKNOWN),
    (550, "", UNKNOWN),
    (550, "Mail from [5.1.1.20] is not welcome here", UNKNOWN),  # an IP address, not a status code
    (550, "Refused: 5.1.10.7", UNKNOWN),
]


def follows(code: int, text: str, attempts: int = 1, days: float = 0.0, hard_before: bool | None = None) -> Verdict:
    now = FIRST + timedelta(days=days)
    return after_attempt(accepted=False, in_doubt=False, code=code, text=text, attempts=attempts, first_at=FIRST,
                         now=now, seed="enrollment-7", hard_before=hard_before)  # fmt: skip


@pytest.mark.parametrize(("code", "text", "kind"), REPLIES)
def test_a_refusal_is_put_down_to_whom_it_speaks_of(code: int, text: str, kind: ReplyClass) -> None:
    assert classify(code, text) is kind
    assert classify(code, text.upper()) is kind


NOT_HARD = [(code, text) for code, text, kind in REPLIES if kind is not HARD]


@pytest.mark.parametrize(("code", "text"), NOT_HARD)
@pytest.mark.parametrize("attempts", [1, 2, 50])
def test_only_a_refusal_of_the_address_ever_suppresses_it(code: int, text: str, attempts: int) -> None:
    for days in (0, 6.9, 7, 30):
        assert follows(code, text, attempts, days, hard_before=True).follow is not Follow.SUPPRESS


FINAL = [(code, text) for code, text, kind in REPLIES if kind is HARD and ("5.1.1 " in text or "5.1.10" in text)]
TWICE = [(code, text) for code, text, kind in REPLIES if kind is HARD and "5.1.1" not in text]


@pytest.mark.parametrize(("code", "text"), [*FINAL, (511, "no mailbox by that name (#5.1.1)")])
def test_a_mailbox_that_does_not_exist_is_believed_at_once(code: int, text: str) -> None:
    assert follows(code, text).follow is Follow.SUPPRESS


@pytest.mark.parametrize(("code", "text"), TWICE)
def test_any_other_hard_refusal_must_be_said_twice(code: int, text: str) -> None:
    assert follows(code, text, attempts=1).follow is Follow.LATER
    assert follows(code, text, attempts=2).follow is Follow.SUPPRESS
    assert follows(code, text, attempts=2, hard_before=True).follow is Follow.SUPPRESS


def test_a_hard_refusal_after_a_greylisting_was_said_once_only() -> None:
    assert follows(550, "No such user here", attempts=2, hard_before=False).follow is Follow.LATER
    assert follows(550, "5.1.1 No such user here", attempts=2, hard_before=False).follow is Follow.SUPPRESS


@pytest.mark.parametrize(("code", "text"), [(code, text) for code, text, kind in REPLIES if kind is CONTENT])
def test_a_refused_mail_fails_this_lesson_alone_and_at_once(code: int, text: str) -> None:
    found = follows(code, text)
    assert (found.follow, found.at) == (Follow.FAIL, None)


SOFT = [(code, text) for code, text, kind in REPLIES if kind not in (HARD, CONTENT)]


@pytest.mark.parametrize(("code", "text"), SOFT)
def test_everything_else_is_tried_again_for_seven_days_and_then_given_up(code: int, text: str) -> None:
    almost = follows(code, text, attempts=60, days=6.99)
    assert almost.follow is Follow.LATER
    assert almost.at is not None
    assert timedelta(0) < almost.at - (FIRST + timedelta(days=6.99)) <= timedelta(hours=3)
    given_up = follows(code, text, attempts=61, days=7)
    assert (given_up.follow, given_up.at) == (Follow.GIVE_UP, None)
    assert "7 days" in given_up.why


def test_what_was_accepted_is_sent_whatever_else_is_known() -> None:
    found = after_attempt(accepted=True, in_doubt=False, code=250, text="2.0.0 queued", attempts=3, first_at=FIRST,
                          now=FIRST + timedelta(days=9), seed="s")  # fmt: skip
    assert found == Verdict(Follow.SENT, None, "")


@pytest.mark.parametrize("attempts", [1, 5])
def test_in_doubt_waits_half_an_hour_for_news(attempts: int) -> None:
    now = FIRST + timedelta(days=8)
    found = after_attempt(accepted=False, in_doubt=True, code=-1, text="timed out", attempts=attempts,
                          first_at=FIRST, now=now, seed="s")  # fmt: skip
    assert (found.follow, found.at) == (Follow.DOUBT, now + timedelta(minutes=30))


def test_the_reason_tells_a_person_what_the_server_said() -> None:
    assert follows(450, "4.2.0 Greylisted").why == "the server said 450 4.2.0 Greylisted"
    assert follows(-1, "timed out").why == "no usable answer: timed out"


@pytest.mark.parametrize(("attempt", "minutes"), [(1, 5), (2, 15), (3, 30), (4, 60), (5, 120), (6, 120), (40, 120)])
@given(seed=st.text())
def test_the_wait_is_that_of_the_table_and_up_to_a_fifth_longer(attempt: int, minutes: int, seed: str) -> None:
    least = timedelta(minutes=minutes)
    assert least <= backoff(attempt, seed) <= least * 1.2


@given(st.text(), st.integers(1, len(BACKOFF) - 1))
def test_each_wait_is_longer_than_the_one_before_and_the_same_each_time(seed: str, attempt: int) -> None:
    assert backoff(attempt, seed) < backoff(attempt + 1, seed)
    assert backoff(attempt, seed) == backoff(attempt, seed)


def test_people_refused_together_come_back_apart() -> None:
    assert len({backoff(1, f"enrollment-{n}") for n in range(100)}) > 90


@given(st.integers(-1, 999), st.text())
def test_any_answer_has_a_class_and_a_verdict(code: int, text: str) -> None:
    assert classify(code, text) in ReplyClass
    verdict = follows(code, text)
    assert (verdict.at is not None) == (verdict.follow is Follow.LATER)
