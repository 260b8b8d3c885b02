"""What a program must show and how it must send: a bearer token, JSON that says it is JSON. Not what the JSON means."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from fastapi import Depends, HTTPException, Request
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, from_json

from dripcourse.flows import tokens
from dripcourse.flows.programs import Unfit
from dripcourse.storage.tokens import Token
from dripcourse.web.posted import short
from dripcourse.web.site import Here

_Shape = TypeVar("_Shape", bound=BaseModel)


def token_of(request: Request, site: Here) -> Token:
    """The program that asks. 401 without a token, with two, or with one that is not valid (any more) (RFC 6750)."""
    shown = request.headers.getlist("authorization")
    scheme, _, text = shown[0].partition(" ") if len(shown) == 1 else ("", "", "")
    if scheme.lower() != "bearer":
        what = "show a token in the header Authorization: Bearer dc_…; `dripcourse token create` makes one"
        raise HTTPException(401, what, {"WWW-Authenticate": "Bearer"})
    found = tokens.known(site.engine.db, text.strip())
    if found is None:
        what = "this token is not valid (any more); `dripcourse token list` shows which there are"
        raise HTTPException(401, what, {"WWW-Authenticate": 'Bearer error="invalid_token"'})
    return found


Program = Annotated[Token, Depends(token_of)]


async def read_json(request: Request) -> bytes:
    """The body, if it says that it is JSON in UTF-8. 415 otherwise.

    A browser lets any page post text/plain or a form to us, but asks first before it posts JSON (CVE-2025-58430).
    """
    said = request.headers.get("content-type", "")
    kind, _, parameter = (part.strip().lower() for part in said.partition(";"))
    if kind != "application/json" or parameter.replace('"', "") not in ("", "charset=utf-8"):
        found = f"Content-Type is {short(said)!r}" if said else "there is no Content-Type"
        raise HTTPException(415, f"{found}; send the body as application/json", {"Accept-Post": "application/json"})
    return await request.body()


JsonBody = Annotated[bytes, Depends(read_json)]


def parsed(body: bytes) -> Any:
    """Any JSON. 400 where it is none."""
    try:
        return from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise HTTPException(400, f"the body is no JSON: {error}") from None


def shaped(shape: type[_Shape], body: bytes) -> _Shape:
    """The body as that model. 400 where it is no JSON; raises Unfit with a line for each field that does not fit."""
    try:
        return shape.model_validate(parsed(body))
    except ValidationError as error:
        raise Unfit({_place(one): _line(one, shape) for one in error.errors()}) from None


def _place(error: ErrorDetails) -> str:
    """Such as source.utm_term; of a union (any value of a field) the part that a program wrote itself."""
    own = [short(str(part)) for part in error["loc"] if part not in ("str", "bool", "int", "float")]
    return ".".join(own) or "body"


def _line(error: ErrorDetails, shape: type[BaseModel]) -> str:
    if error["type"] == "extra_forbidden":
        there = ", ".join(shape.model_fields) if len(error["loc"]) == 1 else "those in docs/api.md"
        return f"there is no such key; there are: {there}"
    if error["type"] == "missing":
        return "is missing"
    return error["msg"][:1].lower() + error["msg"][1:]
