"""The promises the fixtures make to the other tests."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis
from sqlalchemy import create_engine, inspect, make_url, text

from tests.services import asking
from tests.services.servers import StartError, start_postgresql, start_redis

ROOT = Path(__file__).resolve().parents[2]
_LEFT_OPEN: list[psycopg.Connection] = []  # keeps them from being closed between tests


@pytest.fixture(scope="module", autouse=True)
def _close_in_the_end() -> Iterator[None]:
    yield
    while _LEFT_OPEN:
        _LEFT_OPEN.pop().close()


@pytest.mark.parametrize("_run", [1, 2])
def test_a_database_is_empty_at_first_and_writable(database_url: str, _run: int) -> None:
    engine = create_engine(database_url)
    try:
        assert inspect(engine).get_table_names() == []
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE mark (n INTEGER)"))
            connection.execute(text("INSERT INTO mark VALUES (1)"))
    finally:
        engine.dispose()


@pytest.mark.parametrize("_run", [1, 2])
def test_a_session_left_open_by_one_test_does_not_stop_the_next(postgres_url: str, _run: int) -> None:
    left_open = psycopg.connect(postgres_url.replace("+psycopg", ""))
    left_open.execute("CREATE SCHEMA extra CREATE TABLE mark (n INTEGER)")
    _LEFT_OPEN.append(left_open)


def test_two_kinds_of_database_are_what_they_say(sqlite_url: str, postgres_url: str) -> None:
    assert sqlite_url.startswith("sqlite:///")
    with psycopg.connect(postgres_url.replace("+psycopg", "")) as connection:
        version = connection.execute("SHOW server_version_num").fetchone()
    assert version
    assert int(version[0]) >= 130000


@pytest.mark.parametrize("_run", [1, 2])
def test_redis_is_empty_at_first_and_writable(redis_url: str, _run: int) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
        client.set("mark", 1)


def test_each_worker_has_its_own_redis_database(monkeypatch: pytest.MonkeyPatch) -> None:
    addresses = set()
    for worker in ("", "gw0", "gw1", "gw30"):
        monkeypatch.setenv("PYTEST_XDIST_WORKER", worker)
        addresses.add(asking.redis_url())
    assert len(addresses) == 4


def test_a_server_that_is_named_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRIPCOURSE_TEST_REDIS_URL", "redis://named.example:7000/9")
    assert asking.url.__wrapped__("redis") == "redis://named.example:7000/9"


@pytest.mark.parametrize(("start", "package"), [(start_redis, "redis-server"), (start_postgresql, "postgresql")])
def test_no_server_at_all_is_an_error_that_says_what_to_install(
    start, package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.services.servers.redis_servers", list)
    monkeypatch.setattr("tests.services.servers.postgresql_folders", list)
    with pytest.raises(StartError, match=f"apt-get install .* {package}"):
        start(tmp_path)


def test_a_server_that_dies_at_once_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "redis-server"
    broken.write_text("#!/bin/sh\necho out of luck >&2\nexit 1\n", encoding="utf-8")
    broken.chmod(0o755)
    monkeypatch.setattr("tests.services.servers.redis_servers", lambda: [broken])
    with pytest.raises(StartError, match="out of luck"):
        start_redis(tmp_path)


def test_nothing_is_left_after_pytest_is_killed(tmp_path: Path) -> None:
    program = """
        import os, time
        from tests.services import asking
        asking.hire()
        print(asking.url("postgresql"), asking.url("redis"), flush=True)
        time.sleep(600)
    """
    run = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "TMPDIR": "/tmp"},
    )
    with run:
        assert run.stdout
        addresses = run.stdout.readline().split()
        ports = [make_url(address).port or 0 for address in addresses]
        assert len(ports) == 2
        assert all(_listens(port) for port in ports)
        run.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 20
    while any(_listens(port) for port in ports):
        assert time.monotonic() < deadline, "a server is still there"
        time.sleep(0.05)


def _listens(port: int) -> bool:
    try:
        psycopg.connect(host="127.0.0.1", port=port, user="nobody", connect_timeout=2).close()
    except psycopg.OperationalError as error:
        return "refused" not in str(error)
    return True
