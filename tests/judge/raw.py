"""Headers and form of the final bytes by MAIL.md 1.2 and 1.3 (U1-U3, H1-H8, H12); bodies are read in `body`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from email import policy
from email.parser import BytesParser

from tests.judge import keys
from tests.judge.specimen import Specimen

Said = Iterator[tuple[str, str]]  # (rule, what is wrong)

_ONCE = ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version")
_NEVER = ("Bcc", "Return-Path", "Received")
_AT_MOST_ONCE = (
    "Reply-To", "Cc", "List-Unsubscribe", "List-Unsubscribe-Post", "List-Id", "List-Help", "Feedback-ID",
    "Auto-Submitted", "Precedence", "Content-Type", "Content-Transfer-Encoding",
)  # fmt: skip
_STRUCTURED = re.compile(
    r"(?i)list-unsubscribe|list-unsubscribe-post|list-help|message-id|date|content-.*|mime-version|feedback-id"
    r"|auto-submitted|precedence|x-auto-response-suppress|dkim-signature"
)
_ALONE = re.compile(rb"\A[A-Za-z-]+: ")  # a single word behind its header's name is not broken
_WORD = re.compile(r"=\?[^?\s]*\?[^?\s]*\?[^?\s]*\?=")
_DATE = re.compile(r"[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}")
_LIST_ID = re.compile(r".*<[a-z0-9-]+(?:\.[a-z0-9-]+)+>")
_FEEDBACK_ID = re.compile(r"[^:\s]+:[^:\s]+:[^:\s]+:[A-Za-z0-9._-]{5,15}")


def form(mail: Specimen) -> Said:
    """H2 to H4: lines, ends, characters, encoded-words."""
    if b"\0" in mail.raw or re.search(rb"(?<!\r)\n|\r(?!\n)", mail.raw):
        yield "H2", "a NUL, or a line that does not end in CRLF"
    lines = mail.raw.split(b"\r\n")
    longest = max(map(len, lines))
    if longest > 998:
        yield "H2", f"a line of {longest} octets; 998 are allowed"
    for line in lines:
        if len(line) > 78 and b" " in _ALONE.sub(b"", line).strip() and not line.startswith((b"List-", b"Message-ID")):
            yield "H2", f"a line of {len(line)} octets that could have been folded: {line[:60]!r}"
    if not mail.raw.isascii():
        yield "H4", "bytes beyond ASCII"
    yield from _encoded_words(mail)


def _encoded_words(mail: Specimen) -> Said:
    for name, value in mail.head:
        words = _WORD.findall(value)
        if any(len(word) > 75 for word in words):
            yield "H3", f"{name}: an encoded-word of more than 75 characters"
        if words and _STRUCTURED.fullmatch(name):
            yield "H3", f"{name}: an encoded-word in a structured header"
        if any(_WORD.search(part) for part in re.findall(r'<[^>]*>|"[^"]*"', value)):
            yield "H3", f"{name}: an encoded-word within <> or quotes"
        if "=?" in _WORD.sub("", value):
            yield "H3", f"{name}: the beginning of an encoded-word that is none"


def counts(mail: Specimen) -> Said:
    """H1: which headers stand how often."""
    for name in _ONCE:
        if len(mail.headers(name)) != 1:
            yield "H1", f"{len(mail.headers(name))} headers {name}; exactly one is wanted"
    for name in _AT_MOST_ONCE:
        if len(mail.headers(name)) > 1:
            yield ("U1" if name.startswith("List-Unsub") else "H1"), f"{len(mail.headers(name))} headers {name}"
    for name in _NEVER:
        if mail.headers(name):
            yield "H1", f"a header {name}, which is not ours to write"


def persons(mail: Specimen) -> Said:
    """H1 again: To and From each hold one mailbox, and the right one."""
    for name, wanted in (("To", mail.merged["recipient"]), ("From", None)):
        found = mail.message[name].addresses if mail.message[name] else ()
        if len(found) != 1 or (wanted and found[0].addr_spec != wanted):
            yield "H1", f"{name} reads as {[each.addr_spec for each in found]}"


def names(mail: Specimen) -> Said:
    """H5: date and Message-ID."""
    date, identity = "".join(mail.headers("Date")), "".join(mail.headers("Message-ID"))
    if not _DATE.fullmatch(date) or date != mail.sent_at:
        yield "H5", f"the date {date!r}; it was sent {mail.sent_at!r}"
    if not re.fullmatch(rf"<[0-9a-zA-Z._-]{{16,}}@{re.escape(mail.domain)}>", identity):
        yield "H5", f"the Message-ID {identity!r} is not <unique@{mail.domain}>"


def lists(mail: Specimen) -> Said:
    """H6 to H8: what the lists of mailbox providers and other machines read."""
    has = {name: "".join(mail.headers(name)) for name in ("List-Id", "List-Help", "Feedback-ID", "Precedence")}
    if "".join(mail.headers("X-Auto-Response-Suppress")) != "All":
        yield "H8", "no X-Auto-Response-Suppress: All"
    if mail.system:
        if "".join(mail.headers("Auto-Submitted")) != "auto-generated":
            yield "H8", "a mail of the system without Auto-Submitted: auto-generated"
        return
    if not _LIST_ID.fullmatch(has["List-Id"]) or f"<{mail.course}." not in has["List-Id"]:
        yield "H6", f"the List-Id {has['List-Id']!r} is not Name <{mail.course}.host>"
    if not re.fullmatch(r"<(?:mailto:|https://)[^\s<>]+>", has["List-Help"]):
        yield "H6", f"the List-Help {has['List-Help']!r} is no link"
    if not _FEEDBACK_ID.fullmatch(has["Feedback-ID"]):
        yield "H7", f"the Feedback-ID {has['Feedback-ID']!r} is not a:b:c:SenderId"
    if has["Precedence"] != "bulk":
        yield "H8", "a lesson without Precedence: bulk"


def leaving(mail: Specimen) -> Said:
    """U1 and U2: the one click of RFC 8058, in lessons and in confirm mails; other notices have none."""
    ways, post = mail.headers("List-Unsubscribe"), mail.headers("List-Unsubscribe-Post")
    if not mail.one_click:
        if ways or post:
            yield "U1", f"a mail that answers what its reader did has List-Unsubscribe: {ways}"
        return
    uris = re.findall(r"<([^>]*)>", "".join(ways))
    if len([uri for uri in uris if uri.startswith("https://")]) != 1 or len(uris) > 2:
        yield "U1", f"List-Unsubscribe holds {uris}; one https link is wanted, and at most one mailto beside it"
    if any(re.search(r"\s|=\?", uri) for uri in uris) or any("\r\n" in uri for uri in uris):
        yield "U1", "a space, fold or encoded-word within the link of List-Unsubscribe"
    if any(not uri.startswith(("https://", "mailto:")) for uri in uris):
        yield "U1", "List-Unsubscribe has a link that is neither https nor mailto"
    if uris != [one for one in (mail.one_click, mail.mailto) if one]:
        yield "U1", f"List-Unsubscribe holds {uris}; wanted are {mail.one_click} and {mail.mailto or 'no mailto'}"
    if post != ["List-Unsubscribe=One-Click"]:
        yield "U2", f"List-Unsubscribe-Post is {post}"


def signature(mail: Specimen) -> Said:
    """U3: a signature that holds and covers both headers of leaving. Asked of signed mails only."""
    covered = re.search(r"\bh=([^;]*)", re.sub(r"\s", "", "".join(mail.headers("DKIM-Signature"))))
    listed = covered[1].lower().split(":") if covered else []
    if not {"list-unsubscribe", "list-unsubscribe-post"} <= set(listed):
        yield "U3", f"the signature covers {listed}, not both List-Unsubscribe headers"
    if not keys.holds(mail.raw):
        yield "U3", "dkimpy says that the signature does not hold"


def parts(mail: Specimen) -> Said:
    """H4 and H12: multipart/alternative, plain text first, both in UTF-8 by a 7-bit encoding; nothing is malformed."""
    strict = BytesParser(policy=policy.default).parsebytes(mail.raw)
    kinds = [part.get_content_type() for part in strict.walk()]
    if kinds != ["multipart/alternative", "text/plain", "text/html"]:
        yield "H12", f"the parts are {kinds}"
    for part in strict.walk():
        if part.defects:
            yield "H12", f"{part.get_content_type()}: {part.defects}"
        if part.is_multipart():
            continue
        if str(part["Content-Transfer-Encoding"]) not in ("quoted-printable", "base64", "7bit"):
            yield "H4", f"{part.get_content_type()} is sent as {part['Content-Transfer-Encoding']}"
        if part.get_content_charset() != "utf-8":
            yield "H4", f"{part.get_content_type()} is in {part.get_content_charset()}"


HEAD_RULES: tuple[Callable[[Specimen], Said], ...] = (form, counts, persons, names, lists, leaving, parts)
