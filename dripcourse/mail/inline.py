"""The one place that knows premailer: moves the rules of a page's style sheet into its elements' style attributes."""

from __future__ import annotations

import logging

from premailer import Premailer


def inlined(page: str) -> str:
    """The HTML page with its first style sheet inlined; sheets marked data-premailer="ignore" stay as they are.

    Nothing is fetched. `!important` survives: without it inline styles would beat the media queries, so a phone
    would get the wide layout and dark mode dark text on dark ground.
    """
    premailer = Premailer(
        page,
        strip_important=False,
        keep_style_tags=False,
        remove_classes=False,
        allow_network=False,
        disable_validation=True,
        cssutils_logging_level=logging.CRITICAL,
        align_floating_images=False,
        disable_basic_attributes=["height"],
    )
    return str(premailer.transform(pretty_print=False))
