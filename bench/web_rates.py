"""Form page, sign-up and one-click in requests a second for each core, beside bare handlers of the same framework.

Fair because both are served by uvicorn with one worker and asked by the same four connections, turn and turn about; the
bare page is the same bytes, the bare post reads its form and commits one row to the same PostgreSQL. Rates are by the
server's own CPU time, for the one who asks has the other core.
"""

from __future__ import annotations

import itertools
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from bench.callers import Asked, ask, get, post
from bench.course import FORM
from bench.kit import Kit, Row, ratio
from bench.processes import Program, answers, free_port, running
from bench.seed import Seeded
from bench.visitors import people
from dripcourse.mail.links import Links

PEOPLE = 20_000
ENTRY = urlencode({"address": "new@example.com", "name": "Nia", "hour": "08:00", "zone": "Europe/Rome", "agree": "yes"})


def measure(kit: Kit) -> list[Row]:
    """No goals; the ratio says what a page costs beyond the framework."""
    db, times = kit.database(PEOPLE), 300 if kit.quick else 1500
    db.reset(0)
    db.run("CREATE TABLE IF NOT EXISTS bare (words text)")
    with _product(kit, db) as (site, port), _bare(kit, db, port) as (bare, bare_port):
        leave = _one_clicks(kit, db)
        ours: dict[str, Callable[[], Asked]] = {
            "form page": lambda: ask(site.pid, port, [get(f"/f/{FORM}")] * times, 200),
            "sign-up POST": lambda: ask(site.pid, port, _sign_ups(db, port, times), 202),
            "one-click POST": lambda: ask(site.pid, port, itertools.islice(leave, times), 200),
        }
        theirs: dict[str, Callable[[], Asked]] = {
            "page": lambda: ask(bare.pid, bare_port, [get("/page")] * times, 200),
            "row": lambda: ask(bare.pid, bare_port, [post("/row", ENTRY)] * times, 200),
        }
        return [
            _row(what, way, theirs["page" if what == "form page" else "row"], kit.rounds) for what, way in ours.items()
        ]


def _row(what: str, ours: Callable[[], Asked], bare: Callable[[], Asked], rounds: int) -> Row:
    ours(), bare()  # caches and connections, once
    pairs = [(ours(), bare()) for _ in range(rounds)]
    _, words = ratio([one.per_core for one, _ in pairs], [two.per_core for _, two in pairs])
    note = f"ours {pairs[-1][0].words()}\nbare {pairs[-1][1].words()}"
    return Row(f"{what} / bare handler", "", words, None, note)


@contextmanager
def _product(kit: Kit, db: Seeded) -> Iterator[tuple[Program, int]]:
    env = kit.settings(database_url=db.url, state_dir=kit.room / "web")
    with _served(kit, "dripcourse.web.main:app", env) as found:
        yield found


@contextmanager
def _bare(kit: Kit, db: Seeded, port: int) -> Iterator[tuple[Program, int]]:
    page = kit.room / "page.html"
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/f/{FORM}") as answer:
        page.write_bytes(answer.read())
    env = kit.settings() | {"BARE_PAGE": str(page), "BARE_DATABASE": db.url.replace("+psycopg", "")}
    with _served(kit, "bench.bare_web:app", env) as found:
        yield found


@contextmanager
def _served(kit: Kit, app: str, env: dict[str, str]) -> Iterator[tuple[Program, int]]:
    port = free_port()
    words: list[Any] = [sys.executable, "-m", "uvicorn", app, "--port", port, "--no-access-log"]
    with running(words, kit.room / f"{app.split('.')[0]}.log", env=env) as program:
        program.until(lambda: answers(port), app)
        yield program, port


def _sign_ups(db: Seeded, port: int, times: int) -> list[bytes]:
    return [post(each.path, each.body, each.network) for each in people(db, port, times)]


def _one_clicks(kit: Kit, db: Seeded) -> Iterator[bytes]:
    """A click for each run that was seeded: every one of them ends one."""
    keys = kit.settings()["DRIPCOURSE_SECRET_KEYS"]
    links = Links("", (keys,))
    with db.connect() as line:
        ids = [str(row[0]) for row in line.execute("SELECT public_id FROM enrollment ORDER BY id")]
    return (post(f"/one-click/{links.token('one-click', each)}", "List-Unsubscribe=One-Click") for each in ids)
