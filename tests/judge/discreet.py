"""What the headers of a course with a safety note may not tell whoever glances at an inbox; bodies are its reader's."""

from __future__ import annotations

from email.header import decode_header, make_header

from tests.judge.raw import Said
from tests.judge.specimen import Specimen
from tests.lessons.phrases import DISCREET

# They hold no words: random letters could spell one by chance.
_WORDLESS = ("to", "dkim-signature", "message-id", "content-type")


def discreet(mail: Specimen) -> Said:
    """Whether any header has a sensitive word. Our own notice that somebody left says so of any course."""
    if not mail.discreet:
        return
    frame = mail.words["left_subject"].format(course="").strip()
    for name, value in mail.head:
        if name.lower() in _WORDLESS:
            continue
        said = str(make_header(decode_header(value.replace("\r\n", "")))).replace(frame, "")
        for words in mail.told:  # what the reader wrote of himself
            said = said.replace(words, "")
        for phrase in DISCREET:
            if found := phrase.found(said):
                yield name, f"{found!r} before the mail is opened: {phrase.reason}"
