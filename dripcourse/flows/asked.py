"""Tells of one person what became of his sign-ups: which got a mail, which did not, and why. It asks for nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from dripcourse.domain.signing_up import Follows
from dripcourse.storage import events, notices, sign_ups
from dripcourse.storage.database import Transaction
from dripcourse.storage.events import Event
from dripcourse.storage.notices import Fate
from dripcourse.storage.subscribers import Subscriber

#: The mails that a sign-up leads to, by what follows from it.
MAILS = {Follows.ASK: "confirm", Follows.TELL: "already"}
_KINDS = ("signup-requested", "signup-ignored", "no-seat", "declined", "complaint", "hard-bounce")
_NAMES = {"confirm": "The confirm mail", "already": "The mail that says where he is"}


def told(tx: Transaction, person: Subscriber) -> list[tuple[datetime, str]]:
    """Moments (aware UTC) and sentences, in order of time."""
    found = [(each.at, _of_event(each)) for each in events.of_no_run(tx, person.id, _KINDS)]
    for fate in notices.fates(tx, person.id, list(MAILS.values())):
        found += _of_mail(fate)
    found += [(at, waits()) for at in sign_ups.of_address(tx, person.address_key)]
    return sorted(found, key=lambda line: line[0])


def waits() -> str:
    """Of a sign-up that nobody has looked at yet."""
    return (
        "A sign-up waits to be looked at: for seconds while a worker runs, longer where its form is held or many came "
        "with it; `dripcourse doctor` tells."
    )


def _of_event(one: Event) -> str:
    data = one.data or {}
    if one.kind == "signup-requested":
        kind = "a confirm mail" if data.get("mail") == MAILS[Follows.ASK] else "a mail that he is in already"
        return f"Signed up by the form {data.get('form', '?')} ({data.get('path', 'page')}): {kind} was queued."
    if one.kind == "signup-ignored":
        retold = " It stands behind the confirm mail of before." if data.get("retold") else ""
        return f"A sign-up got no mail: {data.get('why', '?')}.{retold}"
    if one.kind == "no-seat":
        return f"Confirmed, but no place was left in the form {data.get('form', '?')}."
    if one.kind == "declined":
        return "Said that it was not he who signed up."
    return f"{one.kind.capitalize()}: {data.get('why', 'no more is sent')}."


def _of_mail(fate: Fate) -> Iterator[tuple[datetime, str]]:
    name = _NAMES[fate.template]
    if fate.state == "sent":
        yield fate.sent_at or fate.created_at, f"{name} was accepted."
    elif fate.state == "failed":
        yield fate.created_at, f"{name} did not go: {fate.error}."
    else:
        tries = f" after {fate.attempts} tries, last error: {fate.error or 'none'}" if fate.attempts else ""
        yield fate.created_at, f"{name} waits to be sent{tries}."
