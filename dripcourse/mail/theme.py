"""The colours of the mails: reads the one theme file, applies a course's own values, and keeps them readable.

The theme file is a style sheet whose `:root` holds the tokens. They are put in for every `var(--token)` here, for
mail clients do not know variables; nor do they all know start and end, so those become left and right. What stands
before its first @media is inlined, the rest is kept as rules.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from dripcourse.domain.direction import LEFT
from dripcourse.errors import InputError
from dripcourse.mail.dark import for_outlook
from dripcourse.mail.sides import mirrored, sided

READABLE = 4.5  # WCAG 2.2, success criterion 1.4.3: contrast of text to its ground

#: Which token is written on which; each pair has a dark twin with `-dark` behind both names.
PAIRS: tuple[tuple[str, str], ...] = (
    ("ink", "page"),
    ("ink", "sheet"),
    ("ink", "box"),
    ("soft", "page"),
    ("soft", "sheet"),
    ("soft", "box"),
    ("accent", "page"),
    ("accent", "sheet"),
    ("accent", "box"),
    ("on-accent", "accent"),
)

_ROOT = re.compile(r":root\s*\{([^}]*)\}")
_TOKEN = re.compile(r"--([a-z-]+)\s*:\s*([^;]+);")
_USE = re.compile(r"var\(--([a-z-]+)\)")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})\Z")
_FONTS = re.compile(r"(?=.{1,200}\Z)(?:[A-Za-z0-9 ,-]|'[A-Za-z0-9 -]+')+\Z")  # an open quote would eat the rest


@dataclass(frozen=True)
class Sheet:
    """A style sheet with its tokens put in: `inline` goes into the elements, `kept` stays a <style>.

    `odd` stays one, too, but apart: some programs throw away a whole <style> for one selector they do not know.
    `mirrored` goes into the elements of a mail with blocks in the other direction.
    """

    inline: str
    kept: str
    odd: str
    mirrored: str


def tokens(source: str) -> dict[str, str]:
    """The theme's tokens and their values, such as {"ink": "#22262b"}."""
    root = _ROOT.search(_COMMENT.sub("", source))
    if root is None:
        raise InputError("the theme file has no :root block with its tokens")
    return {name: value.strip() for name, value in _TOKEN.findall(root.group(1))}


def sheet(source: str, own: Mapping[str, str], direction: str = LEFT) -> Sheet:
    """The theme with a course's `own` values, for mails of that direction ("ltr" or "rtl").

    Raises InputError for an unknown token, a bad value, unreadable text.
    """
    values = themed(tokens(source), own)
    rules = _ROOT.sub("", _COMMENT.sub("", source), count=1)
    css = _USE.sub(lambda use: _value(values, use.group(1)), rules)
    inline, media, rest = css.partition("@media")
    kept = media + rest
    return Sheet(
        inline=sided(inline, direction).strip(),
        kept=_dense(sided(kept, direction)),
        odd=_dense(for_outlook(kept)),
        mirrored=mirrored(inline, direction),
    )


def _dense(css: str) -> str:
    """The same rules without the white space they do not need: every mail carries them.

    Orange's webmail drops a declaration with no space before its !important, Yahoo a `display` with one.
    """
    css = re.sub(r":\s+", ":", re.sub(r"\s*([{};,])\s*", r"\1", css))
    return re.sub(r"(display:[a-z-]+) !", r"\1!", re.sub(r"\s*!important", " !important", css)).strip()


def themed(shipped: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    """The shipped tokens with a course's own values over them, each one checked."""
    for name, value in own.items():
        pattern = _FONTS if name.startswith("font") else _COLOUR
        if pattern.match(_shipped(shipped, name) and value) is None:
            raise InputError(f"theme: {name} = {value!r} is not a colour such as #1f6f6b, or a list of fonts")
    values = {**shipped, **own}
    for text, ground in faint(values):
        raise InputError(
            f"theme: {text} ({values[text]}) on {ground} ({values[ground]}) has a contrast of "
            f"{contrast(values[text], values[ground]):.1f}, readable text needs {READABLE}; change either"
        )
    return values


def faint(values: Mapping[str, str]) -> list[tuple[str, str]]:
    """The pairs of text and ground, light and dark, whose contrast is too low."""
    both = [*PAIRS, *((f"{text}-dark", f"{ground}-dark") for text, ground in PAIRS)]
    return [(text, ground) for text, ground in both if contrast(values[text], values[ground]) < READABLE]


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    full = digits if len(digits) == 6 else "".join(d * 2 for d in digits)
    red, green, blue = (_linear(int(full[i : i + 2], 16) / 255) for i in (0, 2, 4))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)


def _shipped(shipped: Mapping[str, str], name: str) -> str:
    if name not in shipped:
        raise InputError(f"theme: there is no token {name!r}; there are: {', '.join(sorted(shipped))}")
    return name


def _value(values: Mapping[str, str], name: str) -> str:
    if name not in values:
        raise InputError(f"the theme file uses var(--{name}) but its :root has no such token")
    return values[name]
