"""A tick sets a worker to send what webhooks wait for."""

from __future__ import annotations

from pathlib import Path

from dripcourse.domain.consent import Inbound
from dripcourse.flows import inbound
from dripcourse.storage import hook_deliveries, hooks
from tests.fetching.endpoint import listening
from tests.flows.stage import raised
from workers import runtime
from workers.app import app
from workers.tasks import run_tick


def test_a_tick_sends_what_webhooks_wait_for(sqlite_url: str, tmp_path: Path) -> None:
    with listening() as endpoint, raised(sqlite_url, tmp_path, hooks_private_ok=True) as stage:
        with stage.db.writing() as tx:
            to = hooks.add(tx, endpoint.url(), ("enrollment.left",), None, stage.clock())
        inbound.leave(stage.engine, stage.enroll("anne").public_id, Inbound.LEFT, stage.clock())
        runtime.use(stage.engine)
        app.conf.task_always_eager = True  # a task is done where it is enqueued
        try:
            run_tick()
        finally:
            app.conf.task_always_eager = False
            runtime.forget()
        with stage.db.reading() as tx:
            states = [one.state for one in hook_deliveries.log(tx, to.id, failed=False, limit=9)]
    assert states == ["sent"]
    assert endpoint.kinds() == ["enrollment.left"]
