"""Programs sign people up: with a token, in JSON, once; and whoever it is has to confirm."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from dripcourse.addresses import parse_address
from dripcourse.domain.states import EnrollmentState
from dripcourse.flows import tokens
from dripcourse.storage import consents, forms, subscribers, suppressions
from tests.web.api.conftest import Programs
from tests.web.conftest import link

JSON = {"content-type": "application/json"}


def test_whom_a_program_signs_up_confirms_and_begins(programs_on_both: Programs) -> None:
    programs, world = programs_on_both, programs_on_both.world
    answer = programs.subscribe(
        name="Anne",
        hour="06:30",
        zone="Europe/Berlin",
        source={"utm_source": "shop", "referrer": "https://a.example/b?c"},
    )
    assert (answer.status_code, answer.json()) == (202, {"status": "accepted"})
    assert world.runs() == []
    ((recipient, raw),) = world.send()
    assert recipient == "anne@example.net"
    assert world.client.post(link(raw, "confirm"), data={"do": "confirm"}).status_code == 200
    run = world.run()
    assert (run.state, str(run.plan)) == (EnrollmentState.ACTIVE, "06:30 Europe/Berlin, every day")
    with world.db.reading() as tx:
        proof = [one for one in consents.history(tx, run.subscriber_id) if one.kind == "asked"]
    assert [one.details["path"] for one in proof] == ["api"]
    source = world.rows("enrollment")[0]
    assert "utm_source" in str(source)
    assert "https://a.example/b" in str(source)
    assert "?c" not in str(source)


def test_the_answer_is_the_same_for_everyone(programs: Programs) -> None:
    world = programs.world
    with world.db.writing() as tx:
        suppressions.add(tx, "dead@example.net", "hard-bounce", world.clock())
        subscribers.held(tx, parse_address("known@example.net"), name="", at=world.clock())
    who = ("anne@example.net", "dead@example.net", "known@example.net")
    answers = [programs.subscribe(address=address) for address in who]
    assert len({(one.status_code, one.content, str(sorted(one.headers.items()))) for one in answers}) == 1


@pytest.mark.parametrize(
    ("authorization", "words"),
    [
        (None, "Authorization: Bearer dc_"),
        ("", "Authorization: Bearer dc_"),
        ("Basic YTpi", "Authorization: Bearer dc_"),
        ("Bearer", "not valid"),
        ("Bearer dc_" + "x" * 43, "not valid"),
        ("Bearer ä", "not valid"),
    ],
)
def test_without_a_valid_token_nothing_happens(programs: Programs, authorization: str | None, words: str) -> None:
    before = programs.world.fingerprint()
    headers = [] if authorization is None else [(b"authorization", authorization.encode())]
    answer = programs.world.client.post("/api/v1/subscriptions", json=programs.sent, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.headers["content-type"] == "application/problem+json"
    assert words in answer.json()["detail"]
    assert programs.world.fingerprint() == before


def test_a_revoked_token_opens_nothing(programs: Programs) -> None:
    made, text = tokens.create(programs.world.db, "school", programs.world.clock())
    assert programs.subscribe(token=text).status_code == 202
    tokens.revoke(programs.world.db, made.public_id, programs.world.clock())
    assert programs.subscribe(token=text).status_code == 401


@pytest.mark.parametrize(
    ("sent", "errors"),
    [
        ({"address": "anne@"}, {"address": "not an e-mail address"}),
        ({"address": ""}, {"address": "at least 3"}),
        ({"name": "see http://x.example"}, {"name": "web address"}),
        ({"hour": "25:00", "zone": "Europe/Berln"}, {"hour": "HH:MM", "zone": "did you mean Europe/Berlin"}),
        ({"language": "xx"}, {"language": "not published in 'xx'"}),
        ({"network": "here"}, {"network": "no IP address"}),
        ({"fields": {}}, {"fields.level": "is missing"}),
        ({"fields": {"level": "expert"}}, {"fields.level": "is none of: new, old hand"}),
        ({"fields": {"level": "new", "town": "x"}}, {"fields": "no field 'town'; it has: city, level"}),
        ({"fields": {"level": "new", "city": "www.spam.example"}}, {"fields.city": "web address"}),
        ({"agree": True}, {"agree": "there is no such key; there are: form, address, name"}),
        ({"source": {"gclid": "x"}}, {"source.gclid": "no such key"}),
        ({"hour": 8}, {"hour": "valid string"}),
        ({"fields": {"level": 1}}, {"fields.level": "valid string"}),
        ({"form": None}, {"form": "valid string"}),
    ],
)
def test_what_does_not_fit_is_named_field_by_field(
    programs: Programs, sent: dict[str, Any], errors: dict[str, str]
) -> None:
    before = programs.world.fingerprint()
    answer = programs.subscribe(**sent)
    assert answer.status_code == 422
    found = {one["field"]: one["detail"] for one in answer.json()["errors"]}
    assert found.keys() == errors.keys()
    assert all(words in found[name] for name, words in errors.items()), found
    assert all("\n" not in line for line in (answer.json()["detail"], *found.values()))
    assert programs.world.fingerprint() == before


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", "application/json", 400),
        (b"{", "application/json", 400),
        (b"\xff", "application/json", 400),
        (b"[" * 5000, "application/json", 400),
        (b'{"form": "\\ud800"}', "application/json", 400),
        (b"[]", "application/json; charset=utf-8", 422),
        (b"{}", "text/plain", 415),
        (b"{}", "application/x-www-form-urlencoded", 415),
        (b"{}", "application/json; charset=utf-7", 415),
        (b"{}", "application/jsonp", 415),
        (b"{}", "", 415),
        (b" " * 70_000, "application/json", 413),
    ],
)
def test_what_is_no_json_is_refused_with_a_line(programs: Programs, body: bytes, kind: str, status: int) -> None:
    headers = {"authorization": f"Bearer {programs.token}"} | ({"content-type": kind} if kind else {})
    answer = programs.world.client.post("/api/v1/subscriptions", content=body, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["status"] == status
    assert "\n" not in answer.json()["detail"]
    assert programs.world.rows("sign_up") == []


def test_a_form_that_takes_nobody_says_so(programs: Programs) -> None:
    world, now = programs.world, programs.world.clock()
    assert programs.subscribe(form="nope").status_code == 404
    assert programs.subscribe(form="no\x00pe").status_code == 404
    programs.settings(closes_on=(now - timedelta(days=3)).date())
    assert (programs.subscribe().status_code, programs.subscribe().json()["detail"]) == (
        409, "the form 'steps' took sign-ups until its last day"
    )  # fmt: skip
    programs.settings(closes_on=None, capacity=1)
    with world.db.writing() as tx:
        form = forms.find(tx, "steps")
        assert forms.seat(tx, form.id, 1)
    assert "is full" in programs.subscribe().json()["detail"]
    programs.settings(capacity=None)
    with world.db.writing() as tx:
        forms.hold(tx, form.id, now + timedelta(minutes=10))
    held = programs.subscribe()
    assert (held.status_code, held.headers["retry-after"]) == (503, "600")
    assert world.rows("sign_up") == []


def test_the_network_a_program_names_is_the_one_that_is_counted(programs: Programs) -> None:
    assert programs.subscribe(network="203.0.113.9").status_code == 202
    assert "203.0.113.0/24" in str(programs.world.rows("sign_up"))
    assert "203.0.113.9" not in str(programs.world.rows("sign_up"))


def test_the_same_key_signs_up_once(programs: Programs) -> None:
    first, second = programs.subscribe(key="k1"), programs.subscribe(key="k1")
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert len(programs.world.rows("sign_up")) == 1
    other = programs.subscribe(key="k1", address="bob@example.net")
    assert (other.status_code, other.json()["detail"].split(":")[0]) == (422, "Idempotency-Key")
    assert len(programs.world.rows("sign_up")) == 1
    assert programs.subscribe(key="k2").status_code == 202
    assert programs.subscribe(key="k" * 256).status_code == 400


def test_a_closed_form_answers_what_it_answered_before(programs: Programs) -> None:
    assert programs.subscribe(key="k1").status_code == 202
    with programs.world.db.writing() as tx:
        forms.close(tx, "steps")
    assert programs.subscribe(key="k1").status_code == 202
    assert programs.subscribe(key="k2").status_code == 409


def test_the_forms_are_listed_with_what_they_ask(programs: Programs) -> None:
    answer = programs.world.client.get("/api/v1/forms", headers={"authorization": f"bearer {programs.token}"})
    (form,) = answer.json()["forms"]
    assert (form["slug"], form["state"], form["title"]) == ("steps", "open", "Small steps, by mail")
    assert [(one["name"], one["kind"], one["required"], one["choices"]) for one in form["fields"]] == [
        ("city", "text", False, []), ("level", "choice", True, ["new", "old hand"])
    ]  # fmt: skip
    assert programs.world.client.get("/api/v1/forms").status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/api/v1/nowhere", 404), ("DELETE", "/api/v1/forms", 405), ("GET", "/api/v1/subscriptions", 405)],
)
def test_what_is_not_there_is_a_problem_and_no_page(programs: Programs, method: str, path: str, status: int) -> None:
    answer = programs.world.client.request(method, path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["detail"]
    assert status != 405 or answer.headers["allow"]
