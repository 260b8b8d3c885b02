"""The one place that knows premailer: moves the rules of a page's style sheet into its elements' style attributes."""

from __future__ import annotations

import logging
from functools import lru_cache
from typing import Any

import cssutils  # type: ignore[import-untyped]
from premailer import Premailer


def inlined(page: str) -> str:
    """The HTML page with its first style sheet inlined; sheets marked data-premailer="ignore" stay as they are.

    Nothing is fetched. `!important` survives: without it inline styles would beat the media queries, so a phone
    would get the wide layout and dark mode dark text on dark ground.
    """
    premailer = _Inliner(
        page,
        strip_important=False,
        keep_style_tags=False,
        remove_classes=False,
        allow_network=False,
        disable_validation=True,
        cssutils_logging_level=logging.CRITICAL,
        align_floating_images=False,
        disable_basic_attributes=["height", "align", "valign", "bgcolor"],
    )
    return str(premailer.transform(pretty_print=False))


class _Inliner(Premailer):  # type: ignore[misc]
    """Premailer without its last way to the network: `allow_network` does not reach the parser's @import."""

    def _parse_css_string(self, css_body: str, validate: bool = True) -> Any:
        return _sheet(css_body, validate)


@lru_cache(maxsize=64)
def _sheet(css: str, validate: bool) -> Any:
    """The parsed sheet; one theme is parsed once, not for each lesson. An @import yields nothing."""
    return cssutils.CSSParser(fetcher=lambda _: ("utf-8", b""), validate=validate).parseString(css)
