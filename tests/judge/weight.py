"""How heavy a mail is: light enough for a bad line, and never so long that its foot is clipped."""

from __future__ import annotations

from tests.judge.body import CLIPPED
from tests.judge.raw import Said
from tests.judge.specimen import Specimen

LIGHT = 30_000  # bytes of the HTML part, as written and as encoded for transport


def weight(mail: Specimen) -> Said:
    """What is too heavy about one mail."""
    written, sent = len(mail.html.encode()), len(mail.sent_part("html"))
    if max(written, sent) >= LIGHT:
        yield "HTML", f"{written:,} bytes, {sent:,} as sent; under {LIGHT:,} are wanted"
    if len(mail.longest_html) > CLIPPED:
        yield "HTML", f"{len(mail.longest_html):,} bytes with the longest values; {CLIPPED:,} are the limit"


def heaviest(mails: list[Specimen]) -> str:
    """Such as "heaviest 24,310 bytes as sent (course en key)"."""
    top = max(mails, key=lambda mail: len(mail.sent_part("html")))
    return f"heaviest {len(top.sent_part('html')):,} bytes ({top.name})"
