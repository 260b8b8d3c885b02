"""Turns a template of pages/ and plain values into an answer. It decides nothing."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from dripcourse.web.site import Site

#: Methods that change nothing, for every page that is only read.
READ = ["GET", "HEAD"]


def page(site: Site, name: str, status: int = 200, *, listed: bool = False, **values: Any) -> HTMLResponse:
    """The page pages/`name`.html. `listed`: search engines may show it; all others ask not to be."""
    html = _templates().get_template(f"{name}.html").render(site=site.settings.sender_name, root=site.root, **values)
    return HTMLResponse(html, status, headers={"X-Robots-Tag": "all"} if listed else None)


def fragment(name: str, **values: Any) -> str:
    """The piece of HTML pages/`name`.html, for a page that is not ours."""
    return _templates().get_template(f"{name}.html").render(**values)


def sentence(text: str) -> str:
    """An error's line as a page shows it: with a capital and a stop."""
    begun = text[:1].upper() + text[1:]
    return begun if not begun or begun.endswith((".", "!", "?")) else begun + "."


def spell_moment(moment: datetime) -> str:
    """Such as "Tue 3 Mar 2026, 08:00", in the zone the moment carries."""
    return f"{moment:%a} {moment.day} {moment:%b %Y, %H:%M}"


def whole(text: str, part: str) -> Markup:
    """The text with that part of it, such as an address with dots, on one line where it fits into one."""
    kept = Markup('<bdi class="whole">{}</bdi>').format(part)
    return kept.join(text.split(part)) if part else escape(text)


@cache
def _templates() -> Environment:
    loader = FileSystemLoader(Path(__file__).with_name("pages"))
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.filters["whole"] = whole
    return made
