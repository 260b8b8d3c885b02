"""The house stands as drawn: rooms know only the floors below, and every guest stays in his room."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.house.floors import FLOORS, findings

ROOT = Path(__file__).resolve().parents[2]

PLANTED = [
    ("dripcourse/domain/plan.py", "from dripcourse.storage.rows import Row", 1, "storage is above domain"),
    ("dripcourse/domain/plan.py", "from ..storage import rows", 1, "storage is above domain"),
    ("dripcourse/errors.py", "import dripcourse.domain.plan", 1, "domain is above errors"),
    ("dripcourse/mail/wire.py", "from dripcourse.storage import rows", 1, "on the same floor"),
    ("dripcourse/mail/wire.py", "\nfrom dripcourse import flows", 2, "flows is above mail"),
    ("dripcourse/data.py", "from dripcourse.config import Settings", 1, "on the same floor"),
    ("dripcourse/web/pages.py", "from workers.app import app", 1, "on the same floor"),
    ("dripcourse/web/pages.py", "import dripcourse.cli.app", 1, "on the same floor"),
    ("workers/tasks.py", "import dripcourse.web.pages", 1, "on the same floor"),
    ("dripcourse/__init__.py", "from dripcourse.flows import send", 1, "front door"),
    ("dripcourse/attic.py", "", 1, "'attic' is on no floor"),
    ("dripcourse/flows/send.py", "import sqlalchemy.orm", 1, "sqlalchemy belongs in storage only"),
    ("dripcourse/cli/db.py", "from alembic import command", 1, "alembic belongs in storage only"),
    ("dripcourse/cli/run.py", "from celery import Celery", 1, "celery belongs in workers only"),
    ("dripcourse/web/pages.py", "import kombu", 1, "kombu belongs in workers only"),
    ("dripcourse/flows/send.py", "from premailer import Premailer", 1, "premailer belongs in mail only"),
    ("dripcourse/cli/run.py", "import smtplib", 1, "smtplib belongs in mail only"),
    ("dripcourse/cli/course.py", "import http.client", 1, "http.client belongs in fetching only"),
    ("dripcourse/flows/hooks.py", "from http import client", 1, "http.client belongs in fetching only"),
    ("dripcourse/flows/hooks.py", "from http.client import HTTPSConnection", 1, "http.client belongs in fetching only"),
    ("dripcourse/web/pages.py", "import urllib.request as web", 1, "urllib.request belongs in fetching only"),
    ("dripcourse/courses/read.py", "from urllib.request import urlopen", 1, "urllib.request belongs in fetching only"),
    ("dripcourse/courses/read.py", "from urllib import request", 1, "urllib.request belongs in fetching only"),
    ("dripcourse/cli/course.py", "import httpx", 1, "httpx belongs in fetching only"),
    ("dripcourse/flows/hooks.py", "import requests", 1, "requests belongs in fetching only"),
    ("workers/tasks.py", "from aiohttp import ClientSession", 1, "aiohttp belongs in fetching only"),
    ("workers/tasks.py", "import urllib3", 1, "urllib3 belongs in fetching only"),
    ("dripcourse/flows/hooks.py", "import socket", 1, "socket belongs in cli or fetching or mail only"),
    ("dripcourse/web/pages.py", "from ssl import SSLContext", 1, "ssl belongs in fetching or mail only"),
    ("dripcourse/fetching/fetch.py", "from dripcourse.config import Settings", 1, "on the same floor"),
    ("dripcourse/confined.py", "from dripcourse.courses import article", 1, "courses is above confined"),
    ("dripcourse/domain/plan.py", "import pydantic", 1, "domain imports only the standard library"),
    ("dripcourse/domain/plan.py", "import time", 1, "no clock"),
    ("dripcourse/flows/send.py", "def f():\n    import json", 2, "inside the function f"),
    ("dripcourse/flows/send.py", "from importlib import import_module\nimport_module('x')", 2, "hides an import"),
    ("dripcourse/flows/send.py", "json = __import__('json')", 1, "hides an import"),
    ("dripcourse/flows/send.py", "from datetime import datetime\ndatetime.now()", 2, "top floor only"),
    ("dripcourse/flows/send.py", "import datetime as dt\nx = dt.datetime.utcnow", 2, "top floor only"),
    ("dripcourse/mail/wire.py", "from time import time as clock\n\nclock()", 3, "top floor only"),
    ("dripcourse/storage/rows.py", "from datetime import date\ndate.today()", 2, "top floor only"),
    ("dripcourse/mail/utils.py", "", 1, "not 'utils'"),
    ("dripcourse/mail/base.py", "", 1, "not 'base'"),
    ("dripcourse/flows/helpers/__init__.py", "", 1, "not 'helpers'"),
]
ALLOWED = [
    ("dripcourse/errors.py", "import dataclasses"),
    ("dripcourse/domain/plan.py", "from datetime import datetime, time\nfrom dripcourse.errors import InputError"),
    ("dripcourse/config.py", "import pydantic\nfrom dripcourse.domain import plan"),
    ("dripcourse/storage/migrations/env.py", "import sqlalchemy\nfrom alembic import context"),
    ("dripcourse/storage/rows.py", "from dripcourse import __version__\nfrom dripcourse import config"),
    ("dripcourse/mail/wire.py", "import smtplib, time\nstarted = time.monotonic()"),
    ("dripcourse/flows/send.py", "from dripcourse.mail import wire\nfrom dripcourse.storage import rows"),
    ("dripcourse/cli/serve.py", "from workers import app\nfrom dripcourse.web import pages"),
    ("dripcourse/web/pages.py", "import time\nfrom datetime import datetime, UTC\ndatetime.now(UTC), time.time()"),
    ("dripcourse/fetching/fetch.py", "import http.client, socket, ssl\nfrom dripcourse.errors import InputError"),
    ("dripcourse/cli/course.py", "import http\nfrom http import HTTPStatus\nfrom urllib.parse import urlsplit"),
    ("dripcourse/flows/hooks.py", "import socketserver\nfrom dripcourse.fetching import fetch"),
    ("dripcourse/__main__.py", "from dripcourse.cli.app import main"),
    ("workers/tasks.py", "from celery import Celery\nfrom dripcourse.flows import send"),
]


def build(root: Path, files: dict[str, str]) -> Path:
    """A house of empty rooms under `root`, with `files` put in."""
    rooms = {
        f"dripcourse/{room}/__init__.py": "" for room in ("domain", "courses", "storage", "mail", "flows", "web", "cli")
    }
    bare = {"dripcourse/__init__.py": "__version__ = '0'", "workers/__init__.py": "", "workers/app.py": ""}
    modules = dict.fromkeys(("dripcourse/mail/wire.py", "dripcourse/storage/rows.py", "dripcourse/config.py"), "")
    for name, text in {**rooms, **bare, **modules, **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


def test_the_house_stands_as_drawn() -> None:
    found = findings(ROOT)
    assert not found, "\n" + "\n".join(str(finding) for finding in found)


def test_every_room_of_the_house_is_on_one_floor_only() -> None:
    rooms = [room for floor in FLOORS for room in floor]
    assert len(rooms) == len(set(rooms))


@pytest.mark.parametrize(("path", "source", "line", "rule"), PLANTED)
def test_a_planted_violation_is_found_where_it_stands(
    path: str, source: str, line: int, rule: str, tmp_path: Path
) -> None:
    found = findings(build(tmp_path, {path: source}))
    assert [(each.path, each.line) for each in found] == [(path, line)]
    assert rule in found[0].rule


def test_what_is_allowed_is_not_found(tmp_path: Path) -> None:
    assert findings(build(tmp_path, dict(ALLOWED))) == []


def test_a_circle_of_imports_is_found_once_with_its_way(tmp_path: Path) -> None:
    circle = {
        "dripcourse/mail/one.py": "from dripcourse.mail import two",
        "dripcourse/mail/two.py": "import dripcourse.mail.three",
        "dripcourse/mail/three.py": "\nfrom .one import x",
    }
    found = findings(build(tmp_path, circle))
    assert len(found) == 1
    for name in ("one", "two", "three"):
        assert f"dripcourse.mail.{name}" in found[0].rule
