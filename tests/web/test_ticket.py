"""What a script gets before it posts: a ticket, and work where a form is busy. And which network counts for a peer."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from shutil import which

import pytest

import dripcourse.web
from dripcourse.domain import proofs
from dripcourse.domain.budgets import SOFT_FORM, Outcome
from dripcourse.domain.forms import FormSettings
from dripcourse.domain.networks import network
from dripcourse.flows import gate
from dripcourse.flows.gate import Answer, Knock
from dripcourse.storage import attempts, forms
from dripcourse.storage.attempts import Marks
from tests.web.conftest import World

SHOP = "https://shop.example"
PROOF_JS = Path(dripcourse.web.__file__).parent / "static" / "proof.js"
SOLVE = """
globalThis.window = {};
require(process.argv[1]);
const challenges = JSON.parse(process.argv[2]);
Promise.all(challenges.map(window.dripcourseProof.solve)).then((proofs) => process.stdout.write(proofs.join(" ")));
"""


@pytest.mark.parametrize(
    ("peer", "counted_as"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
        ("testclient", ""),
        ("203.0.113.77, 10.0.0.1", ""),
        ("203.0.113.777", ""),
        ("", ""),
    ],
)
def test_a_peer_is_counted_as_its_network(peer: str, counted_as: str) -> None:
    assert network(peer) == counted_as


def busy(world: World) -> None:
    """As many have signed up within the hour as the form takes without asking for work."""
    with world.db.writing() as tx:
        form_id = forms.find(tx, "steps").id
        for number in range(SOFT_FORM):
            his = Marks(address=(f"a{number}",), network=(f"n{number}",))
            attempts.record(tx, form_id, "page", Outcome.MAILED, world.clock(), his)


def test_a_ticket_is_had_from_the_form_s_own_sites_and_lets_in_three_seconds_later(world: World) -> None:
    with world.db.writing() as tx:
        form = forms.edit(tx, "steps", settings=FormSettings(origins=(SHOP,)))
    before = world.fingerprint()
    answers = {origin: world.client.get("/f/steps/ticket", headers={"Origin": origin}) for origin in (SHOP, "null")}
    asked = world.client.options("/f/steps/ticket", headers={"Origin": SHOP, "Access-Control-Request-Method": "GET"})
    assert world.fingerprint() == before
    assert asked.headers["Access-Control-Allow-Origin"] == SHOP
    allowed = {origin: answer.headers.get("Access-Control-Allow-Origin") for origin, answer in answers.items()}
    assert allowed == {SHOP: SHOP, "null": None}
    found = answers[SHOP].json()
    assert (found["proof"], found["closed"]) == (None, "")
    world.clock.turn(seconds=4)
    knock = Knock("script", "anne@example.net", "", ticket=found["ticket"])
    assert gate.let_in(world.engine, form, knock, world.clock()) is Answer.COME_IN


def test_a_busy_form_gives_work_to_do_and_who_has_done_it_comes_in(world: World) -> None:
    busy(world)
    found = world.client.get("/f/steps/ticket").json()
    assert found["proof"]["bits"] == 16
    world.clock.turn(seconds=4)
    with world.db.reading() as tx:
        form = forms.find(tx, "steps")
    idle = Knock("script", "anne@example.net", "", ticket=found["ticket"])
    assert gate.let_in(world.engine, form, idle, world.clock()) is Answer.PROVE
    work = proofs.solve(found["proof"]["challenge"], found["proof"]["bits"])
    done = Knock("script", "anne@example.net", "", ticket=found["ticket"], proof=work)
    assert gate.let_in(world.engine, form, done, world.clock()) is Answer.COME_IN


def test_there_is_no_ticket_for_a_form_that_is_none_and_a_closed_one_says_so(world: World) -> None:
    assert world.client.get("/f/nothing/ticket").status_code == 404
    assert world.client.get("/f/%00/ticket").status_code == 404
    with world.db.writing() as tx:
        forms.close(tx, "steps")
    assert world.client.get("/f/steps/ticket").json()["closed"] == "closed"


@pytest.mark.skipif(which("node") is None, reason="there is no node to run the script")
def test_what_the_browser_finds_the_server_takes() -> None:
    lengths = (20, 55, 64, 75, 119, 120)  # one block, two, and what lies at the edges
    challenges = [{"challenge": "x" * length, "bits": 8} for length in lengths]
    command = ["node", "-e", SOLVE, "--", str(PROOF_JS), json.dumps(challenges)]
    found = subprocess.run(command, check=True, capture_output=True, text=True, timeout=20).stdout.split()
    assert [proof.partition(":")[0] for proof in found] == [one["challenge"] for one in challenges]
    assert all(proofs.proves(proof, 8) for proof in found)
