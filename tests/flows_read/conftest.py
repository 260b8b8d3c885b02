"""The stage of the sending flows: here its ledger is only read, or spoilt on purpose."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.stage import Stage, raised


@pytest.fixture
def stage(sqlite_url: str, tmp_path: Path) -> Iterator[Stage]:
    """The engine on SQLite, the small course published: welcome, one … four, completion."""
    with raised(sqlite_url, tmp_path) as found:
        yield found


@pytest.fixture
def stage_on_both(database_url: str, tmp_path: Path) -> Iterator[Stage]:
    """The same, once on SQLite and once on PostgreSQL."""
    with raised(database_url, tmp_path) as found:
        yield found
