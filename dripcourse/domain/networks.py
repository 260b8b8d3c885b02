"""Where somebody comes from, as the guard counts it: a network and never a single address."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

#: All that come from nowhere we know count as one network, or whoever hides would have no budget to keep to.
UNKNOWN = "unknown"


def network(address: str) -> str:
    """The network of an IP address: "203.0.113.0/24" or "2001:db8:1:2::/64"; "" for what is no address.

    An IPv4 address within IPv6 (::ffff:203.0.113.9) counts as what it is.
    """
    try:
        found = ip_address(address.partition("%")[0])  # without a zone (RFC 4007)
    except ValueError:
        return ""
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return str(ip_network((found, 64 if isinstance(found, IPv6Address) else 24), strict=False))
