"""A body is put together whole or refused, and nothing in it makes it larger than its limit."""

from __future__ import annotations

import gzip
import itertools
import tracemalloc
import zlib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dripcourse.errors import InputError
from dripcourse.fetching.body import whole_body


def bare(data: bytes) -> bytes:
    made = zlib.compressobj(wbits=-15)
    return made.compress(data) + made.flush()


CODED = {
    "": lambda data: data,
    "identity": lambda data: data,
    "gzip": gzip.compress,
    " GZip ": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "Deflate": bare,
}


def cut(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


@given(
    st.binary(max_size=300) | st.integers(0, 300_000).map(bytes),
    st.sampled_from(sorted(CODED)),
    st.sampled_from([1, 7, 4096, 1 << 20]),
)
def test_a_body_is_the_same_however_it_was_packed_and_cut(data: bytes, coding: str, size: int) -> None:
    packed = CODED[coding](data)
    size = max(size, len(packed) // 1000)
    assert whole_body(cut(packed, size), coding, max(len(data), len(packed))) == data


@pytest.mark.parametrize("size", [*range(65_533, 65_540), *range(196_605, 196_612)])
@pytest.mark.parametrize("pattern", [b"\0", b"ab"])
def test_nothing_is_left_inside_where_a_step_is_full_at_the_end(size: int, pattern: bytes) -> None:
    data = (pattern * size)[:size]
    assert whole_body([bare(data)], "deflate", size) == data


@pytest.mark.parametrize("coding", sorted(CODED))
def test_one_byte_over_the_limit_is_too_large(coding: str) -> None:
    packed = CODED[coding](bytes(200_000))
    assert len(whole_body([packed], coding, 200_000)) == 200_000
    with pytest.raises(InputError, match=r"larger than 0\.199999 MB"):
        whole_body([packed], coding, 199_999)


BROKEN = [
    ("br", b"x", "not asked for"),
    ("gzip, gzip", gzip.compress(gzip.compress(b"x", mtime=0), mtime=0), "not asked for"),
    ("gzip", b"<p>not packed at all</p>", "broken"),
    ("gzip", gzip.compress(b"some text", mtime=0)[:-3], "broke off"),
    ("gzip", b"", "broke off"),
    ("deflate", b"", "broke off"),
    ("deflate", zlib.compress(b"some text")[:-3], "broke off"),
    ("gzip", gzip.compress(b"some text", mtime=0)[:-8] + b"\0" * 8, "broken"),
    ("gzip", gzip.compress(b"one", mtime=0) + gzip.compress(b"two", mtime=0), "behind its compressed end"),
    ("gzip", gzip.compress(b"one", mtime=0) + b"\0", "behind its compressed end"),
]


@pytest.mark.parametrize(("coding", "data", "reason"), BROKEN)
@pytest.mark.parametrize("size", [1, 1000])
def test_what_is_broken_cut_or_doubled_is_a_reason(coding: str, data: bytes, reason: str, size: int) -> None:
    with pytest.raises(InputError, match=reason):
        whole_body(cut(data, size), coding, 1_000_000)


@pytest.mark.parametrize("size", [1000, 1 << 20])
def test_a_bomb_is_refused_without_the_memory_it_asks_for(size: int) -> None:
    maker = zlib.compressobj(level=9, wbits=31)
    block = bytes(1 << 20)
    bomb = b"".join([*(maker.compress(block) for _ in range(16)), maker.flush()])
    assert len(bomb) < 25_000
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match="larger than 1 MB"):
            whole_body(cut(bomb, size), "gzip", 1_000_000)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 2_500_000


def test_a_packed_body_that_never_comes_to_anything_is_left_at_the_limit() -> None:
    nothing = b"\0\0\0\xff\xff"  # a stored block of no bytes, and another one follows
    with pytest.raises(InputError, match=r"larger than 0\.01 MB"):
        whole_body(itertools.repeat(nothing * 100), "deflate", 10_000)


def test_a_body_that_never_ends_is_left_where_it_is_over_the_limit() -> None:
    taken = []

    def endless() -> Iterator[bytes]:
        while True:
            taken.append(1000)
            yield bytes(1000)

    with pytest.raises(InputError, match="larger than"):
        whole_body(endless(), "", 10_000)
    assert sum(taken) == 11_000
