"""What every test may ask for: an empty database of either kind, and a Redis of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
import redis
from hypothesis import settings

from tests.services import asking

settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")

KEEPER = pytest.StashKey()
_numbers = count(1)


def pytest_configure(config: pytest.Config) -> None:
    """Hires the keeper of the servers, once: the workers of pytest-xdist find it by the environment."""
    if not hasattr(config, "workerinput"):
        config.stash[KEEPER] = asking.hire()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Nothing stays behind."""
    keeper = config.stash.get(KEEPER, None)
    if keeper:
        asking.dismiss(keeper)


@pytest.fixture(scope="session")
def _postgresql() -> Iterator[tuple[str, psycopg.Connection]]:
    """This worker's own database: its URL and a connection that empties it."""
    server = asking.url("postgresql")
    name = f"dripcourse_test_{os.getpid()}_{asking.worker_number()}"
    url = asking.in_database(server, name)
    with psycopg.connect(_plain(server), autocommit=True) as maker:
        maker.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        with psycopg.connect(_plain(url), autocommit=True) as door:
            yield url, door
        maker.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgres_url(_postgresql: tuple[str, psycopg.Connection]) -> str:
    """The URL of an empty PostgreSQL database that no other test uses meanwhile: `postgresql+psycopg://…`."""
    url, door = _postgresql
    _empty(door)
    return url


def _empty(door: psycopg.Connection) -> None:
    # ten times faster than a new database for each test; what a failed test left connected is cut off first
    door.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    schemas = door.execute(
        "SELECT quote_ident(nspname) FROM pg_namespace"
        " WHERE nspname <> 'information_schema' AND nspname NOT LIKE 'pg\\_%'"
    )
    for (schema,) in schemas.fetchall():
        door.execute(f"DROP SCHEMA {schema} CASCADE")
    door.execute("CREATE SCHEMA public")


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg:", "postgresql:", 1)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of a SQLite file of this test's own, not yet there: `sqlite:///…`."""
    return f"sqlite:///{tmp_path / 'dripcourse.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database of this test's own; the test runs once on each kind."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


@pytest.fixture
def redis_url() -> str:
    """The URL of this worker's own Redis database, emptied: `redis://…/N`."""
    url = asking.redis_url()
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    return url
