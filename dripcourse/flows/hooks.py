"""Sends the messages to webhooks: claim, post, settle, eight endpoints at once, which take turns.

    claim one | commit | read whom it is about | POST, ten seconds at most | settle | commit | the next one

At least once, in no promised order: whoever dies between the answer and its commit sends the same message again, under
the same id. One message at a time is under way to an endpoint, in all processes together, so one that hangs takes one
place and holds up nobody else; while it fails, its whole queue rests. Endpoints take turns, of one message each.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from dripcourse.domain.hook_secrets import secrets_of, signed_headers
from dripcourse.domain.hooks import LEAST_FAILED, TEST, after_answer, message_id, printable
from dripcourse.errors import InputError, Refused
from dripcourse.fetching.fetch import Limits
from dripcourse.fetching.place import shown
from dripcourse.fetching.post import TEN_SECONDS, Posted, post, way_to
from dripcourse.flows.engine import Clock, Engine
from dripcourse.flows.hook_payload import payload
from dripcourse.storage import hook_deliveries, hooks
from dripcourse.storage.database import Database, Transaction
from dripcourse.storage.hook_deliveries import Message
from dripcourse.storage.hooks import Hook

_REMEDY = "Give a public https address, or set hooks_private_ok for one on this machine or in your own network"
#: Endpoints that are asked at once, for each task.
LANES = 8
#: A message belongs to its worker for so long: several times what its ten seconds can come to.
LEASE = timedelta(seconds=60)


@dataclass(frozen=True)
class Courier:
    """What sending needs. `keys` sign, oldest first; `near`: private networks and this machine may be asked."""

    db: Database
    clock: Clock
    keys: Sequence[str]
    near: bool = False
    limits: Limits = TEN_SECONDS

    @classmethod
    def of(cls, engine: Engine) -> Courier:
        """The one of this process."""
        return cls(engine.db, engine.clock, engine.links.keys, engine.hooks_near)


def check_url(url: str, *, near: bool) -> None:
    """Raise InputError, one line with a remedy, where no message could be sent to this address.

    Where a name leads is looked up when a message goes, and each time anew.
    """
    remedy = "Give an https address" if near or not url.startswith(("http:", "https:")) else _REMEDY
    try:
        place, guard = way_to(url, near=near)
        if place.literal and (why := guard.refusal(place.literal)):
            raise InputError(f"the host {place.host} is {why}")
    except InputError as reason:
        raise InputError(f"{shown(url)}: {reason}. {remedy}.") from None


def send_hooks(courier: Courier, seconds: float = 20.0) -> int:
    """Send what is due, none begun after that many seconds; how many messages were sent or tried.

    Any number of workers may do it at once. Whoever has had no turn for the longest is first, in the next call too.
    Raises, when all is done, what kept a message from being settled.
    """
    until = time.monotonic() + seconds
    now = courier.clock()
    with courier.db.reading() as tx:
        found = hook_deliveries.due_hooks(tx, now)
    gone = [one for one in found if one.revoked_at is not None]  # a message was offered at that very moment
    if gone:
        courier.db.write(lambda tx: hooks.set_aside(tx, gone))
    waiting = deque(one.id for one in found if one.revoked_at is None)
    if not waiting:
        return 0
    number, trouble = min(LANES, len(waiting)), list[Exception]()
    with ThreadPoolExecutor(number, thread_name_prefix="hooks") as pool:
        lanes = [pool.submit(_lane, courier, waiting, trouble, until) for _ in range(number)]
    if trouble:
        raise trouble[0]
    return sum(lane.result() for lane in lanes)


def _lane(courier: Courier, waiting: deque[int], trouble: list[Exception], until: float) -> int:
    """One message of whoever waits, and of the next one; who had a turn goes to the end of `waiting`.

    A lane that finds nobody ends: whoever is left has a turn at this moment, in as many other lanes.
    """
    sent = 0
    while waiting and time.monotonic() < until:
        try:
            hook_id = waiting.popleft()
        except IndexError:  # another lane was quicker
            break
        try:
            if send_next(courier, hook_id) is None:
                continue
        except Exception as error:  # the others must not wait for what is wrong with this one
            trouble.append(error)
            continue
        sent += 1
        waiting.append(hook_id)
    return sent


def send_next(courier: Courier, hook_id: int) -> Posted | None:
    """Send the next message of this webhook; what was answered (status 0: nothing), None where there was none to send.

    Each is claimed by itself: the lease of a whole batch would end in its middle at a slow endpoint.
    """
    now = courier.clock()
    taken = courier.db.write(lambda tx: hook_deliveries.claim(tx, hook_id, now=now, lease_until=now + LEASE))
    if taken is None:
        return None
    to, one = taken
    answer = _posted(courier, to, one)
    at = courier.clock()
    courier.db.write(lambda tx: _settle(tx, to, one, answer, at))
    return answer


def _posted(courier: Courier, to: Hook, one: Message) -> Posted:
    try:
        with courier.db.reading() as tx:
            about = hook_deliveries.concerned(tx, one)
        if about.person is None and one.subscriber_id is not None:
            return Posted(0, "", "its person was erased")  # and the message with him: there is nothing to settle
        body = payload(one, about)
        id_ = message_id(to.public_id, one.id, one.at)
        signed = signed_headers(secrets_of(courier.keys, to.public_id), id_, courier.clock(), body)
        return post(
            to.url, {"Content-Type": "application/json", **signed}, body, near=courier.near, limits=courier.limits
        )
    except InputError as reason:
        return Posted(0, "", str(reason))
    except Exception as error:  # one that cannot be made must not stop those behind it
        return Posted(0, "", f"this message could not be sent: {type(error).__name__}: {error}")


def _settle(tx: Transaction, to: Hook, one: Message, answer: Posted, now: datetime) -> None:
    held = hook_deliveries.hold(tx, to.id)  # before its messages, as everywhere
    since = held.failing_since
    others = hook_deliveries.failed_count(tx, to.id, since, LEAST_FAILED, but=one.id) if since else 0
    follows = after_answer(
        code=answer.status, retry_after=answer.retry_after, attempts=one.attempts, failing_since=since,
        failed=others + 1, now=now, seed=message_id(to.public_id, one.id, one.at),
    )  # fmt: skip
    error = "" if follows.state == "sent" else _error(answer)
    if not hook_deliveries.settle(
        tx, one, state=follows.state, due_at=follows.due_at, code=answer.status, error=error, at=now
    ):
        return  # taken over after the lease, revoked, or erased
    if follows.disable:
        hooks.disable(tx, held, now)
        return
    if follows.state == "sent" and since:
        hook_deliveries.note_health(tx, to.id, None)
    elif follows.failing and since is None:
        hook_deliveries.note_health(tx, to.id, now)
    if follows.rest is not None:
        hook_deliveries.rest(tx, to.id, now, now + follows.rest)


def _error(answer: Posted) -> str:
    if answer.status == 0:
        return printable(answer.said)
    return printable(f"it answered {answer.status}" + (f": {answer.said}" if answer.said.strip() else ""))


def send_test(courier: Courier, public_id: str) -> Message:
    """Send a message that is about nobody, now and ahead of all others; what became of it.

    Raises NotFound, or Refused where the webhook is revoked. Where another one is under way to the endpoint at this
    moment, it is left to the workers: queued, without an attempt.
    """
    with courier.db.writing() as tx:
        to = hooks.find(tx, public_id)
        if to.revoked_at is not None:
            raise Refused(f"the webhook {public_id} is {to.state}; nothing is sent there")
        one = hook_deliveries.queue_test(tx, to, TEST, courier.clock())
    send_next(courier, to.id)
    with courier.db.reading() as tx:
        return hook_deliveries.find(tx, one.id)
