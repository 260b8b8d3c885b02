"""How much is too much: sign-ups from one network, mails to one address or domain, changes by one reader.

Tables of numbers and pure rules. What is counted, others count; every number is explained in docs/abuse.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import IPv6Network, ip_network

MINUTE, HOUR, DAY, MONTH = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(days=30)


class Outcome(StrEnum):
    """How far an attempt got. The first four were let in; the others were not."""

    CAME = "came"  # taken; no mail has gone for it (yet)
    MAILED = "mailed"
    CONFIRMED = "confirmed"
    DECLINED = "declined"  # "this was not me"
    TRAPPED = "trapped"  # filled the field that nobody sees
    AGAIN = "again"  # too quick, too late, or without a ticket: was shown the form once more
    PROVE = "prove"  # without a good proof of work where one was wanted
    BUSY = "busy"  # the budget of its network was used up
    HELD = "held"  # the form's breaker was open


MAILED = (Outcome.MAILED, Outcome.CONFIRMED, Outcome.DECLINED)
LET_IN = (Outcome.CAME, Outcome.MAILED, Outcome.CONFIRMED, Outcome.DECLINED)
REFUSED = (Outcome.TRAPPED, Outcome.AGAIN, Outcome.PROVE, Outcome.BUSY, Outcome.HELD)
#: Those of them who were sent away. AGAIN is none: whoever comes from a plain form elsewhere is shown ours first.
TURNED_AWAY = tuple(each for each in REFUSED if each is not Outcome.AGAIN)
#: Refusals that are written down, of one form in one hour: beyond that a flood tells nothing new, and fills a disk.
REFUSALS_AN_HOUR = 1000

#: Mails that sign-ups may cause to one folded address, whichever forms they come through.
OF_ADDRESS = ((DAY, 1), (MONTH, 3))


@dataclass(frozen=True)
class Budget:
    """So many in an hour and in a day."""

    hour: int
    day: int


OF_NETWORK = Budget(60, 200)  # a /24 of IPv4, a /64 of IPv6
OF_WIDE = Budget(300, 1000)  # a /48: whoever has one has 65,536 of /64
#: A program that signs people up for its own users comes from one network.
OF_PROGRAM = Budget(1_000, 5_000)
#: From here on a proof of work is wanted: sign-ups in an hour from a network, and through a form.
SOFT_NETWORK, SOFT_FORM = 10, 60
#: Mails that sign-ups cause in an hour before one in ONE_IN confirms: from a network (a /24, a /48), through a form, to
#: a domain. Those beyond wait, but for one from each network to a domain. Mailbox providers are no domain here: half of
#: all people are there.
FROM_NETWORK, THROUGH_FORM, TO_DOMAIN = 5, 60, Budget(200, 600)
#: One in so many confirms, or nobody there has asked for anything.
ONE_IN = 10
#: A sign-up whose mail has waited so long gets none.
LONGEST_WAIT = DAY
#: What one reader may change in a day, taps included: each is a line in the ledger for as long as his run is kept.
CHANGES_A_DAY = 100
#: Mailbox providers beside those whose names receivers protect (addresses.mailbox_provider).
PROVIDERS = frozenset(
    [
        "gmx.de", "gmx.net", "gmx.at", "gmx.ch", "web.de", "t-online.de", "freenet.de", "mail.de", "posteo.de",
        "mailbox.org", "proton.me", "protonmail.com", "fastmail.com", "msn.com", "me.com", "mac.com", "yahoo.de",
        "hotmail.de", "outlook.de", "hotmail.co.uk", "yahoo.co.uk", "orange.fr", "free.fr", "wanadoo.fr", "libero.it",
        "bluewin.ch", "seznam.cz", "wp.pl", "onet.pl", "yandex.ru", "mail.ru", "qq.com", "163.com", "naver.com",
    ]
)  # fmt: skip


@dataclass(frozen=True)
class Load:
    """Sign-ups that were let in from a network and its /48, in the last hour and day; and through this form in the
    last hour, whoever they were for.
    """

    network: tuple[int, int] = (0, 0)
    wide: tuple[int, int] = (0, 0)
    form: int = 0


@dataclass(frozen=True)
class Sent:
    """Mails that sign-ups have caused, and how many of those were confirmed, in the last hour and in the last day."""

    hour: tuple[int, int] = (0, 0)
    day: tuple[int, int] = (0, 0)


def used_up(load: Load, *, proven: bool) -> bool:
    """Whether nothing is left of the network's budget. `proven`: a program with a token of ours asks."""
    near, wide = (OF_PROGRAM, OF_PROGRAM) if proven else (OF_NETWORK, OF_WIDE)
    return _over(load.network, near) or _over(load.wide, wide)


def _over(counted: tuple[int, int], budget: Budget) -> bool:
    return counted[0] >= budget.hour or counted[1] >= budget.day


def few_confirm(mailed: int, confirmed: int, least: int) -> bool:
    """Whether so many mails went that some of those who asked for one would have confirmed by now, and have not."""
    return mailed >= least and confirmed * ONE_IN < mailed


def bombed(domain: Sent) -> bool:
    """Whether sign-ups have sent a recipients' domain more mail than its people want."""
    return few_confirm(*domain.hour, TO_DOMAIN.hour) or few_confirm(*domain.day, TO_DOMAIN.day)


def mail_waits(network: Sent, form: Sent, domain: Sent) -> bool:
    """Whether the mail for a sign-up waits, as those before it have brought nobody: so a surge of strangers is stopped
    at the first few, and a launch is slowed down until the first of its people have looked into their mail. To a domain
    that is bombed goes one for each network: it must not be shut out by whoever bombs it.
    """
    fewest = 1 if bombed(domain) else FROM_NETWORK
    return few_confirm(*network.hour, fewest) or few_confirm(*form.hour, THROUGH_FORM)


def next_look(at: datetime, now: datetime) -> datetime:
    """When a sign-up that came at that moment and waits is looked at again: soon at first, then ever more seldom."""
    return now + max(MINUTE, (now - at) / 5)


def no_mail(times: Sequence[datetime], now: datetime, *, declined: bool) -> str:
    """Why an address that was mailed at these moments gets no mail now, or ""."""
    if declined:
        return "its owner has said that it was not he"
    for span, most in OF_ADDRESS:
        if sum(at > now - span for at in times) >= most:
            return f"the budget of {most} in {span.days} {'day' if span.days == 1 else 'days'} is used up"
    return ""


def folded(address_key: str) -> str:
    """The address as its budget sees it: without +tag, and at Gmail without dots. For counting only, never identity.

    `address_key` is that of addresses.EmailAddress: NFKC, casefolded, its domain in lower-case ACE.
    """
    local, _, domain = address_key.rpartition("@")
    local = local.partition("+")[0] or local
    if domain in ("gmail.com", "googlemail.com"):
        local, domain = local.replace(".", "") or local, "gmail.com"
    return f"{local}@{domain}"


def wide(network: str) -> str:
    """The /48 around a /64; "" for anything else."""
    try:
        found = ip_network(network)
    except ValueError:
        return ""
    return str(found.supernet(new_prefix=48)) if isinstance(found, IPv6Network) and found.prefixlen >= 48 else ""
