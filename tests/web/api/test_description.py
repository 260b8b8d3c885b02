"""The API's description is true: a fuzzer that knows nothing else finds nothing, and every route for programs is in it.

The fuzzer is schemathesis with all its checks, in its phases of coverage and of chance. Two of them are told what no
schema can say: a well-formed request may still be refused (there is no such time zone, the form is full), and what is
badly formed may meet another refusal first (no such form).
"""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from fastapi.routing import APIRoute
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from starlette.types import ASGIApp, Receive, Scope, Send

from dripcourse.domain.signatures import secrets_of, sign_body
from dripcourse.flows.tick import tick
from dripcourse.web.api import routes
from dripcourse.web.api.description import description
from tests.web.api.conftest import SECRET_KEY, Programs

_REFUSED = ["401", "404", "409", "422", "429", "503"]
CHECKS = {
    "positive_data_acceptance": {"expected-statuses": ["2xx", *_REFUSED]},
    "negative_data_rejection": {"expected-statuses": ["400", "405", "406", "413", "415", *_REFUSED]},
}


def found(programs: Programs, app: ASGIApp, document: dict[str, Any], **generation: Any) -> list[str]:
    """What the fuzzer objects to, one line each; nothing it was to ask may go unasked.

    Its phase of coverage asks what follows from the description at every limit, the other by chance; without a number
    of examples there is only the first.
    """
    config = SchemathesisConfig.from_dict(
        {
            "seed": 1,
            "headers": {"Authorization": f"Bearer {programs.token}"},
            "generation": {"database": "none", **generation},
            "phases": {"stateful": {"enabled": False}, "fuzzing": {"enabled": "max-examples" in generation}},
            "checks": CHECKS,
        }
    )
    schema = schemathesis.openapi.from_dict(document, config=config)
    schema.app = app
    lines, asked = [], set()
    for event in from_schema(schema).execute():
        assert not isinstance(event, events.NonFatalError | events.FatalError), vars(event)
        if isinstance(event, events.ScenarioFinished):
            asked.add(event.label)
            interactions = event.recorder.interactions
            lines += [
                f"{event.label}: {check.name}: {check.failure_info.failure}: {interactions[case].request!r}"
                for case, checks in event.recorder.checks.items()
                for check in checks
                if check.failure_info is not None
            ]
    assert asked == {f"{method.upper()} {path}" for path, ways in document["paths"].items() for method in ways}
    return lines


def signing(app: ASGIApp) -> ASGIApp:
    """A builder in between that signs whatever is posted to the form's intake."""

    async def signed(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or "/intake/" not in scope["path"]:
            await app(scope, receive, send)
            return
        message = await receive()
        (secret,) = secrets_of([SECRET_KEY], "steps")
        header = (b"x-signature", sign_body(secret, message.get("body", b"")).encode())
        others = [(name, value) for name, value in scope["headers"] if b"signature" not in name]

        async def once_more() -> Any:
            return message

        await app({**scope, "headers": [*others, header]}, once_more, send)

    return signed


def narrowed(document: dict[str, Any]) -> dict[str, Any]:
    """How to sign up, as somebody reads it who knows the form and its field: so more requests get in."""
    document["paths"] = {path: document["paths"][path] for path in ("/api/v1/subscriptions", "/api/v1/intake/{slug}")}
    asked = document["components"]["schemas"]["Subscription"]["properties"]
    asked["form"] = {"const": "steps"}
    asked["address"] = {"enum": ["anne@example.net", "a.b+c@example.org", "bob@münchen.example"]}
    asked["fields"] = {"enum": [{"level": "new"}, {"level": "new", "city": "Ulm"}]}
    asked["zone"] = {"enum": ["UTC", "Europe/Berlin", "Pacific/Apia"]}
    asked["hour"] = {"enum": ["00:00", "08:00", "23:59"]}
    asked["name"] = asked["network"] = asked["language"] = {"const": ""}
    takes = document["paths"]["/api/v1/intake/{slug}"]["post"]
    takes["parameters"] = [{**takes["parameters"][0], "schema": {"const": "steps"}}]
    value = {"type": "object", "properties": {"value": asked["address"]}, "required": ["value"]}
    data = {"type": "object", "properties": {"fields": {"type": "array", "items": value}, "level": {"const": "new"}}}
    data["required"] = ["fields", "level"]
    posted = {"type": "object", "properties": {"data": data}, "required": ["data"]}
    takes["requestBody"]["content"]["application/json"]["schema"] = {"anyOf": [posted, {}]}
    return document


@pytest.mark.parametrize("chance", [{}, pytest.param({"max-examples": 400}, marks=pytest.mark.slow)])
def test_a_fuzzer_that_knows_the_description_finds_nothing(programs: Programs, chance: dict[str, Any]) -> None:
    tick(programs.world.engine)  # so that /readyz is ready
    document = programs.world.client.get("/api/v1/openapi.json").json()
    assert found(programs, programs.world.client.app, document, **chance) == []


@pytest.mark.parametrize("examples", [20, pytest.param(400, marks=pytest.mark.slow)])
def test_neither_does_one_that_knows_a_form_and_its_secret(programs: Programs, examples: int) -> None:
    programs.settings(intake={"address": "data.fields.0.value", "level": "data.level"})
    document = narrowed(programs.world.client.get("/api/v1/openapi.json").json())
    app = signing(programs.world.client.app)
    assert found(programs, app, document, mode="positive", **{"max-examples": examples}) == []
    assert len(programs.world.rows("sign_up")) >= 5, "too little of it got in to say anything"


def test_every_route_for_programs_is_described_and_no_other() -> None:
    ours = {
        (route.path, method.lower())
        for route in routes.router.routes
        if isinstance(route, APIRoute)
        for method in route.methods - {"HEAD"}
    }
    document = description("https://course.example.org")
    described = {(path, method) for path, ways in document["paths"].items() for method in ways}
    assert {one for one in described if one[0].startswith("/api/")} == ours


def test_what_needs_a_token_says_so() -> None:
    paths = description("https://course.example.org")["paths"]
    guarded = {path for path, ways in paths.items() for way in ways.values() if way.get("security") == [{"token": []}]}
    assert guarded == {"/api/v1/subscriptions", "/api/v1/forms"}
