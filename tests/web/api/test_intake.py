"""Other form builders post what was typed there: signed, mapped, once; and whoever it is has to confirm."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import MappingProxyType
from typing import Any

import pytest
from sqlalchemy import event

from dripcourse.domain.signatures import secrets_of, sign_body
from dripcourse.storage import forms
from tests.web.api.conftest import INTAKE, SECRET_KEY, Programs
from tests.web.conftest import link


def queued(programs: Programs) -> int:
    return len(programs.world.rows("sign_up"))


def test_whom_another_form_signs_up_confirms_and_begins(programs_on_both: Programs) -> None:
    programs, world = programs_on_both, programs_on_both.world
    programs.posted["data"]["name"] = "Anne\r\nBcc: eve"
    answer = programs.intake()
    assert (answer.status_code, answer.json()) == (202, {"status": "accepted"})
    ((recipient, raw),) = world.send()
    assert recipient == "anne@example.net"
    assert world.client.post(link(raw, "confirm"), data={"do": "confirm"}).status_code == 200
    assert "'level': 'new'" in str(world.rows("subscriber"))
    assert "'path': 'intake'" in str(world.rows("consent"))


def test_a_post_that_comes_again_signs_nobody_up_again(programs: Programs) -> None:
    first, second = programs.intake(id_="m1"), programs.intake(id_="m1")
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert queued(programs) == 1
    assert programs.intake(id_="m2").status_code == 202
    assert queued(programs) == 2


def test_a_post_that_died_on_the_way_is_taken_when_it_comes_again(programs_on_both: Programs) -> None:
    """As if the process were killed before the person is queued: from then on it changes nothing more."""
    programs, dead = programs_on_both, []

    def die(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if dead or "INSERT INTO sign_up" in statement:
            dead.append(statement)
            raise RuntimeError("killed")

    event.listen(programs.world.db.engine, "before_cursor_execute", die)
    with pytest.raises(RuntimeError, match="killed"):
        programs.intake(id_="m1")
    event.remove(programs.world.db.engine, "before_cursor_execute", die)
    assert queued(programs) == 0
    assert programs.intake(id_="m1").status_code == 202
    assert queued(programs) == 1


def test_one_post_twice_at_the_same_moment_signs_up_once(programs_on_both: Programs) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: programs_on_both.intake(id_="m1").status_code, range(8)))
    assert (answers, queued(programs_on_both)) == ([202] * 8, 1)


def test_a_replayed_body_without_an_id_signs_nobody_up_for_a_day(programs: Programs) -> None:
    (secret,) = secrets_of([SECRET_KEY], "steps")
    body = json.dumps(programs.posted).encode()
    headers = {"content-type": "application/json", "x-signature": sign_body(secret, body)}
    for hours, left in ((0, 1), (23, 1), (25, 1)):
        programs.world.clock.turn(hours=hours)
        assert programs.world.client.post("/api/v1/intake/steps", content=body, headers=headers).status_code == 202
        assert queued(programs) == left


def test_what_was_refused_may_come_again(programs: Programs) -> None:
    with programs.world.db.writing() as tx:
        forms.hold(tx, forms.find(tx, "steps").id, programs.world.clock() + timedelta(minutes=2))
    assert programs.intake().status_code == 503
    programs.world.clock.turn(minutes=3)
    assert programs.intake().status_code == 202
    assert queued(programs) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"webhook-signature": "v1,AAAA"},
        {"webhook-signature": ""},
        {"webhook-id": "m2"},
        {"webhook-timestamp": "1"},
        {"webhook-timestamp": "x"},
    ],
)
def test_what_is_not_signed_changes_nothing(programs: Programs, headers: dict[str, str]) -> None:
    before = programs.world.fingerprint()
    answer = programs.intake(**headers)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Signature")
    assert "dripcourse token intake steps" in answer.json()["detail"]
    assert programs.world.fingerprint() == before


def test_a_signature_of_another_form_or_of_long_ago_is_none(programs: Programs) -> None:
    (other,) = secrets_of([SECRET_KEY], "other")
    body = json.dumps(programs.posted).encode()
    headers = {"content-type": "application/json", "x-signature": sign_body(other, body)}
    assert programs.world.client.post("/api/v1/intake/steps", content=body, headers=headers).status_code == 401
    earlier = str(int((programs.world.clock() - timedelta(minutes=6)).timestamp()))
    assert programs.intake(**{"webhook-timestamp": earlier}).status_code == 401
    assert queued(programs) == 0


def test_a_builder_may_sign_under_a_header_of_its_own(programs: Programs) -> None:
    programs.settings(intake=MappingProxyType({**INTAKE, "signature": "Typeform-Signature"}))
    (secret,) = secrets_of([SECRET_KEY], "steps")
    body = json.dumps(programs.posted).encode()
    for name, status in (("x-signature", 401), ("typeform-signature", 202)):
        headers = {"content-type": "application/json", name: sign_body(secret, body)}
        assert programs.world.client.post("/api/v1/intake/steps", content=body, headers=headers).status_code == status


@pytest.mark.parametrize(
    ("data", "field", "words"),
    [
        ({}, "address", "nothing at data.fields.0.value"),
        ([], "address", "nothing at data.fields.0.value"),
        ({"data": {"fields": [{"value": "x"}], "level": "new", "agreed": True}}, "address", "not an e-mail address"),
        ({"data": {"fields": [{"value": "a@b.example"}], "agreed": True}}, "level", "nothing at data.level"),
        ({"data": {"fields": [{"value": "a@b.example"}], "level": "new", "agreed": False}}, "agree", "no yes"),
        ({"data": {"fields": [{"value": "a@b.example"}], "level": "new"}}, "agree", "nothing at data.agreed"),
        ({"data": {"fields": [{"value": {}}], "level": "new", "agreed": 1}}, "address", "holds an object"),
        ({"data": {"fields": [{"value": "a@b.example"}], "level": "x", "agreed": 1}}, "fields.level", "is none of"),
    ],
)
def test_what_does_not_fit_names_the_place(programs: Programs, data: Any, field: str, words: str) -> None:
    before = programs.world.fingerprint()
    answer = programs.intake(data)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["field"] == field
    assert words in error["detail"]
    assert programs.world.fingerprint() == before


def test_where_no_box_is_mapped_the_confirm_mail_is_what_asks(programs: Programs) -> None:
    programs.settings(intake=MappingProxyType({"address": "email", "level": "level"}))
    assert programs.intake({"email": "anne@example.net", "level": "new"}).status_code == 202
    assert programs.world.runs() == []


def test_a_form_without_an_intake_takes_nothing_in_this_way(programs: Programs) -> None:
    programs.settings(intake=MappingProxyType({}))
    answer = programs.intake()
    assert (answer.status_code, "docs/api.md" in answer.json()["detail"]) == (404, True)
    assert programs.world.client.post("/api/v1/intake/nope", json={}).status_code == 404
    assert programs.world.client.post("/api/v1/intake/no%00pe", json={}).status_code == 404


def test_only_json_is_read(programs: Programs) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        assert programs.intake(**{"content-type": kind}).status_code == 415
    (secret,) = secrets_of([SECRET_KEY], "steps")
    for body in (b"", b"{", b"\xff", b"[" * 10_000):
        headers = {"content-type": "application/json", "x-signature": sign_body(secret, body)}
        answer = programs.world.client.post("/api/v1/intake/steps", content=body, headers=headers)
        assert (answer.status_code, "no JSON" in answer.json()["detail"]) == (400, True)
    assert programs.world.rows("spent") == []
