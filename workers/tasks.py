"""The tasks: three lines each. They may be lost, doubled or late; the database settles what is done."""

from __future__ import annotations

from celery import current_app, shared_task

from dripcourse.flows import dispatch, hooks, notify, tick
from dripcourse.logs import get_logger
from workers import runtime

log = get_logger(__name__)

#: A task claims no further batch after this long, so that a worker told to stop soon can.
_SECONDS = 20.0
_MOST_BATCHES = 1000


@shared_task(name="dripcourse.tick")
def run_tick() -> None:
    """Ask how much is due and enqueue a sender for each batch, so that as many workers as can help begin."""
    engine = runtime.engine()
    due = tick.tick(engine)
    for task, number in ((send_due, due.senders), (send_notices, due.notices), (send_hooks, due.hooks)):
        for _ in range(number):
            task.apply_async(expires=current_app.conf.dripcourse_expires)


@shared_task(name="dripcourse.send_due")
def send_due() -> None:
    """Claim, send and settle what is due, batch after batch, for some twenty seconds."""
    report = dispatch.send_due(runtime.engine(), batches=_MOST_BATCHES, seconds=_SECONDS)
    if report.claimed:
        log.info("lessons", claimed=report.claimed, **report.outcomes, decided=dict(report.decided))


@shared_task(name="dripcourse.send_notices")
def send_notices() -> None:
    """Send one batch of mails outside a course."""
    sent = notify.send_notices(runtime.engine())
    if sent:
        log.info("notices", handled=sent)


@shared_task(name="dripcourse.send_hooks")
def send_hooks() -> None:
    """Send what is due to webhooks, for some twenty seconds."""
    sent = hooks.send_hooks(hooks.Courier.of(runtime.engine()), _SECONDS)
    if sent:
        log.info("webhooks", handled=sent)
