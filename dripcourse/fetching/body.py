"""Puts a body together from its pieces, decoded, within a size that nothing in it can exceed. Knows no network."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from dripcourse.errors import InputError

_GZIP, _ZLIB, _BARE = 31, 15, -15  # what zlib calls wbits
_STEP = 65_536


class Inflater(Protocol):
    """What zlib's decompression objects can do; their own type has no public name."""

    @property
    def unconsumed_tail(self) -> bytes:
        """What was given and is not decompressed yet."""

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        """At most `max_length` bytes of what `data` makes; the rest of it waits in `unconsumed_tail`."""


def whole_body(pieces: Iterable[bytes], coding: str, most: int) -> bytes:
    """The body with its Content-Encoding `coding` undone. At most `most` bytes before and after, else InputError.

    Also refused, as a reason without remedy: a coding that was not asked for, a broken or cut stream, a second stream
    behind the first. Never holds more than `most` and some 100 kB.
    """
    body = bytearray()
    for piece in _decoder(coding)(_capped(pieces, most)):
        body += piece
        if len(body) > most:
            raise too_large(most)
    return bytes(body)


def too_large(most: int) -> InputError:
    """The reason for what is over the limit of `most` bytes."""
    return InputError(f"the page is larger than {most / 1_000_000:g} MB")


def _capped(pieces: Iterable[bytes], most: int) -> Iterator[bytes]:
    got = 0
    for piece in pieces:
        got += len(piece)
        if got > most:
            raise too_large(most)
        yield piece


def _decoder(coding: str) -> Callable[[Iterator[bytes]], Iterator[bytes]]:
    name = coding.strip().lower()
    if name not in _DECODERS:
        raise InputError("the page comes in a compression that was not asked for")
    return _DECODERS[name]


def _as_it_is(pieces: Iterator[bytes]) -> Iterator[bytes]:
    return pieces


def _gunzipped(pieces: Iterator[bytes]) -> Iterator[bytes]:
    return _inflated(pieces, _GZIP)


def _undeflated(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """`deflate` means a zlib stream; some servers send a bare one. A zlib stream begins with 8 in its low half byte."""
    first = next(pieces, b"")
    return _inflated(_again(first, pieces), _ZLIB if first[:1] and first[0] & 15 == 8 else _BARE)


def _again(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _inflated(pieces: Iterator[bytes], kind: int) -> Iterator[bytes]:
    stream = zlib.decompressobj(kind)
    try:
        for piece in pieces:
            if stream.eof:
                raise InputError("the page has something behind its compressed end")
            yield from _drained(stream, piece)
    except zlib.error:
        raise InputError("the page's compression is broken") from None
    if not stream.eof:
        raise InputError("the page broke off before its end")
    if stream.unused_data:
        raise InputError("the page has something behind its compressed end")


def _drained(stream: Inflater, piece: bytes) -> Iterator[bytes]:
    """Everything `piece` makes, a little at a time, so that whoever takes it can stop."""
    made = stream.decompress(piece, _STEP)
    yield made
    while stream.unconsumed_tail or len(made) == _STEP:  # a full step may have left some inside
        made = stream.decompress(stream.unconsumed_tail, _STEP)
        yield made


_DECODERS: dict[str, Callable[[Iterator[bytes]], Iterator[bytes]]] = {
    "": _as_it_is,
    "identity": _as_it_is,
    "gzip": _gunzipped,
    "x-gzip": _gunzipped,
    "deflate": _undeflated,
}
