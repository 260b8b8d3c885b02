"""The one guard on every way in: hosted form, script on another page, API, intake.

    knock -> held? -> ticket? -> budgets? -> proof of work? -> trap? -> come in (the caller then asks signup.request)

It looks at networks, domains and forms, and never at people: what it answers tells nobody who is known here. How many
mails one address gets is decided without a word, when the mail would go (`wait`, `may_mail`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any

from dripcourse.addresses import mailbox_provider, parse_address
from dripcourse.domain import budgets, proofs
from dripcourse.domain.breaker import Hour
from dripcourse.domain.budgets import HOUR, MONTH, Load, Outcome, Sent
from dripcourse.domain.seals import Seals
from dripcourse.flows import breaker, tickets
from dripcourse.flows.engine import Engine
from dripcourse.storage import attempts, forms, notices, spent
from dripcourse.storage.attempts import Marks
from dripcourse.storage.database import Transaction
from dripcourse.storage.forms import Form


@dataclass(frozen=True)
class Knock:
    """One sign-up that asks to come in. `path` is page, script, api or intake; `network` as web.knocking gives it.

    `trap` is what stood in the field that nobody sees; it is looked at last, for a refusal that comes only to who left
    it empty would tell of it. `proven`: it came with a token or a signature of ours, so it needs neither ticket nor
    proof of work; all else is as for anybody.
    """

    path: str
    address: str
    network: str
    trap: str = ""
    ticket: str = ""
    proof: str = ""
    proven: bool = False


class Answer(Enum):
    """What the caller is to do; how each looks on each path is in docs/abuse.md."""

    COME_IN = "come in"  # and then signup.request
    TRAPPED = "trapped"  # answer as for COME_IN, and keep nothing (signup.request with keep=False)
    AGAIN = "again"  # the form once more, filled in, with a fresh ticket; 428 for programs
    PROVE = "prove"  # a proof of work is wanted: 429, or 428 with a challenge
    BUSY = "busy"  # 429
    HELD = "held"  # 503


_REFUSALS = {
    Answer.AGAIN: Outcome.AGAIN,
    Answer.PROVE: Outcome.PROVE,
    Answer.BUSY: Outcome.BUSY,
    Answer.HELD: Outcome.HELD,
}


def let_in(engine: Engine, form: Form, knock: Knock, now: datetime) -> Answer:
    """Whether this sign-up may come in; it is counted either way. Raises InputError for an address that is none.

    Two at once may both take the last unit of a budget: it can be passed by as many as are asked at the same moment.
    """
    seals = Seals(engine.links.keys)
    marks = _marks(seals, knock.address, knock.network)

    def decided(tx: Transaction) -> Answer:
        answer = _answer(tx, seals, form, knock, marks, now)
        if answer is Answer.COME_IN:
            attempts.record(tx, form.id, knock.path, Outcome.CAME, now, marks)
        elif answer is Answer.TRAPPED:
            attempts.record(tx, form.id, knock.path, Outcome.TRAPPED, now, replace(marks, address=("",), domain=("",)))
        else:
            _note(tx, form, knock.path, _REFUSALS[answer], now)
        return answer

    return engine.db.write(decided)


def _answer(tx: Transaction, seals: Seals, form: Form, knock: Knock, marks: Marks, now: datetime) -> Answer:
    if _held(form, now):
        return Answer.HELD
    if not (knock.proven or tickets.ticket_holds(seals, form.id, knock.ticket, now)):
        return Answer.AGAIN
    load, hour = _seen(tx, form, marks, now)
    if budgets.used_up(load, proven=knock.proven):
        return Answer.BUSY
    bits = 0 if knock.proven else proofs.wanted(load, hour, attempts.to_domain(tx, marks.domain, now))
    if bits and not _worked(tx, seals, form, knock.proof, bits, now):
        return Answer.PROVE
    if breaker.trips(tx, form, hour, now):
        return Answer.HELD
    return Answer.TRAPPED if knock.trap else Answer.COME_IN


def _seen(tx: Transaction, form: Form, marks: Marks, now: datetime) -> tuple[Load, Hour]:
    """What came of late. A form's hour is looked at network by network only where there is much in it."""
    since = _since(form, now)
    load = attempts.load(tx, marks, form.id, now, since)
    return load, attempts.hour(tx, form.id, now, since) if load.form >= budgets.SOFT_FORM else Hour(load.form)


def _worked(tx: Transaction, seals: Seals, form: Form, proof: str, bits: int, now: datetime) -> bool:
    """Whether the proof is good and new; then it is used up.

    What was hard enough when the form was shown is so still, but where the hardest is wanted.
    """
    work = tickets.work(seals, form.id, proof, now)
    if work is None or work.bits < bits == proofs.HARD:
        return False
    return spent.spend(tx, work.challenge, work.until)


def note_held(engine: Engine, form: Form, path: str, now: datetime) -> None:
    """Count one more whom a held form turned away before this gate was asked."""
    engine.db.write(lambda tx: _note(tx, form, path, Outcome.HELD, now))


def _note(tx: Transaction, form: Form, path: str, outcome: Outcome, now: datetime) -> None:
    most = budgets.REFUSALS_AN_HOUR
    if attempts.refusals(tx, form.id, now - HOUR, most) < most:
        attempts.record(tx, form.id, path, outcome, now)


def ticket(engine: Engine, form: Form, now: datetime, given: str = "") -> str:
    """What a form that is shown now carries, good from 3 seconds to 24 hours on; `given`: the one it had before."""
    return tickets.ticket_kept(Seals(engine.links.keys), form.id, given, now)


