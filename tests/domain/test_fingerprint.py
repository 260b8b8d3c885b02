"""Fingerprints of addresses: the same under the same key, recognised under every key, and worth nothing without."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dripcourse.domain.fingerprint import Fingerprints

ADDRESS = "anne@example.com"


def test_it_is_the_same_after_another_key_was_added() -> None:
    kept = Fingerprints(("first",)).make(ADDRESS)
    assert kept in Fingerprints(("first", "second")).every(ADDRESS)


def test_the_newest_key_makes_it() -> None:
    both = Fingerprints(("first", "second"))
    assert both.make(ADDRESS) == both.every(ADDRESS)[-1] == Fingerprints(("second",)).make(ADDRESS)


def test_an_installation_without_the_key_recognises_nobody() -> None:
    assert Fingerprints(("first",)).make(ADDRESS) not in Fingerprints(("other",)).every(ADDRESS)


@given(st.text(), st.text())
def test_different_addresses_differ(one: str, other: str) -> None:
    known = Fingerprints(("a key",))
    assert (known.make(one) == known.make(other)) is (one == other)
    assert len(known.make(one)) == 64
