"""Only public addresses are connected; whatever leads into somebody's own network is told by name."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dripcourse.fetching.public import why_not_public

REFUSED = [
    ("0.0.0.0", "unspecified"),
    ("0.1.2.3", "unspecified"),
    ("10.0.0.1", "private"),
    ("10.255.255.255", "private"),
    ("100.64.0.1", "carrier"),
    ("100.127.255.255", "carrier"),
    ("100.100.100.200", "carrier"),
    ("127.0.0.1", "this machine"),
    ("127.255.255.254", "this machine"),
    ("168.63.129.16", "cloud"),
    ("169.254.169.254", "link-local"),
    ("172.16.0.1", "private"),
    ("172.31.255.255", "private"),
    ("192.0.0.192", "reserved"),
    ("192.0.2.1", "examples"),
    ("192.88.99.1", "6to4"),
    ("192.168.1.1", "private"),
    ("198.18.0.1", "measurements"),
    ("198.19.255.255", "measurements"),
    ("198.51.100.1", "examples"),
    ("203.0.113.1", "examples"),
    ("224.0.0.1", "multicast"),
    ("233.252.0.1", "multicast"),
    ("240.0.0.1", "reserved"),
    ("255.255.255.255", "reserved"),
    ("::", "unspecified"),
    ("::1", "this machine"),
    ("::127.0.0.1", "in disguise"),
    ("::8.8.8.8", "in disguise"),
    ("::ffff:127.0.0.1", "in disguise"),
    ("::ffff:8.8.8.8", "in disguise"),
    ("::ffff:0:127.0.0.1", "in disguise"),
    ("64:ff9b::7f00:1", "NAT64"),
    ("64:ff9b::8.8.8.8", "NAT64"),
    ("64:ff9b:1::a00:1", "NAT64"),
    ("100::1", "reserved"),
    ("2001::1", "Teredo"),
    ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "Teredo"),
    ("2001:2::1", "reserved"),
    ("2001:db8::1", "examples"),
    ("2002:7f00:1::", "6to4"),
    ("2002:808:808::1", "6to4"),
    ("3fff::1", "examples"),
    ("5f00::1", "reserved"),
    ("fd00::1", "private"),
    ("fd00:ec2::254", "private"),
    ("fc00::1", "private"),
    ("fe80::1", "link-local"),
    ("fe80::1%eth0", "link-local"),
    ("fec0::1", "site-local"),
    ("ff02::1", "multicast"),
    ("ff0e::1", "multicast"),
    ("2a00:1450::5efe:10.0.0.1", "in disguise"),
    ("2a00:1450::200:5efe:10.0.0.1", "in disguise"),
]
PUBLIC = ["1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.0", "172.32.0.1", "192.0.1.1", "223.255.255.255"]
PUBLIC += ["2001:4860:4860::8888", "2606:4700::6810:84e5", "2a00:1450:4001:80b::200e", "2003::1"]


@pytest.mark.parametrize(("address", "reason"), REFUSED)
def test_an_address_that_is_not_public_is_told_by_its_kind(address: str, reason: str) -> None:
    assert reason in why_not_public(ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_fine(address: str) -> None:
    assert why_not_public(ip_address(address)) == ""


@given(st.integers(0, 2**32 - 1).map(IPv4Address) | st.integers(0, 2**128 - 1).map(IPv6Address))
def test_whatever_the_standard_library_calls_not_global_is_refused(address: IPv4Address | IPv6Address) -> None:
    if not address.is_global or address.is_multicast or address.is_reserved or address.is_unspecified:
        assert why_not_public(address)


@given(st.integers(0, 2**32 - 1), st.sampled_from(["::{}", "::ffff:{}", "::ffff:0:{}", "64:ff9b::{}"]))
def test_no_ipv4_address_gets_through_inside_another(number: int, frame: str) -> None:
    assert why_not_public(ip_address(frame.format(IPv4Address(number))))
