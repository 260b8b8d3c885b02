"""Where an article comes from: a file, standard input (`-`) or an https address. Gives bytes; reads no format."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from dripcourse.courses.reading.decode import MAX_BYTES
from dripcourse.errors import InputError
from dripcourse.fetching.fetch import fetch


@dataclass(frozen=True)
class Source:
    """The bytes of an article. `name` is what the author typed."""

    data: bytes
    name: str
    encoding: str = ""  # what the transport said
    address: str = ""  # where it was fetched in the end

    @property
    def path(self) -> Path | None:
        """The file it is, where it is one."""
        return None if self.name == "-" or self.address else Path(self.name)


def read_source(name: str) -> Source:
    """The article at `name`. Raises InputError where it cannot be had."""
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", name):
        found = fetch(name)
        return Source(found.body, name, found.charset, found.url)
    if name == "-":
        return Source(sys.stdin.buffer.read(MAX_BYTES + 1), name)
    try:
        with Path(name).open("rb") as file:
            return Source(file.read(MAX_BYTES + 1), name)
    except OSError as error:
        raise InputError(f"{name}: cannot be read ({error.strerror}). Give the path of the article.") from error
