"""The named points at which a process can be made to die, so that crash tests can prove what survives; nothing else."""

from __future__ import annotations

import os
import signal

from dripcourse.errors import ConfigError

#: Every point there is, in the order one mail passes them.
POINTS: tuple[str, ...] = (
    "before_claim",
    "after_claim",
    "before_mail",
    "before_data",
    "before_dot",  # the body is out, its final dot is not
    "after_dot",  # the dot is out, the reply was not read
    "after_reply",  # the reply was read, nobody was told yet
    "before_journal",
    "after_journal",
    "before_settle",
    "in_settle",
    "after_settle",
)


def reached(name: str) -> None:
    """Die here by SIGKILL if the environment says CRASH_AT=`name`. An unknown CRASH_AT is a ConfigError."""
    wanted = os.environ.get("CRASH_AT")
    if not wanted:
        return
    if wanted not in POINTS:
        raise ConfigError(f"CRASH_AT={wanted!r} is not a point; use one of: {', '.join(POINTS)}")
    if wanted == name:
        os.kill(os.getpid(), signal.SIGKILL)
