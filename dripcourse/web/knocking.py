"""Where a request comes from, as the guard counts it: a network and never a single address."""

from __future__ import annotations

from fastapi import Request

from dripcourse.domain.networks import UNKNOWN, network
from dripcourse.web.site import Site


def network_of(request: Request) -> str:
    """The peer's network: "203.0.113.0/24" or "2001:db8:1:2::/64"; UNKNOWN where nobody can say, which counts as one.

    The peer is what uvicorn says. It believes X-Forwarded-For from this machine even where nobody has told it to:
    then whoever reaches the port from here (a tunnel, another container's proxy) could choose a network for each post.
    """
    peer = request.client
    if peer is None or _borrowed(request, peer.host):
        return UNKNOWN
    return network(peer.host) or UNKNOWN


def _borrowed(request: Request, host: str) -> bool:
    """Whether that peer was taken from a header, though no proxy is named whose header is believed."""
    site: Site = request.app.state.site
    said = ",".join(request.headers.getlist("x-forwarded-for"))
    return not site.proxied and host in said
