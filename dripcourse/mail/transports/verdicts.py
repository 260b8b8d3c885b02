"""What a server's words come to for the mail at hand; what follows for the connection is decided in lane.py."""

from __future__ import annotations

from functools import lru_cache

from dripcourse.mail.transports import NO_ANSWER, Reply

#: The codes by which each step of an envelope is granted.
GOOD = {"rset": (250,), "mail": (250,), "rcpt": (250, 251, 252), "data": (354,)}


def refused(code: int, text: bytes, step: str) -> Reply:
    """The end of a mail before its body. A code that makes no sense there is no answer."""
    return Reply(code if code // 100 in (4, 5) else NO_ANSWER, _words(text), step, accepted=False)


@lru_cache(maxsize=64)
def after_dot(code: int, text: bytes) -> Reply:
    """Only 25x, 4xx and 5xx mean anything after the dot (RFC 5321 section 4.3.2); anything else leaves doubt.

    Kept, so that a server that says the same each time is heard at no cost.
    """
    accepted = code // 10 == 25
    if accepted or code // 100 in (4, 5):
        return Reply(code, _words(text), "dot", accepted=accepted)
    return Reply(NO_ANSWER, _words(text), "dot", accepted=False, in_doubt=True)


def unheard(why: str, stage: str, *, in_doubt: bool = False) -> Reply:
    """The connection ended instead of a reply."""
    return Reply(NO_ANSWER, why, stage, accepted=False, in_doubt=in_doubt)


def too_large(size: int, limit: int) -> Reply:
    """RFC 1870 section 3: what the server says it will not take is not sent to it. Both in bytes."""
    text = f"5.3.4 the mail has {size} bytes, the server takes {limit}; it was not sent"
    return Reply(552, text, "size", accepted=False)


def _words(text: bytes) -> str:
    return text.decode("utf-8", "replace")
