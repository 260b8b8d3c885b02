"""Where a request comes from, as the guard counts it: a network and never a single address."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

from fastapi import Request


def network_of(request: Request) -> str:
    """The peer's network: "203.0.113.0/24" or "2001:db8:1:2::/64"; "" where there is no peer (a Unix socket, say).

    The peer is what uvicorn says. Behind a proxy it reads X-Forwarded-For, if FORWARDED_ALLOW_IPS names that proxy;
    here nobody's header is believed.
    """
    return network(request.client.host) if request.client else ""


def network(peer: str) -> str:
    """The same of an address; an IPv4 address within IPv6 (::ffff:203.0.113.9) counts as what it is."""
    try:
        found = ip_address(peer.partition("%")[0])  # without a zone (RFC 4007)
    except ValueError:
        return ""
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return str(ip_network((found, 64 if isinstance(found, IPv6Address) else 24), strict=False))
