"""A real Celery worker and a scheduler as threads of this process, for `serve` and `demo`."""

from __future__ import annotations

import threading
from typing import Any

from celery.signals import task_postrun
from celery.worker import state

from workers.app import app
from workers.tasks import run_tick


class EmbeddedWorker:
    """A thread pool worker on the memory broker. One at a time in a process (Celery's stop flag is global)."""

    def __init__(self, threads: int = 2, polling: float = 0.02) -> None:
        """`polling`: seconds between two looks at an empty queue; less is quicker and busier."""
        app.conf.broker_transport_options = {"polling_interval": polling}
        self._threads = threads
        self._thread: threading.Thread | None = None
        self._ready = threading.Event()

    def start(self) -> None:
        """Begin to work; returns once the worker takes tasks. Raises RuntimeError if it does not within 30 seconds."""
        app.set_default()  # threads look it up; without this their tasks are dropped silently
        controller: Any = app.WorkController(
            pool="threads",
            concurrency=self._threads,
            without_heartbeat=True,
            without_mingle=True,
            without_gossip=True,
            hostname="embedded@localhost",
            ready_callback=lambda _consumer: self._ready.set(),
        )
        self._thread = threading.Thread(target=controller.start, name="celery-worker", daemon=True)
        self._thread.start()
        if not self._ready.wait(30):
            raise RuntimeError("the embedded Celery worker did not start")

    @property
    def alive(self) -> bool:
        """Whether its thread runs."""
        return self._thread is not None and self._thread.is_alive()

    def stop(self) -> None:
        """Finish the tasks under way and end."""
        state.should_stop = 0
        if self._thread is not None:
            self._thread.join(timeout=10)
        state.should_stop = None


def tick_once(patience: float = 60.0) -> None:
    """Have the worker tick, and wait until it has (`patience` in seconds): one that ran after a virtual clock was
    moved, and before its heartbeat, would take the jump for an outage and spread what is due.
    """
    done = threading.Event()

    def ran(sender: Any = None, **_: Any) -> None:
        if sender is not None and sender.name == run_tick.name:
            done.set()

    task_postrun.connect(ran, weak=False)
    try:
        run_tick.apply_async()
        done.wait(patience)
    finally:
        task_postrun.disconnect(ran)


class EmbeddedBeat:
    """Enqueues the tick at its interval; what `celery beat` does in production."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="beat", daemon=True)

    def start(self) -> None:
        """Tick at once and then at each interval."""
        self._thread.start()

    def _run(self) -> None:
        while not self._stopping.is_set():
            run_tick.apply_async(expires=self._seconds)
            self._stopping.wait(self._seconds)

    def stop(self) -> None:
        """Tick no more."""
        self._stopping.set()
        self._thread.join(timeout=5)
