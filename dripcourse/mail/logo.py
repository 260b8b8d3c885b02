"""Whether a course's logo may stand in a mail; it looks at what the course says of it, never at the image."""

from __future__ import annotations

import re

from dripcourse.domain.course import Logo
from dripcourse.errors import InputError

WIDEST, HIGHEST = 552, 240  # what the column of a mail holds, and what leaves the text in sight
_URL = re.compile(r"https://[\x21\x23-\x3b\x3d\x3f-\x7e]+\Z")


def checked_logo(logo: Logo | None, place: str) -> Logo | None:
    """`logo` itself. Raises InputError where mail programs could not show it, or it says nothing to who sees none."""
    if logo is None:
        return None
    if _URL.match(logo.url) is None:
        raise InputError(f"{place}: logo: {logo.url[:80]!r} is not an https link to an image")
    if not logo.alt.strip():
        raise InputError(f"{place}: logo: it has no alt; many mail programs show that and not the image")
    if not (0 < logo.width <= WIDEST and 0 < logo.height <= HIGHEST):
        raise InputError(
            f"{place}: logo: {logo.width} x {logo.height} pixels; a mail holds 1 to {WIDEST} in width and "
            f"1 to {HIGHEST} in height: set the size it is shown at"
        )
    return logo
