"""What must be refused: addresses and values by which a stranger could write headers or other people's mails."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from html import escape

from dripcourse.errors import InputError
from dripcourse.mail.prepared import Prepared, prepare
from dripcourse.mail.wire import Head
from tests.judge.house import BRAND
from tests.judge.mails import Letter, specimen
from tests.judge.people import PEOPLE, REFUSED_ADDRESSES, REFUSED_VALUES
from tests.judge.specimen import Specimen
from tests.judge.verdict import Finding

_EVIL = "evil.example.net"  # stands in the names of PEOPLE that want to be more than names
_HEAD = Head(from_name=BRAND.name, from_address=BRAND.from_address, kind="system")  # values are refused under any


def attempts(letter: Letter, now: datetime) -> Iterator[Finding]:
    """What one letter lets through of what no mail may be made for."""
    prepared = prepare(letter.mail, _HEAD)
    for address in REFUSED_ADDRESSES:
        if not _refused(letter, address, now):
            yield Finding(letter.name, "To", f"a mail was made for the address {address!r}")
    for slot in sorted(set(prepared.names) - set(prepared.mentions)):  # what readers typed is cleaned, not refused
        for value in REFUSED_VALUES:
            if not _value_refused(letter, prepared, slot, value, now):
                yield Finding(letter.name, slot, f"a mail was made with the value {value!r}")


def smuggled(mail: Specimen) -> Iterator[tuple[str, str]]:
    """Whether a name has written more than its own header: the message is the same but for To and its mentions.

    Where a mail mentions its reader, his words are words: they are no element, no attribute and no header of their own.
    """
    told = "|".join(re.escape(one) for value in mail.told for one in (escape(value), value))
    for part in (mail.html, mail.text):
        if _EVIL in (re.sub(told, "", part) if told else part):
            yield "To", "the subscriber's name reached the body"
    for element in mail.tree.iter():
        if isinstance(element.tag, str) and any(_EVIL in value for value in element.attrib.values()):
            yield "HTML", f"the subscriber's name reached an attribute of <{element.tag}>"
    if any(element.tag == "b" for element in mail.tree.iter()):  # ours and the authors' are strong
        yield "HTML", "the subscriber's name made an element"
    for name, value in mail.head:
        may = ("to", "subject") if mail.told else ("to",)
        if name.lower() not in may and _EVIL in value:
            yield name, "the subscriber's name reached this header"


def _refused(letter: Letter, address: str, now: datetime) -> bool:
    try:
        specimen(letter, PEOPLE[0][0], address, now, sign=False)
    except InputError:
        return True
    return False


def _value_refused(letter: Letter, prepared: Prepared, slot: str, value: str, now: datetime) -> bool:
    made = specimen(letter, *PEOPLE[0], now, sign=False)
    try:
        prepared.wire(
            to_address=PEOPLE[0][1],
            date=now,
            message_id="<x@course.example.com>",
            one_click_url="https://course.example.com/one-click/x",
            values=made.merged | {slot: value},
        )
    except InputError:
        return True
    return False
