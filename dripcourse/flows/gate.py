"""The one guard on every way in: hosted form, script on another page, API, intake.

    knock -> trap? -> held? -> ticket? -> budgets? -> proof of work? -> come in (the caller then asks signup.request)

It looks at networks, domains and forms, and never at people: what it answers tells nobody who is known here. How many
mails one address gets is decided without a word, when the mail would go (`may_mail`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from dripcourse.addresses import mailbox_provider, parse_address
from dripcourse.domain import breaker as rules
from dripcourse.domain import budgets, proofs
from dripcourse.domain.budgets import HOUR, MONTH, Outcome
from dripcourse.domain.seals import Seals
from dripcourse.flows import breaker, tickets
from dripcourse.flows.engine import Engine
from dripcourse.storage import attempts, forms, spent
from dripcourse.storage.attempts import Marks
from dripcourse.storage.database import Transaction
from dripcourse.storage.forms import Form


@dataclass(frozen=True)
class Knock:
    """One sign-up that asks to come in. `path` is page, script, api or intake; `network` as web.knocking gives it.

    `trap` is what stood in the field that nobody sees. `proven`: it came with a token or a signature of ours, so it
    needs neither ticket nor proof of work; all else is as for anybody.
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
    TRAPPED = "trapped"  # answer as for COME_IN, and store nothing
    AGAIN = "again"  # the form once more, filled in, with a fresh ticket; 428 for programs
    PROVE = "prove"  # a proof of work is wanted: 429, or 428 with a challenge
    BUSY = "busy"  # 429
    HELD = "held"  # 503


_REFUSALS = {
    Answer.TRAPPED: Outcome.TRAPPED,
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
    marks = Marks() if knock.trap else _marks(seals, knock)

    def decided(tx: Transaction) -> Answer:
        answer = _answer(tx, seals, form, knock, marks, now)
        if answer is Answer.COME_IN:
            attempts.record(tx, form.id, knock.path, Outcome.CAME, now, marks)
        else:
            _note(tx, form, knock.path, _REFUSALS[answer], now)
        return answer

    return engine.db.write(decided)


def _answer(tx: Transaction, seals: Seals, form: Form, knock: Knock, marks: Marks, now: datetime) -> Answer:
    if knock.trap:
        return Answer.TRAPPED
    if _held(form, now):
        return Answer.HELD
    if not (knock.proven or tickets.ticket_holds(seals, form.id, knock.ticket, now)):
        return Answer.AGAIN
    load = attempts.load(tx, marks, form.id, now, _since(form, now))
    if budgets.used_up(load, proven=knock.proven):
        return Answer.BUSY
    if load.form >= rules.LEAST and breaker.trips(tx, form, now):
        return Answer.HELD
    if budgets.proof_wanted(load) and not (knock.proven or _worked(tx, seals, form, knock.proof, now)):
        return Answer.PROVE
    return Answer.COME_IN


def _worked(tx: Transaction, seals: Seals, form: Form, proof: str, now: datetime) -> bool:
    """Whether the proof is good and new; then it is used up."""
    work = tickets.work(seals, form.id, proof, now)
    return work is not None and spent.spend(tx, work.challenge, work.until)


def _note(tx: Transaction, form: Form, path: str, outcome: Outcome, now: datetime) -> None:
    most = budgets.REFUSALS_AN_HOUR
    if attempts.refusals(tx, form.id, now - HOUR, most) < most:
        attempts.record(tx, form.id, path, outcome, now)


def ticket(engine: Engine, form: Form, now: datetime) -> str:
    """What a form that is shown now carries, so that we know when it was: good from 3 seconds to 24 hours on."""
    return tickets.ticket(Seals(engine.links.keys), form.id, now)


def challenge(engine: Engine, form: Form, now: datetime) -> dict[str, Any]:
    """A piece of work for that form, as JSON: the harder, the busier the form is. Nothing is kept of it."""
    with engine.db.reading() as tx:
        load = attempts.load(tx, Marks(), form.id, now, _since(form, now))
    made = tickets.challenge(Seals(engine.links.keys), form.id, proofs.bits_for(load.form), now)
    return {"algorithm": "SHA-256", "challenge": made.text, "bits": made.bits, "until": made.until.isoformat()}


def wants_proof(engine: Engine, form: Form, network: str, now: datetime) -> bool:
    """Whether somebody who came now from that network would be asked for a proof of work."""
    marks = _of_network(Seals(engine.links.keys), network)
    with engine.db.reading() as tx:
        return budgets.proof_wanted(attempts.load(tx, marks, form.id, now, _since(form, now)))


def may_mail(tx: Transaction, engine: Engine, address: str, now: datetime, form_id: int | None = None) -> str:
    """Why no mail may go to this address for its sign-up, or "": then one more is counted, in this transaction.

    Exact: whoever asks for the same folded address waits for the transaction that asked before.
    """
    marks = _of_address(Seals(engine.links.keys), address)
    attempts.hold(tx, marks[0])
    why = budgets.no_mail(attempts.mailed(tx, marks, now - MONTH), now, declined=attempts.declined(tx, marks))
    if not why and form_id is not None and _held(forms.by_id(tx, form_id), now):
        why = "its form is held: sign-ups that came with a surge are not mailed"
    if not why:
        _advance(tx, marks, (Outcome.CAME,), Outcome.MAILED, form_id, now)
    return why


def confirmed(tx: Transaction, engine: Engine, address: str, form_id: int | None = None) -> None:
    """Somebody has confirmed: it speaks for the form he came through."""
    attempts.advance(tx, _of_address(Seals(engine.links.keys), address), (Outcome.MAILED,), Outcome.CONFIRMED, form_id)


def declined(tx: Transaction, engine: Engine, address: str, now: datetime, form_id: int | None = None) -> None:
    """Somebody has said "this was not me": no sign-up may cause a mail to this address again, however it is spelt."""
    marks = _of_address(Seals(engine.links.keys), address)
    _advance(tx, marks, (Outcome.MAILED, Outcome.CONFIRMED), Outcome.DECLINED, form_id, now)


def _advance(
    tx: Transaction,
    address: tuple[str, ...],
    before: tuple[Outcome, ...],
    after: Outcome,
    form_id: int | None,
    now: datetime,
) -> None:
    """As `attempts.advance`; where nothing stands at `before` (it came in before there was a guard), it is written."""
    if not attempts.advance(tx, address, before, after, form_id) and form_id is not None:
        attempts.record(tx, form_id, "page", after, now, Marks(address))


def _held(form: Form, now: datetime) -> bool:
    return form.held_until is not None and form.held_until > now


def _since(form: Form, now: datetime) -> datetime:
    """Where the form's last hour begins: what came before a hold does not bring the next."""
    return max(form.held_until or now - HOUR, now - HOUR)


def _marks(seals: Seals, knock: Knock) -> Marks:
    key = parse_address(knock.address).key
    domain = "" if mailbox_provider(key) else key.rpartition("@")[2]
    if domain in budgets.PROVIDERS:
        domain = ""
    network = _of_network(seals, knock.network)
    return Marks(_of_address(seals, key), network.network, network.wide, seals.marks("domain", domain))


def _of_network(seals: Seals, network: str) -> Marks:
    return Marks(network=seals.marks("network", network), wide=seals.marks("network", budgets.wide(network)))


def _of_address(seals: Seals, address: str) -> tuple[str, ...]:
    return seals.marks("address", budgets.folded(parse_address(address).key))
