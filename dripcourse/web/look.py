"""The look of a course's pages: its theme and logo, as its mails have them. No style stands in the pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dripcourse.domain.course import Logo
from dripcourse.domain.places import parse_origin
from dripcourse.errors import InputError
from dripcourse.mail.templates import shared
from dripcourse.mail.theme import READABLE, contrast, themed, tokens
from dripcourse.web.guard import HEADERS

#: Our pages' names for the fonts of a theme; colours have one name in both.
_FONTS = {"font-text": "text", "font-head": "head", "font-code": "code"}
_COLOURS = ("page", "sheet", "box", "line", "ink", "soft", "accent", "on-accent")
_GROUNDS = ("page", "sheet", "box")
_WRONG = {"": "#9c2b1e", "-dark": "#f3a79c"}  # as in static/site.css


def style(own: Mapping[str, str]) -> str:
    """A style sheet that puts a course's `own` theme over static/site.css; "" where it has none, or none that holds.

    What the theme does not know, the colours of mistakes and of edges, keeps its contrast on whatever the theme brings:
    where ours would not, it is the theme's ink.
    """
    if not own:
        return ""
    try:
        values = themed(tokens(shared("theme.css")), own)
    except InputError:  # the shipped theme has changed since this course was published
        return ""
    fonts = "".join(f" --{name}: {values[token]};" for token, name in _FONTS.items())
    light, dark = _scheme(values, ""), _scheme(values, "-dark")
    return f":root {{{light}{fonts} }}\n@media (prefers-color-scheme: dark) {{\n:root {{{dark} }}\n}}\n"


def policy(logo: Logo | None, goes_on_to: str = "", framed_by: Sequence[str] = ()) -> str:
    """The guard's policy, opened for exactly what a page needs: its logo, its frames, the page its form goes on to.

    Browsers hold a redirect after a post against form-action, too.
    """
    found = HEADERS["Content-Security-Policy"]
    if framed_by:
        found = found.replace("frame-ancestors 'none'", f"frame-ancestors {' '.join(framed_by)}")
    for directive, page in (("form-action 'self'", goes_on_to), ("img-src 'self' data:", logo.url if logo else "")):
        found = found.replace(directive, f"{directive} {_origin(page)}".strip())
    return found


def _origin(page: str) -> str:
    """The origin of a page; "" where it has none that may stand in a header."""
    try:
        return parse_origin("/".join(page.split("/")[:3])) if page else ""
    except InputError:
        return ""


def _scheme(values: Mapping[str, str], suffix: str) -> str:
    """The colours of one scheme, such as " --page: #fff; …"."""
    found = {name: values[name + suffix] for name in _COLOURS}
    grounds = [found[name] for name in _GROUNDS]
    found["wrong"] = _standing(_WRONG[suffix], grounds, found["ink"])
    found["edge"] = found["soft"]  # text is readable on every ground, so an edge is seen there (WCAG 2.2, 1.4.11)
    return "".join(f" --{name}: {value};" for name, value in found.items())


def _standing(colour: str, grounds: list[str], instead: str) -> str:
    return colour if all(contrast(colour, ground) >= READABLE for ground in grounds) else instead
