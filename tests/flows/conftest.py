"""The stage that most tests of the flows stand on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows import sky as skies
from tests.flows.stage import Stage, raised


@pytest.fixture
def stage(sqlite_url: str, tmp_path: Path) -> Iterator[Stage]:
    """The engine on SQLite with a scripted way out, and the small course published."""
    with raised(sqlite_url, tmp_path) as found:
        yield found


@pytest.fixture
def stage_on_both(database_url: str, tmp_path: Path) -> Iterator[Stage]:
    """The same, once on SQLite and once on PostgreSQL."""
    with raised(database_url, tmp_path) as found:
        yield found


@pytest.fixture
def sky(database_url: str, tmp_path: Path) -> Iterator[Stage]:
    with skies.on(database_url, tmp_path) as stage:
        yield stage


@pytest.fixture
def small_sky(sqlite_url: str, tmp_path: Path) -> Iterator[Stage]:
    with skies.on(sqlite_url, tmp_path) as stage:
        yield stage
