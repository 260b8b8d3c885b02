"""What a mail to the unsubscribe address asks for: the marks in it, or why nobody asked. Pure; it believes no sender.

Only the head and the first 64 kB are read, and in bounds (`stranger`); what is read needs no process of its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from dripcourse.mail.stranger import Part, first_lines, read, subject

MOST_BYTES = 1 << 20  # what is taken from a mail server at all
_READ = 64 << 10
_MOST_MARKS = 4
_FIRST_LINES = 5
_MARK = re.compile(r"(?<![\w.=-])[A-Za-z0-9_-]{1,64}\.[A-Za-z0-9_-]{22}(?![\w.=-])")
# In the text the line says nothing else: a quoted mail of ours has marks in its head, and asks for nothing.
_LINE = re.compile(rf"(?:(?:unsubscribe|subject):?\s+)?({_MARK.pattern})", re.IGNORECASE)
#: Kinds of mail that machines write: reports of delivery, of reading, of complaint.
_REPORTS = ("multipart/report", "message/delivery-status", "message/disposition-notification")


@dataclass(frozen=True)
class Asked:
    """`marks` are what the mail could be signed with, likeliest first. `why`, where there is none: "automatic" (a
    machine wrote it), "too-big", "unreadable" (no mark, and a Content-Type that is refused) or "no-mark".
    """

    marks: tuple[str, ...] = ()
    why: str = ""


def asked(raw: bytes, sender: str | None = None) -> Asked:
    """What the mail asks for. `sender` is that of its envelope, "" for none (a bounce); None where it is not known.

    Its subject counts (RFC 2369 section 3.2), also behind "Re:"; without a mark there, a line of its own among the
    first five of its text. Answers of machines ask for nothing (RFC 3834 section 2). Never raises for what is in it.
    """
    if len(raw) > MOST_BYTES:
        return Asked(why="too-big")
    mail = read(raw[:_READ])
    if _is_automatic(mail, sender):
        return Asked(why="automatic")
    found = _MARK.findall(subject(mail)) or _in_text(mail)
    marks = tuple(dict.fromkeys(found))[:_MOST_MARKS]
    return Asked(marks, "" if marks else "no-mark" if mail.kind else "unreadable")


def _is_automatic(mail: Part, sender: str | None) -> bool:
    submitted = mail.head.get("auto-submitted", "").partition(";")[0].strip().lower()
    return (
        sender == ""
        or mail.head.get("return-path") == "<>"
        or submitted not in ("", "no")
        or mail.kind in _REPORTS
        or any(name in mail.head for name in ("x-autoreply", "x-autorespond", "x-failed-recipients"))
    )


def _in_text(mail: Part) -> list[str]:
    """Marks that stand on a line of their own, among the first lines of the first plain text."""
    return [found[1] for line in first_lines(mail, _FIRST_LINES) if (found := _LINE.fullmatch(line))]
