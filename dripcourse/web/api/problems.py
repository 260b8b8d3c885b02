"""How the API says that something did not work: application/problem+json (RFC 9457), one clear line each."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse

from dripcourse.errors import DripcourseError
from dripcourse.flows.programs import Later, Unfit, Unsigned

MEDIA_TYPE = "application/problem+json"
PREFIX = "/api/"
#: As RFC 9110 calls them; Python did so only later.
_TITLES = {413: "Content Too Large", 422: "Unprocessable Content"}
_PLAIN = {
    404: "there is nothing at this address; the description of the API is at /api/v1/openapi.json",
    405: "this address does not take that method; the header Allow says which it takes",
    500: "something broke on our side; it has been noted, please try again in a few minutes",
}


def in_api(request: Request) -> bool:
    """Whether a program asks, so that an error is to be JSON and no page."""
    path: str = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    return path.startswith(PREFIX) or path.endswith("/ticket")  # a script asks for a form's ticket


def problem(
    status: int,
    detail: str = "",
    headers: Mapping[str, str] | None = None,
    wrong: Mapping[str, str] | None = None,
) -> JSONResponse:
    """The answer. `wrong` has a line for each field that is the matter."""
    phrase = HTTPStatus(status).phrase
    title, usual = _TITLES.get(status, phrase), detail in ("", phrase)
    body: dict[str, Any] = {"title": title, "status": status, "detail": _PLAIN.get(status, title) if usual else detail}
    if wrong:
        body["errors"] = [{"field": name, "detail": line} for name, line in wrong.items()]
    return JSONResponse(body, status, headers=headers, media_type=MEDIA_TYPE)


def problem_of(error: DripcourseError) -> JSONResponse:
    """The answer to an error that a person can act on."""
    headers = {}
    if isinstance(error, Later):
        headers["Retry-After"] = str(int(error.wait.total_seconds()))
    if isinstance(error, Unsigned):
        headers["WWW-Authenticate"] = "Signature"
    return problem(error.http_status, str(error), headers, error.wrong if isinstance(error, Unfit) else None)
