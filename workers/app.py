"""The Celery application and its timetable. `celery -A workers worker`, `celery -A workers beat`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_init, worker_process_init

from dripcourse import config, logs
from dripcourse.errors import DripcourseError
from workers import runtime

#: Seconds after which a task is worth nothing. Celery compares the sender's clock with the worker's, so this is not
#: one tick but what two machines' clocks may be apart; a stale task finds nothing due and does nothing.
EXPIRES = 300
IN_MEMORY = "memory://localhost"  # kombu warns of a URL without a host


def settings_for_celery(settings: config.Settings) -> dict[str, Any]:
    """Celery's settings. No results, JSON only, late acknowledgement, no remote control, UTC."""
    broker = settings.redis_url or IN_MEMORY
    in_memory = broker == IN_MEMORY
    return {
        "broker_url": broker,
        # Polling keeps the memory broker awake; the prefix lets several installations share one Redis.
        "broker_transport_options": {"polling_interval": 0.02} if in_memory else {"global_keyprefix": "dripcourse:"},
        "broker_connection_retry_on_startup": True,
        "task_default_queue": "dripcourse",
        "dripcourse_expires": EXPIRES,
        "task_ignore_result": True,
        "task_acks_late": True,
        "task_serializer": "json",
        "accept_content": ["json"],
        "enable_utc": True,
        "timezone": "UTC",
        "worker_prefetch_multiplier": 8 if in_memory else 1,
        "worker_enable_remote_control": False,
        "worker_send_task_events": False,
        "worker_hijack_root_logger": False,
        # An interval, never a local-time crontab: those skip and double when clocks change.
        "beat_schedule": {
            "tick": {
                "task": "dripcourse.tick",
                "schedule": settings.tick_seconds,
                "options": {"expires": EXPIRES},
            }
        },
    }


app = Celery("dripcourse", include=["workers.tasks"])
# Read when first needed: importing this module must not fail where the settings do.
app.add_defaults(lambda: settings_for_celery(_settings()))


def _settings() -> config.Settings:
    """The settings; where they are wrong, the process ends with one line, not with a traceback."""
    with _one_line():
        return config.load()


@contextmanager
def _one_line() -> Iterator[None]:
    try:
        yield
    except DripcourseError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(error.exit_code) from None


@worker_init.connect
def _able_to_send(**_: Any) -> None:
    """A worker that could send nothing (no relay, a key that cannot sign) does not begin to take tasks.

    One that is embedded has been given its engine, and may well send to a sink of its own.
    """
    if not runtime.is_given():
        with _one_line():
            runtime.refuse_unfit(config.load())


@worker_process_init.connect
def _forked(**_: Any) -> None:
    """A forked child must not share its parent's database connections."""
    runtime.forget()


@setup_logging.connect
def _logging(**_: Any) -> None:
    logs.configure(_settings().log_level)
