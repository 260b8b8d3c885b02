"""A plain address is known at a glance, and it is known for what the validator would have said."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dripcourse import addresses
from dripcourse.addresses import parse_address
from dripcourse.errors import InputError

ATOM = "abcXYZ019_+-.'!#ſKö\u0301\n \0@\"("
LABEL = "abXY09-.ſKü。_"
TOPS = [
    "com",
    "example",
    "COM",
    "test",
    "local",
    "invalid",
    "localhost",
    "onion",
    "arpa",
    "c",
    "c0m",
    "xn--p1ai",
    "x-y",
]
SPECIAL = ["info", "Postmaster", "ABUSE", "anne", "o'hara", "a" * 64, "a" * 65, "a.b", "a..b", ".a", "a."]

locals_ = st.sampled_from(SPECIAL) | st.text(ATOM, max_size=8) | st.from_regex(r"[a-z0-9_+-]{1,30}", fullmatch=True)
labels = (
    st.sampled_from(["a" * 63, "a" * 64, "ab--cd", "a--b", "xn--bcher-kva", "home", "ipv4only"])
    | st.text(LABEL, max_size=6)
    | st.from_regex(r"[A-Za-z0-9-]{1,10}", fullmatch=True)
)
domains = st.tuples(st.lists(labels, max_size=5), st.sampled_from(TOPS)).map(lambda d: ".".join([*d[0], d[1]]))
typed = st.tuples(st.sampled_from(["", " ", "\n"]), locals_, domains).map(lambda t: f"{t[0]}{t[1]}@{t[2]}{t[0]}")


def by_the_validator(text: str) -> object:
    try:
        return addresses._validated(text.strip())
    except InputError as error:
        return str(error)


def as_parsed(text: str) -> object:
    try:
        return parse_address(text)
    except InputError as error:
        return str(error)


@settings(max_examples=500)
@given(typed | st.emails() | st.text(max_size=20))
@example("INFO@Example.COM")
@example("a@" + "b" * 61 + "." + "c" * 63 + "." + "d" * 63 + "." + "e" * 58 + ".com")
@example("a" * 64 + "@" + "b" * 63 + "." + "c" * 63 + "." + "d" * 58 + ".com")
def test_every_address_is_parsed_as_the_validator_has_it(text: str) -> None:
    assert as_parsed(text) == by_the_validator(text)


@pytest.mark.parametrize("text", ["Anne.Miller+x@Mail.Example.COM", "a-b_c@x1.example", "reader-7@b.example"])
def test_a_plain_address_does_not_need_the_validator(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = by_the_validator(text)
    monkeypatch.setattr(addresses, "_validated", None)
    assert parse_address(text) == expected
