"""Places in the web that an author names: sites that may show a form, the page to go on to. It opens none of them."""

from __future__ import annotations

import re

from dripcourse.errors import InputError

LONGEST = 500
_HOST = r"(?:\[::1\]|[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*)"
_ORIGIN = re.compile(rf"(https?)://({_HOST})(?::([0-9]{{1,5}}))?")
_PAGE = re.compile(
    rf"https://{_HOST}(?::[0-9]{{1,5}})?(?:[/?#][\x21\x23-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e]*)?", re.I
)
_ENCODED_CONTROL = re.compile(r"%(?:[01][0-9a-f]|5c|7f)", re.I)  # what a careless server or proxy might decode
_HERE = {"localhost", "127.0.0.1", "[::1]"}
_USUAL = {"https": "443", "http": "80"}


def parse_origin(text: str) -> str:
    """An origin as browsers send it (RFC 6454 section 6.2): scheme, host and a port that is not the usual one.

    Raises InputError for a path, a wildcard, a user, or plain http to anywhere but this machine.
    """
    found = _ORIGIN.fullmatch(text.strip().lower())
    if found is None or int(found[3] or 1) not in range(1, 65536):
        raise InputError(
            f"{text[:80]!r} is not an origin; write https://HOST or https://HOST:PORT and nothing after it: "
            "no path, no /, no *, letters beyond a-z as xn--"
        )
    scheme, host, port = found.groups()
    if scheme == "http" and host not in _HERE:
        raise InputError(f"{text[:80]!r} is plain http; only https keeps what people type to themselves")
    return f"{scheme}://{host}" + (f":{port}" if port and port != _USUAL[scheme] else "")


def parse_thank_you(text: str) -> str:
    """An https page that people are sent on to, or "" for none. Raises InputError for whatever a browser might misread.

    No user before the host, no backslash, no control characters, not even encoded; never an address without its host.
    """
    page = text.strip()
    if not page:
        return ""
    if len(page) > LONGEST or _PAGE.fullmatch(page) is None or _ENCODED_CONTROL.search(page):
        raise InputError(
            f"{text[:80]!r} is not a page to go on to; write its whole address, such as https://school.example/thanks"
        )
    return page
