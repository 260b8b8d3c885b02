"""Reads what a browser or a mail program posts: names and one clean line for each. Not what the lines mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, HTTPException, Request

from dripcourse.domain.lines import one_line as one_line
from dripcourse.errors import InputError

_MOST_FIELDS = 40


async def read_form(request: Request) -> Mapping[str, str]:
    """The fields of a multipart or urlencoded body; of several with one name, the first. 400 for a broken body.

    A body that does not say what it is counts as urlencoded: RFC 8058 asks nothing of the headers of a one-click.
    """
    if request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        async with request.form(max_files=0, max_fields=_MOST_FIELDS) as form:
            return _first([(name, value) for name, value in form.multi_items() if isinstance(value, str)])
    body = (await request.body()).decode("utf-8", "replace")
    try:
        return _first(parse_qsl(body, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError:
        raise HTTPException(400, "this form has too many fields") from None


Posted = Annotated[Mapping[str, str], Depends(read_form)]


def pressed(posted: Mapping[str, str], *buttons: str) -> str:
    """Which of these it was. Raises InputError where a form came without one: a program sent that, not a person."""
    found = posted.get("do", "")
    if found in buttons:
        return found
    raise InputError("nothing was changed: please open the link from the email and press the button")


def short(typed: str, most: int = 40) -> str:
    """What somebody typed, as a sentence quotes it: at most `most` characters, then an ellipsis."""
    return typed if len(typed) <= most else typed[:most] + "…"


def _first(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in pairs:
        found.setdefault(name, one_line(value))
    return found
