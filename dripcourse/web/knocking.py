"""Where a request comes from, as the guard counts it: a network and never a single address."""

from __future__ import annotations

from fastapi import Request

from dripcourse.domain.networks import network


def network_of(request: Request) -> str:
    """The peer's network: "203.0.113.0/24" or "2001:db8:1:2::/64"; "" where there is no peer (a Unix socket, say).

    The peer is what uvicorn says. Behind a proxy it reads X-Forwarded-For, if FORWARDED_ALLOW_IPS names that proxy;
    here nobody's header is believed.
    """
    return network(request.client.host) if request.client else ""
