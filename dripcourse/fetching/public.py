"""Which IP addresses are public, so that a fetch cannot be sent into somebody's own network; no names, no ports."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address

# The special-purpose registries of IANA, written out: `is_global` alone differs between releases of Python.
_SPECIAL_4 = {
    IPv4Network("0.0.0.0/8"): "an unspecified address",
    IPv4Network("10.0.0.0/8"): "a private address",
    IPv4Network("100.64.0.0/10"): "a carrier's internal address",
    IPv4Network("127.0.0.0/8"): "this machine itself",
    IPv4Network("168.63.129.16/32"): "a cloud's internal service",  # looks public; answers inside Azure only
    IPv4Network("169.254.0.0/16"): "a link-local address",  # and the metadata services of clouds
    IPv4Network("172.16.0.0/12"): "a private address",
    IPv4Network("192.0.0.0/24"): "a reserved address",
    IPv4Network("192.0.2.0/24"): "an address for examples",
    IPv4Network("192.88.99.0/24"): "a 6to4 relay",
    IPv4Network("192.168.0.0/16"): "a private address",
    IPv4Network("198.18.0.0/15"): "an address for measurements",
    IPv4Network("198.51.100.0/24"): "an address for examples",
    IPv4Network("203.0.113.0/24"): "an address for examples",
    IPv4Network("224.0.0.0/4"): "a multicast address",
    IPv4Network("240.0.0.0/4"): "a reserved address",
}
_SPECIAL_6 = {
    IPv6Network("::/128"): "an unspecified address",
    IPv6Network("::1/128"): "this machine itself",
    IPv6Network("::/96"): "an IPv4 address in disguise",  # IPv4-compatible
    IPv6Network("::ffff:0:0/96"): "an IPv4 address in disguise",  # IPv4-mapped
    IPv6Network("::ffff:0:0:0/96"): "an IPv4 address in disguise",  # IPv4-translated
    IPv6Network("64:ff9b::/96"): "an IPv4 address behind NAT64",
    IPv6Network("64:ff9b:1::/48"): "an IPv4 address behind NAT64",
    IPv6Network("2001::/32"): "a Teredo tunnel",
    IPv6Network("2001::/23"): "a reserved address",
    IPv6Network("2001:db8::/32"): "an address for examples",
    IPv6Network("2002::/16"): "a 6to4 tunnel",
    IPv6Network("3fff::/20"): "an address for examples",
    IPv6Network("fc00::/7"): "a private address",
    IPv6Network("fe80::/10"): "a link-local address",
    IPv6Network("fec0::/10"): "a site-local address",
    IPv6Network("ff00::/8"): "a multicast address",
}
_NEAR = {"a private address", "a carrier's internal address", "this machine itself"}
_UNICAST = IPv6Network("2000::/3")  # whatever else there may come to be is not handed out to web servers
_ISATAP = (0x00005EFE, 0x02005EFE)  # the third quarter of an address that ends in an IPv4 address (RFC 5214)


def why_not_public(address: Address) -> str:
    """What is wrong with connecting to that address, as "a private address"; "" if it is public."""
    if isinstance(address, IPv4Address):
        found = next((name for network, name in _SPECIAL_4.items() if address in network), "")
    else:
        found = next((name for network, name in _SPECIAL_6.items() if address in network), "") or _odd(address)
    return found or ("" if address.is_global and not address.is_multicast else "not a public address")


def why_not_near(address: Address) -> str:
    """The same where private networks and this machine may be asked, too; never link-local ones (clouds' own)."""
    found = why_not_public(address)
    return "" if found in _NEAR else found


def why_not_here(address: Address) -> str:
    """The same where only this machine may be asked."""
    return "" if address.is_loopback else "not an address of this machine"


def _odd(address: IPv6Address) -> str:
    if address not in _UNICAST:
        return "a reserved address"
    return "an IPv4 address in disguise" if int(address) >> 32 & 0xFFFFFFFF in _ISATAP else ""
