"""The page at the end of a run: the machine, then one line a measurement with its goal and what came of it."""

from __future__ import annotations

import platform
import subprocess
import sys
import sysconfig
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from bench.kit import Kit, Row
from bench.processes import ROOT
from bench.programs import path

WORDS = {True: "met", False: "MISSED", None: ""}


def page(kit: Kit, rows: list[Row], seconds: float) -> str:
    """The whole page as text."""
    widths = [max(len(cell) for cell in column) for column in zip(*(_cells(row) for row in rows), strict=True)]
    lines = [_machine(kit), ""]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(_cells(row), widths, strict=True)]
        lines.append("  ".join(cells).rstrip())
        lines += [f"    {line}" for line in row.note.splitlines()]
    lines += ["", *(f"Trouble: {one}" for one in kit.trouble)] if kit.trouble else []
    missed = sum(row.met is False for row in rows)
    lines += ["", f"{len(rows)} lines, {missed} missed, {seconds / 60:.1f} minutes{', QUICK' if kit.quick else ''}"]
    return "\n".join(lines)


def _cells(row: Row) -> tuple[str, str, str, str]:
    return row.what, row.goal, row.result, WORDS[row.met]


def _machine(kit: Kit) -> str:
    flags = sysconfig.get_config_var("CONFIG_ARGS") or ""
    built = "PGO" if "--enable-optimizations" in flags else "no PGO"
    built += ", LTO" if "--with-lto" in flags else ""
    with psycopg.connect(f"{kit.server}/postgres".replace("+psycopg", "")) as line:
        postgresql = str((line.execute("SHOW server_version").fetchone() or ("?",))[0]).split()[0]
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, commit {_said('git', 'rev-parse', '--short', 'HEAD')}{_changed()}\n"
        f"{_cpu()}, {len(_cpus())} cores, {platform.system()} {platform.release().split('-')[0]}; "
        f"Python {platform.python_version()} ({built}), "
        f"PostgreSQL {postgresql}, Postfix {_said('postconf', '-h', 'mail_version')}"
    )


def _changed() -> str:
    return " and uncommitted changes" if _said("git", "status", "--porcelain", "-uno") else ""


def _cpus() -> list[str]:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    return [line.partition(":")[2].strip() for line in lines if line.startswith("model name")] or ["unknown CPU"]


def _cpu() -> str:
    return _cpus()[0]


def _said(*words: str) -> str:
    try:
        done = subprocess.run(words, cwd=ROOT, env={"PATH": path()}, capture_output=True, text=True, check=False)
    except OSError:
        return "?"
    return done.stdout.strip()


def say(text: str) -> None:
    """Progress, apart from the page."""
    sys.stderr.write(f"bench: {text}\n")
