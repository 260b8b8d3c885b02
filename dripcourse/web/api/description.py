"""The API in OpenAPI 3.1, for programs and for the fuzzer that holds us to it. By hand but for the models' schemas.

What FastAPI would derive says less than is true: it knows neither problem+json nor which statuses there are.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from dripcourse import __version__
from dripcourse.web.api import shapes
from dripcourse.web.api.problems import MEDIA_TYPE

_MODELS = (shapes.Subscription, shapes.Accepted, shapes.Forms, shapes.Problem, shapes.Ready, shapes.Ticket)
_WHY = {
    400: "The body is no JSON, or a header cannot be read.",
    401: "The token or the signature is missing, or not valid.",
    404: "There is no such form, or it takes nothing in this way.",
    409: "The form takes nobody, or the same request is being answered at this moment.",
    413: "The body is larger than 64 kB.",
    415: "The body does not say that it is JSON.",
    422: "A field cannot be taken, or an Idempotency-Key was used for another request.",
    429: "The budget of a network or of a recipient's domain is used up.",
    503: "The form is held, for too many sign-ups come at once.",
}
_RETRY = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer", "minimum": 0}}}
_KEY = r"^[!-~]{1,255}$"
_SLUG = {
    "name": "slug",
    "in": "path",
    "required": True,
    "description": "The form's name.",
    "schema": {"type": "string"},
}


def description(base_url: str) -> dict[str, Any]:
    """The document. `base_url` is where the site is reached."""
    _, schemas = models_json_schema(
        [(model, "validation") for model in _MODELS], ref_template="#/components/schemas/{model}"
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Dripcourse",
            "version": __version__,
            "description": "Sign people up for an e-mail course. Whoever it is gets a mail and has to confirm.",
        },
        "servers": [{"url": base_url}],
        "paths": {**_of_programs(), **_of_everyone()},
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "`dripcourse token create NAME`"}
            },
        },
    }


def _of_programs() -> dict[str, Any]:
    """What needs a token or a signature."""
    return {
        "/api/v1/subscriptions": {
            "post": _operation(
                "subscribe",
                "Sign somebody up: he gets a mail and has to confirm.",
                {"202": _json("Taken; the same for everyone.", shapes.Accepted)},
                problems=(400, 401, 404, 409, 413, 415, 422, 429, 503),
                security=[{"token": []}],
                parameters=[_header("Idempotency-Key", "With the same one, nobody is signed up twice in a day.", _KEY)],
                requestBody={"required": True, "content": _content(shapes.Subscription)},
            )
        },
        "/api/v1/forms": {
            "get": _operation(
                "listForms",
                "The forms and what they ask.",
                {"200": _json("All of them, by slug.", shapes.Forms)},
                problems=(401,),
                security=[{"token": []}],
            )
        },
        "/api/v1/intake/{slug}": {
            "post": _operation(
                "takeIn",
                "What another form builder posts, signed with the form's secret.",
                {"202": _json("Taken, now or before.", shapes.Accepted)},
                problems=(400, 401, 404, 409, 413, 415, 422, 429, 503),
                parameters=[
                    _SLUG,
                    _header("webhook-id", "Standard Webhooks: the same for each attempt."),
                    _header("webhook-timestamp", "Standard Webhooks: seconds since 1970, at most five minutes off."),
                    _header("webhook-signature", "Standard Webhooks: v1, and HMAC-SHA256 in base64."),
                    _header("X-Signature", "Or the simple way: sha256= and HMAC-SHA256 of the body."),
                ],
                requestBody={"required": True, "content": {"application/json": {"schema": {}}}},
            )
        },
    }


def _of_everyone() -> dict[str, Any]:
    """What anybody may read."""
    text = {"text/plain": {"schema": {"type": "string"}}}
    return {
        "/f/{slug}/ticket": {
            "get": _operation(
                "ticket",
                "What a script that shows the form itself has to send with it.",
                {"200": _json("A fresh ticket, and a proof of work where one is wanted.", shapes.Ticket)},
                problems=(404,),
                parameters=[_SLUG],
            )
        },
        "/healthz": {
            "get": _operation("alive", "Whether the process answers.", {"200": {"description": "ok", "content": text}})
        },
        "/readyz": {
            "get": _operation(
                "ready",
                "Whether the installation could do its work now.",
                {"200": _json("Yes.", shapes.Ready), "503": _json("No.", shapes.Ready)},
            )
        },
        "/api/v1/openapi.json": {
            "get": _operation(
                "describe",
                "This document.",
                {
                    "200": {
                        "description": "OpenAPI 3.1.",
                        "content": {"application/json": {"schema": {"type": "object"}}},
                    }
                },
            )
        },
    }


def _operation(
    name: str, summary: str, answers: dict[str, Any], problems: tuple[int, ...] = (), **more: Any
) -> dict[str, Any]:
    wrong = {str(status): _problem(status) for status in problems}
    return {"operationId": name, "summary": summary, "responses": {**answers, **wrong}, **more}


def _problem(status: int) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if status == 401:
        headers = {"WWW-Authenticate": {"schema": {"type": "string"}}}
    if status in (429, 503):
        headers = _RETRY
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": _WHY[status], "content": content, **({"headers": headers} if headers else {})}


def _json(what: str, model: type[BaseModel]) -> dict[str, Any]:
    return {"description": what, "content": _content(model)}


def _content(model: type[BaseModel]) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}}


def _header(name: str, what: str, pattern: str = "") -> dict[str, Any]:
    schema = {"type": "string"} | ({"pattern": pattern} if pattern else {})
    return {"name": name, "in": "header", "required": False, "description": what, "schema": schema}
