"""Reads what a browser or a mail program posts: names and one clean line for each. Not what the lines mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import aclosing
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, HTTPException, Request
from starlette.datastructures import Headers
from starlette.formparsers import MultiPartException, MultiPartParser

from dripcourse.domain.lines import one_line as one_line
from dripcourse.errors import InputError

_MOST_FIELDS = 40
_BOUNDARY = re.compile(
    r""";\s*boundary=(?:"([\w'()+,./:=? -]{1,70})"|([\w'()+./:=?-]{1,70}))\s*(?:;|$)""", re.ASCII | re.I
)


class Lines(Mapping[str, str]):
    """Names, each with its first value as one clean line. What nobody asks for is not cleaned either."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._raw: dict[str, str] = {}
        for name, value in pairs:
            self._raw.setdefault(name, value)

    def __getitem__(self, name: str) -> str:
        return one_line(self._raw[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._raw)

    def __len__(self) -> int:
        return len(self._raw)


async def read_form(request: Request) -> Mapping[str, str]:
    """The fields of a multipart or urlencoded body; of several with one name, the first. 400 for a broken body.

    A body that does not say what it is counts as urlencoded: RFC 8058 asks nothing of the headers of a one-click.
    """
    kind = request.headers.get("content-type", "")
    try:
        if kind.lower().startswith("multipart/form-data"):
            return Lines(await _multipart(request, kind))
        body = (await request.body()).decode("utf-8", "replace")
        return Lines(parse_qsl(body, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except MultiPartException as error:
        raise HTTPException(400, error.message) from None
    except ValueError:
        raise HTTPException(400, "this form cannot be read, or has too many fields") from None


async def _multipart(request: Request, kind: str) -> list[tuple[str, str]]:
    """Its fields. The parser is told the boundary alone: told a charset, it would take any codec of Python's, and some
    of them cost seconds, and others fail (RFC 7578 section 5.1.2: it is UTF-8).
    """
    found = _BOUNDARY.search(kind)
    if found is None:
        raise HTTPException(400, "this form has no boundary that can be read")
    told = Headers({"content-type": f'multipart/form-data; boundary="{found[1] or found[2]}"'})
    async with aclosing(request.stream()) as stream:
        form = await MultiPartParser(told, stream, max_files=0, max_fields=_MOST_FIELDS).parse()
    return [(name, value) for name, value in form.multi_items() if isinstance(value, str)]


Posted = Annotated[Mapping[str, str], Depends(read_form)]


async def read_query(request: Request) -> Mapping[str, str]:
    """What stands behind the question mark, as a form's fields."""
    return Lines(request.query_params.multi_items()[:_MOST_FIELDS])


Asked = Annotated[Mapping[str, str], Depends(read_query)]


def pressed(posted: Mapping[str, str], *buttons: str) -> str:
    """Which of these it was. Raises InputError where a form came without one: a program sent that, not a person."""
    found = posted.get("do", "")
    if found in buttons:
        return found
    raise InputError("nothing was changed: please open the link from the email and press the button")


def short(typed: str, most: int = 40) -> str:
    """What somebody typed, as a sentence quotes it: at most `most` characters, then an ellipsis."""
    return typed if len(typed) <= most else typed[:most] + "…"
