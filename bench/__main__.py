"""`python -m bench [name …]`: runs the measurements one after another and prints the page. QUICK=1 makes it short."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import time
import traceback
from contextlib import ExitStack
from types import FrameType

from bench import page, programs, servers
from bench.kit import Kit, Row
from bench.processes import Failed

#: In the order of the page. Each is a file here with `measure(kit) -> list[Row]`.
MEASUREMENTS = (
    "into_smtp_sink",
    "into_lean_sink",
    "into_postfix",
    "prepared_message",
    "dkim",
    "journal_cost",
    "growth",
    "idle_tick",
    "imports",
    "embedded",
    "kills",
    "peak_hour",
    "paced_relay",
    "web_rates",
    "compiler",
)


def main() -> int:
    """Exit code 0 when every measurement could be made, whatever it showed; 1 when one could not."""
    names = sys.argv[1:] or MEASUREMENTS
    unknown = [name for name in names if name not in MEASUREMENTS]
    if unknown:
        page.say(f"there is no measurement {unknown[0]}; there are: {', '.join(MEASUREMENTS)}")
        return 2
    signal.signal(signal.SIGTERM, _end)
    started, quick = time.monotonic(), os.environ.get("QUICK", "0") not in ("", "0")
    try:
        programs.require()
        with servers.room() as room, ExitStack() as open_now:
            kit = Kit(room, quick, open_now)
            rows = [row for name in names for row in _measured(kit, name)]
            sys.stdout.write(page.page(kit, rows, time.monotonic() - started) + "\n")
    except Failed as error:
        page.say(str(error))
        return 1
    return int(any(row.result == "failed" for row in rows))


def _measured(kit: Kit, name: str) -> list[Row]:
    """The lines of one measurement; one that breaks takes none of the others with it."""
    page.say(name)
    started = time.monotonic()
    try:
        rows: list[Row] = importlib.import_module(f"bench.{name}").measure(kit)
    except Exception as error:
        if not isinstance(error, Failed):
            traceback.print_exc()
        rows = [Row(name, "", "failed", None, "\n".join(str(error).splitlines()[:4]))]
    for row in rows:
        page.say(f"  {row.what}: {row.result} {row.note}")
    page.say(f"  {time.monotonic() - started:.0f} s")
    return rows


def _end(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt  # the blocks that hold processes end them


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        page.say("ended; everything that was started is stopped")
        sys.exit(130)
