"""A program with a token, a form with fields of its own, and a second form builder that signs what it posts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from httpx2 import Response

from dripcourse.domain.fields import Field
from dripcourse.domain.forms import FormSettings
from dripcourse.domain.signatures import secrets_of, sign
from dripcourse.flows import tokens
from dripcourse.storage import forms
from tests.web.conftest import World, make_world

FIELDS = (
    Field("city", "Where do you live?", most=40),
    Field("level", "How far are you?", "choice", required=True, choices=("new", "old hand")),
)
INTAKE = {"address": "data.fields.0.value", "level": "data.level", "name": "data.name?", "agree": "data.agreed"}
SECRET_KEY = "a-key-that-only-this-test-knows"


@dataclass
class Programs:
    """Anne's shop, and the builder of another form, at one installation."""

    world: World
    token: str
    sent: dict[str, Any] = field(
        default_factory=lambda: {"form": "steps", "address": "anne@example.net", "fields": {"level": "new"}}
    )
    posted: dict[str, Any] = field(
        default_factory=lambda: {
            "data": {"fields": [{"value": "anne@example.net"}], "level": "new", "agreed": True},
        }
    )

    def subscribe(self, *, key: str = "", token: str | None = None, **other: Any) -> Response:
        """The shop signs Anne up, or somebody else."""
        headers = {"Authorization": f"Bearer {self.token if token is None else token}"}
        if key:
            headers["Idempotency-Key"] = key
        return self.world.client.post("/api/v1/subscriptions", json=self.sent | other, headers=headers)

    def intake(self, data: Any = None, id_: str = "m1", **headers: str) -> Response:
        """The builder posts what was typed there, or other JSON."""
        body = json.dumps(self.posted if data is None else data).encode()
        (secret,) = secrets_of([SECRET_KEY], "steps")
        signed = sign(secret, id_, self.world.clock(), body) | {"content-type": "application/json"} | headers
        return self.world.client.post("/api/v1/intake/steps", content=body, headers=signed)

    def settings(self, **changes: Any) -> None:
        """The author changes the form."""
        with self.world.db.writing() as tx:
            forms.edit(tx, "steps", settings=replace(forms.find(tx, "steps").settings, **changes))


def programs_of(world: World) -> Programs:
    _, token = tokens.create(world.db, "shop", world.clock())
    with world.db.writing() as tx:
        forms.edit(tx, "steps", settings=FormSettings(fields=FIELDS, intake=MappingProxyType(INTAKE)))
    return Programs(world, token)


@pytest.fixture
def programs(world: World) -> Programs:
    """On SQLite, for what does not depend on the database."""
    return programs_of(world)


@pytest.fixture
def programs_on_both(database_url: str, tmp_path: Path) -> Iterator[Programs]:
    """On SQLite and on PostgreSQL."""
    made = make_world(database_url, tmp_path)
    yield programs_of(made)
    made.db.close()
