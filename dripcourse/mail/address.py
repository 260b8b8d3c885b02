"""Addresses and display names as they may stand in a header or an SMTP command; not whether anybody is there."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from dripcourse.addresses import parse_address
from dripcourse.errors import InputError
from dripcourse.mail.mime import encoded_words

# RFC 5321 section 4.5.3.1: 64 octets before the @, 254 in all (the path of 256 less its brackets).
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
# "=?" begins an encoded-word to many readers, even in an address, where RFC 2047 section 5 forbids one.
_ADDRESS = re.compile(rf"(?!.*=\?)(?=.{{1,64}}@)(?=.{{3,254}}\Z){_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*\Z")
_NAME_LIMIT = 64
_PLAIN_NAME = re.compile(rf"{_ATOM}(?: {_ATOM})*\Z")
# These end a name, or quote, or begin an address; the standard library loses quotes when it folds a long line.
_NAME_BREAKERS = re.compile(r'[,;:<>@"\\\s]+')


def checked(address: str) -> str:
    """`address` as it can stand in a header and in MAIL FROM or RCPT TO: its domain in ASCII. Else InputError."""
    if _ADDRESS.match(address):
        return address
    local, at, domain = address.rpartition("@")
    try:
        known = f"{local}{at}{ascii_domain(domain)}"
    except InputError:
        known = ""
    if _ADDRESS.match(known) is None:
        raise InputError(
            f"{address[:80]!r} is not an address that can be mailed; "
            "write it as name@example.org, with ASCII letters only before the @"
        )
    return known


def ascii_domain(domain: str) -> str:
    """`domain` itself where it is ASCII, its ACE form (xn--, IDNA 2008) where it is not. Else InputError."""
    if domain.isascii():
        return domain
    return parse_address(f"x@{domain}").text.rpartition("@")[2]


def mailbox(name: str, address: str) -> str:
    """`name <address>` as it stands in a header, the address alone for no name. Raises InputError as `checked`."""
    plain = len(name) <= _NAME_LIMIT and _PLAIN_NAME.match(name) and "=?" not in name
    before = name if plain else phrase(name)
    return f"{before} <{checked(address)}>" if before else checked(address)


@lru_cache(maxsize=4096)
def phrase(name: str) -> str:
    """A display name: bare, quoted, or in encoded-words, whichever it needs (RFC 5322 section 3.2.5); maybe empty."""
    safe = name_for_header(name)
    if not safe.isascii() or "=?" in safe:
        return encoded_words(safe)
    return safe if not safe or _PLAIN_NAME.match(safe) else f'"{safe}"'


def name_for_header(name: str) -> str:
    """`name` without what could end it in a header, at most 64 characters; maybe empty."""
    visible = "".join(" " if unicodedata.category(c) in ("Cc", "Cs", "Cf", "Zl", "Zp") else c for c in name)
    return _NAME_BREAKERS.sub(" ", visible).strip()[:_NAME_LIMIT].rstrip()
