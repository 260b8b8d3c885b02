"""Signed links: an opaque public id and what it may be used for, and nothing about the person it stands for."""

from __future__ import annotations

import hmac
import re
from binascii import b2a_base64
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b

from dripcourse.errors import ConfigError, NotFound

#: Purposes that stand in one mail share a sheet: its key signs an id once, and each purpose takes its half of the MAC.
_SHEETS = {
    "lesson": ("leave", "one-click"),
    "reader": ("me", "mail-leave"),
    "sign-up": ("confirm", "decline"),
    "no-more": ("decline-now",),
    "goodbye": ("undo",),
    "own": ("data", "erase"),
}
PURPOSES = tuple(purpose for purposes in _SHEETS.values() for purpose in purposes)

_TAG_BYTES = 16  # 128 bits; so a whole link still fits one header line
_TAG = 22  # characters of base64, without its padding
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_SHORTEST_KEY = 16
_PUBLIC_ID = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
_PLACES = {purpose: (sheet, half) for sheet, purposes in _SHEETS.items() for half, purpose in enumerate(purposes)}


@dataclass(frozen=True)
class Links:
    """Makes and reads signed links. Of `keys`, oldest first, the last one signs and all of them verify."""

    base_url: str
    keys: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.keys or any(len(key) < _SHORTEST_KEY for key in self.keys):
            raise ConfigError(
                f"the link keys need at least one key, each of {_SHORTEST_KEY} characters or more; "
                "make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"
            )

    def lesson_urls(self, public_id: str) -> tuple[str, str, str, str]:
        """(leave, one-click, me) as `url` gives them, and the token of mail-leave: all of one lesson, by two MACs."""
        root, keyed, reader = self._lesson_sheets
        leave, one_click = _tags(keyed, _known_id(public_id))
        me, mail_leave = _tags(reader, public_id)
        return (
            f"{root}/leave/{public_id}.{leave}",
            f"{root}/one-click/{public_id}.{one_click}",
            f"{root}/me/{public_id}.{me}",
            f"{public_id}.{mail_leave}",
        )

    def url(self, purpose: str, public_id: str) -> str:
        """The link for this purpose, such as https://course.example.org/leave/k3v9.Tq…"""
        return f"{self.base_url.rstrip('/')}/{purpose}/{self.token(purpose, public_id)}"

    def token(self, purpose: str, public_id: str) -> str:
        """`public_id` and its signature, 39 characters for an id of 16."""
        sheet, half = _place(purpose)
        return f"{public_id}.{_tags(self._derived[sheet][0], _known_id(public_id))[half]}"

    def read(self, purpose: str, token: str) -> str:
        """The public id in `token`. Raises NotFound, always with the same words, if it is not ours for this purpose."""
        public_id, _, signature = token.rpartition(".")
        sheet, half = _place(purpose)
        # Spellings are compared, not bytes: base64 readers skip what they do not know, and a link has one spelling.
        if _PUBLIC_ID.match(public_id) and any(
            _same(_tags(keyed, public_id)[half], signature) for keyed in self._derived[sheet]
        ):
            return public_id
        raise NotFound("this link is not valid; it may have been cut off: open the newest mail and try again")

    @cached_property
    def _lesson_sheets(self) -> tuple[str, blake2b, blake2b]:
        return self.base_url.rstrip("/"), self._derived["lesson"][0], self._derived["reader"][0]

    @cached_property
    def _derived(self) -> dict[str, tuple[blake2b, ...]]:
        """For each sheet the hash under each key, the newest, which signs, first; copied for each id.

        Keyed BLAKE2b (RFC 7693) is a MAC by itself, and takes a third of HMAC-SHA256's time. A key may have any
        length, so what keys the hash is a hash of it.
        """
        keys = [blake2b(key.encode("utf-8"), person=b"dripcourse.key").digest() for key in reversed(self.keys)]
        return {
            sheet: tuple(blake2b(key=key, person=sheet.encode(), digest_size=2 * _TAG_BYTES) for key in keys)
            for sheet in _SHEETS
        }


def _place(purpose: str) -> tuple[str, int]:
    if purpose not in _PLACES:
        raise ValueError(f"no such link purpose: {purpose!r}; there are {', '.join(PURPOSES)}")
    return _PLACES[purpose]


def _known_id(public_id: str) -> str:
    if _PUBLIC_ID.match(public_id) is None:
        raise ValueError("a public id has 1 to 64 of the characters A-Z a-z 0-9 _ -")
    return public_id


def _tags(keyed: blake2b, public_id: str) -> tuple[str, str]:
    """Both halves of the MAC, each in its one right spelling."""
    signing = keyed.copy()
    signing.update(public_id.encode("ascii"))
    mac = signing.digest()
    # Two bytes between the halves let each begin on a group of four characters, so that one call spells both.
    both = b2a_base64(mac[:_TAG_BYTES] + b"\0\0" + mac[_TAG_BYTES:], newline=False).translate(_URL_SAFE).decode("ascii")
    return both[:_TAG], both[_TAG + 2 : 2 * _TAG + 2]


def _same(ours: str, theirs: str) -> bool:
    return hmac.compare_digest(ours.encode("ascii"), theirs.encode("utf-8", "replace"))
