"""The import of people with enrollments against a bare COPY of the same rows; what is timed stands in bulk_import.py.

Fair because both end with the same rows in the same tables with all their indexes, in turns on the same server; the
import reads, checks and plans each line before.
"""

from __future__ import annotations

import re
import statistics
import subprocess
import sys

from bench.kit import Kit, Row
from bench.processes import ROOT, Failed
from bench.seed import Seeded

_ROUND = re.compile(r"^\s+import ([\d.]+) s, bare COPY ([\d.]+) s", re.M)


def measure(kit: Kit) -> list[Row]:
    """Goal: half the rate of COPY."""
    count, url = kit.many, f"{kit.server}/imports"
    Seeded(f"{kit.server}/postgres", 0).run("CREATE DATABASE imports")
    words = [sys.executable, "-m", "bench.bulk_import", url, str(count), "2"]
    done = subprocess.run(words, cwd=ROOT, env=kit.settings(), capture_output=True, text=True, check=False, timeout=600)
    rounds = [(float(ours), float(bare)) for ours, bare in _ROUND.findall(done.stdout)]
    Seeded(f"{kit.server}/postgres", 0).run("DROP DATABASE imports WITH (FORCE)")
    if not rounds:
        raise Failed(done.stderr[-300:] or done.stdout[-300:])
    each = [bare / ours for ours, bare in rounds]
    middle = statistics.median(each)
    ours, bare = (statistics.median(column) for column in zip(*rounds, strict=True))
    note = f"import {count / ours:,.0f} people/s, COPY {count / bare:,.0f} people/s"
    said = f"{middle:.2f} ({min(each):.2f}..{max(each):.2f})"
    return [Row(f"import of {count:,} / bare COPY", ">= 0.5", said, middle >= 0.5, note)]
