"""The two servers on loopback that the tests of fetching ask."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fetching.server import Server, serving


@pytest.fixture
def site() -> Iterator[Server]:
    """With TLS, and a certificate for site.example."""
    with serving(tls=True) as server:
        yield server


@pytest.fixture
def plain() -> Iterator[Server]:
    """Without TLS."""
    with serving(tls=False) as server:
        yield server
