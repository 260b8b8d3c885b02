"""From which network a request comes: from the peer, from a header only where a proxy is named, and never from none."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from dripcourse.domain.budgets import SOFT_NETWORK
from dripcourse.domain.networks import UNKNOWN
from dripcourse.domain.seals import Seals
from dripcourse.web.app import create_app
from tests.web.conftest import World, browser

PROXY, FAR = "127.0.0.1", "192.0.2.7"


def served(world: World, peer: str, *, named: bool) -> TestClient:
    """A browser at an installation behind uvicorn, which believes 127.0.0.1 whether anybody named it or not."""
    app = create_app(world.engine, world.settings, proxied=named)
    return browser(ProxyHeadersMiddleware(app, PROXY), client=(peer, 50_000))  # type: ignore[arg-type]


def network_kept(world: World, client: TestClient, said: str | None) -> str:
    """Which of the networks of these tests the guard has counted for a sign-up with that header."""
    headers = {} if said is None else {"x-forwarded-for": said}
    assert client.post("/f/steps", data=world.entry, headers=headers).status_code == 202
    seals, row = Seals(world.engine.links.keys), [str(value) for value in world.rows("attempt")[-1]]
    known = [UNKNOWN, "127.0.0.0/24", "192.0.2.0/24", "203.0.113.0/24", "2001:db8:1:2::/64"]
    return next(name for name in known if seals.mark("network", name) in row)


@pytest.mark.parametrize(
    ("named", "peer", "said", "network"),
    [
        (True, PROXY, "203.0.113.9", "203.0.113.0/24"),
        (True, PROXY, "198.51.100.1, 203.0.113.9", "203.0.113.0/24"),  # the proxy's own entry is the last
        (True, PROXY, "203.0.113.9:4711", "203.0.113.0/24"),
        (True, PROXY, "[2001:db8:1:2::3]:4711", "2001:db8:1:2::/64"),
        (True, PROXY, "unknown", UNKNOWN),
        (True, PROXY, "_hidden, 1.2.3", UNKNOWN),
        (True, PROXY, None, "127.0.0.0/24"),
        (True, FAR, "203.0.113.9", "192.0.2.0/24"),  # no proxy of ours
        (False, PROXY, "203.0.113.9", UNKNOWN),
        (False, PROXY, "unknown", UNKNOWN),
        (False, PROXY, None, "127.0.0.0/24"),
        (False, FAR, "203.0.113.9", "192.0.2.0/24"),
    ],
)
def test_a_header_counts_where_its_proxy_is_named(
    world: World, named: bool, peer: str, said: str | None, network: str
) -> None:
    assert network_kept(world, served(world, peer, named=named), said) == network


@pytest.mark.parametrize(("named", "said"), [(False, "198.51.{}.9"), (True, "unknown{}")])
def test_nobody_gets_a_budget_for_each_post_by_a_header(world: World, named: bool, said: str) -> None:
    client = served(world, PROXY, named=named)
    answers = [
        client.post("/f/steps", data=world.entry, headers={"x-forwarded-for": said.format(n)}).status_code
        for n in range(SOFT_NETWORK + 2)
    ]
    assert answers == [202] * SOFT_NETWORK + [429] * 2
