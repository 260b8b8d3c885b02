"""One mail as it goes over the wire, and readings of its bytes; it is told what the author and we wrote into it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from functools import cached_property

from lxml import html as lxml_html


@dataclass(frozen=True, kw_only=True)
class Specimen:
    """One mail for one person. `sent_at` is the second it is dated, in RFC 5322's words."""

    name: str  # such as "emotional-intimacy en five-open-minutes"
    course: str
    language: str
    kind: str  # its template
    raw: bytes
    sent_at: str
    domain: str  # the sender's
    preheader: str
    merged: dict[str, str]  # the values that belong into its slots
    needed: tuple[str, ...]  # words both parts must have: the sender, the postal address, the warning
    words: dict[str, str] = field(default_factory=dict, repr=False)  # the frame's, by their names in words.toml
    ways: dict[str, str] = field(default_factory=dict)  # the label of each link of ours -> where it leads
    one_click: str = ""  # the link of List-Unsubscribe, empty where there may be none
    mailto: str = ""  # and its mailto
    told: tuple[str, ...] = ()  # what its mentions tell this reader
    source: str = ""  # all the author has written
    images: tuple[str, ...] = ()  # the pictures it may ask for
    system: bool = False  # a mail outside the course's list
    discreet: bool = False  # nobody who sees its headers may learn what the course is about
    longest_html: bytes = field(default=b"", repr=False)  # its HTML part with the longest real values

    @cached_property
    def message(self) -> EmailMessage:
        """The mail as the standard library reads it."""
        found = BytesParser(policy=policy.default).parsebytes(self.raw)
        assert isinstance(found, EmailMessage)
        return found

    @cached_property
    def head(self) -> list[tuple[str, str]]:
        """(name, value as it stands there, its folds too) of each header, in their order."""
        block = self.raw.partition(b"\r\n\r\n")[0].decode("ascii", "replace")
        fields = re.split(r"\r\n(?=[^ \t])", block)
        return [(name, value.lstrip(" ")) for name, _, value in (one.partition(":") for one in fields)]

    def headers(self, name: str) -> list[str]:
        """The values of all headers of that name, unfolded."""
        return [re.sub(r"\r\n(?=[ \t])", "", value) for key, value in self.head if key.lower() == name.lower()]

    @cached_property
    def html(self) -> str:
        """The HTML part, decoded; empty where there is none."""
        return self._part("html")

    @cached_property
    def text(self) -> str:
        """The plain text part, decoded; empty where there is none."""
        return self._part("plain")

    @cached_property
    def tree(self) -> lxml_html.HtmlElement:
        """The HTML part as a tree."""
        return lxml_html.document_fromstring(self.html or "<html></html>")

    @property
    def blocks(self) -> list[lxml_html.HtmlElement]:
        """The elements directly within the body; the first one is the preheader's."""
        body = self.tree.find("body")
        return [] if body is None else [each for each in body if isinstance(each.tag, str)]

    @property
    def elements(self) -> Iterator[lxml_html.HtmlElement]:
        """All elements of the page that are seen: those of the body, but for the preheader."""
        for block in self.blocks[1:]:
            yield from (each for each in block.iter() if isinstance(each.tag, str))

    @cached_property
    def seen(self) -> str:
        """The words of the page's body but for the preheader, one space between them."""
        return " ".join(" ".join(text for block in self.blocks[1:] for text in block.itertext()).split())

    def sent_part(self, subtype: str) -> bytes:
        """The part as it is sent, encoded for transport."""
        for part in self.message.walk():
            if part.get_content_type() == f"text/{subtype}":
                return part.get_payload(decode=False).encode("ascii", "replace")  # type: ignore[union-attr]
        return b""

    def _part(self, subtype: str) -> str:
        for part in self.message.walk():
            if part.get_content_type() == f"text/{subtype}":
                return bytes(part.get_payload(decode=True) or b"").decode("utf-8", "replace").replace("\r\n", "\n")
        return ""