def challenge(engine: Engine, form: Form, now: datetime, address: str = "") -> dict[str, Any]:
    """A piece of work for that form, as JSON: the harder, the busier the form is, or the domain of that address.

    Nothing is kept of it. Raises InputError for an address that is none.
    """
    seals = Seals(engine.links.keys)
    marks = _marks(seals, address, "") if address else Marks()
    with engine.db.reading() as tx:
        load, hour = _seen(tx, form, marks, now)
        bits = proofs.wanted(load, hour, attempts.to_domain(tx, marks.domain, now))
    made = tickets.challenge(seals, form.id, max(bits, proofs.bits_for(hour.came)), now)
    return {"algorithm": "SHA-256", "challenge": made.text, "bits": made.bits, "until": made.until.isoformat()}


def wants_proof(engine: Engine, form: Form, network: str, now: datetime) -> bool:
    """Whether somebody who came now from that network would be asked for a proof of work."""
    marks = _of_network(Seals(engine.links.keys), network)
    with engine.db.reading() as tx:
        load, hour = _seen(tx, form, marks, now)
    return proofs.wanted(load, hour, Sent()) > 0


def wait(
    tx: Transaction, engine: Engine, form_id: int, address: str, network: str, came: datetime, now: datetime
) -> datetime | None:
    """Until when a sign-up is not to be looked at, as its mail has to wait; None where it has not.

    A held form sends nothing; and where strangers are signed up, few mails go before somebody confirms. Several workers
    at once may send some more. Whose address it is makes no difference.
    """
    form = forms.by_id(tx, form_id)
    if form.held_until is not None and form.held_until > now:
        return form.held_until
    marks = _marks(Seals(engine.links.keys), address, network)
    return budgets.next_look(came, now) if budgets.mail_waits(*attempts.sent(tx, marks, form_id, now)) else None


def may_mail(tx: Transaction, engine: Engine, address: str, now: datetime, form_id: int | None = None) -> str:
    """Why no mail may go to this address for its sign-up, or "": then one more is counted, in this transaction.

    Exact: whoever asks for the same folded address waits for the transaction that asked before.
    """
    marks = _of_address(Seals(engine.links.keys), address)
    attempts.hold(tx, marks[0])
    why = budgets.no_mail(attempts.mailed(tx, marks, now - MONTH), now, declined=attempts.declined(tx, marks))
    if not why:  # mails of before there was a guard, which no attempt tells of
        before = notices.times(tx, parse_address(address).key, "confirm", now - MONTH)
        why = budgets.no_mail(before, now, declined=False)
    if not why:
        found = attempts.advance(tx, marks, (Outcome.CAME,), Outcome.MAILED, form_id, now)
        if not found and form_id is not None:  # it came in before there was a guard
            attempts.record(tx, form_id, "page", Outcome.MAILED, now, Marks(marks))
    return why


def confirmed(tx: Transaction, engine: Engine, address: str, form_id: int | None = None) -> None:
    """Somebody has confirmed: it speaks for the form he came through."""
    attempts.advance(tx, _of_address(Seals(engine.links.keys), address), (Outcome.MAILED,), Outcome.CONFIRMED, form_id)


def declined(tx: Transaction, engine: Engine, address: str, now: datetime, slug: str = "") -> None:
    """Somebody has said "this was not me": no sign-up may cause a mail to this address again, however it is spelt.

    Where the sign-up itself is forgotten by now, that is written down anew, once, as of the form of that slug.
    """
    _declined(tx, _of_address(Seals(engine.links.keys), address), now, slug)


def declined_by(tx: Transaction, mark: str, now: datetime, slug: str = "") -> None:
    """The same of somebody who is kept no more, by the mark of his address (`mark_of`)."""
    _declined(tx, (mark,), now, slug)


def _declined(tx: Transaction, marks: tuple[str, ...], now: datetime, slug: str) -> None:
    if attempts.declined(tx, marks):
        return
    every = {form.slug: form.id for form in forms.every(tx)}
    form_id = every.get(slug) or next(iter(every.values()), None)  # the mark counts, whichever form it stands under
    if not attempts.advance(tx, marks, (Outcome.MAILED, Outcome.CONFIRMED), Outcome.DECLINED, None) and form_id:
        attempts.record(tx, form_id, "page", Outcome.DECLINED, now, Marks(marks))


def _held(form: Form, now: datetime) -> bool:
    return form.held_until is not None and form.held_until > now


def _since(form: Form, now: datetime) -> datetime:
    """Where the form's last hour begins: what came before a hold does not bring the next."""
    return max(form.held_until or now - HOUR, now - HOUR)


def _marks(seals: Seals, address: str, network: str) -> Marks:
    key = parse_address(address).key
    domain = "" if mailbox_provider(key) else key.rpartition("@")[2]
    if domain in budgets.PROVIDERS:
        domain = ""
    near = _of_network(seals, network)
    return Marks(_of_address(seals, key), near.network, near.wide, seals.marks("domain", domain))


def _of_network(seals: Seals, network: str) -> Marks:
    return Marks(network=seals.marks("network", network), wide=seals.marks("network", budgets.wide(network)))


def mark_of(keys: tuple[str, ...], address: str) -> str:
    """What stands for this address where sign-ups are counted, under the newest of these keys."""
    return _of_address(Seals(keys), address)[0]


def _of_address(seals: Seals, address: str) -> tuple[str, ...]:
    return seals.marks("address", budgets.folded(parse_address(address).key))
