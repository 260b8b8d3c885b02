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
    "before_dot",  # the mail is asked for and made, nothing that holds its final dot is out
    "after_dot",  # the kernel has the dot, the reply was not read
    "after_reply",  # the reply was read, nobody was told yet
    "before_journal",
    "after_journal",
    "before_settle",
    "in_settle",
    "after_settle",
)


_wanted = os.environ.get("CRASH_AT", "")  # read once: `reached` is called several times for each mail


def arm() -> None:
    """Read CRASH_AT again, for tests that change the environment of a running process."""
    global _wanted
    _wanted = os.environ.get("CRASH_AT", "")


def reached(name: str) -> None:
    """Die here by SIGKILL if the environment said CRASH_AT=`name`. An unknown CRASH_AT is a ConfigError."""
    if not _wanted:
        return
    if _wanted not in POINTS:
        raise ConfigError(f"CRASH_AT={_wanted!r} is not a point; use one of: {', '.join(POINTS)}")
    if _wanted == name:
        os.kill(os.getpid(), signal.SIGKILL)
