"""What a message to a webhook says: the fields of docs/hooks.schema.json. Pure; `hooks` reads and sends."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC
from typing import Any

from dripcourse.domain.hooks import TEST
from dripcourse.storage.hook_deliveries import Concerned, Message

_OWN = ("form", "path", "tags")  # of where a run came from; the rest of it stands in "source"


def payload(one: Message, about: Concerned) -> bytes:
    """The body, UTF-8 JSON: `type`, `timestamp` (when it happened), `data` (who and what, as it stands now)."""
    data = {"test": True} if one.kind == TEST else _data(one, about)
    at = one.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    whole = {"type": one.kind, "timestamp": at, "data": data}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()


def _data(one: Message, about: Concerned) -> dict[str, Any]:
    source: Mapping[str, Any] = about.run.source if about.run is not None else {}
    rest = {name: value for name, value in source.items() if name not in _OWN}
    told = {name: value for name, value in one.data.items() if name != "course"}
    came = {name: source[name] for name in _OWN if source.get(name)}
    person = about.person
    found: dict[str, Any] = {}
    if person is not None:
        found["subscriber"] = {
            "id": person.public_id, "address": person.address, "name": person.name, "fields": dict(person.fields)
        }  # fmt: skip
    if about.run is not None:
        found["enrollment"] = {"id": about.run.public_id, "run": about.run.run}
    if about.course:
        found["course"] = about.course
    return {**found, **came, **({"source": rest} if rest else {}), **told}
