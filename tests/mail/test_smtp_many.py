"""Many messages at once over real sockets: several connections, rude servers, and each message comes to one end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random

import pytest

from dripcourse.errors import ConfigError, InputError
from dripcourse.mail.transports.smtp import SmtpSettings, SmtpTransport
from tests.mail.batch import SENDER, Batch, numbers, send, settings_for
from tests.mail.scripted import POLITE, Talk, Turn, scripted

PIPELINING = b"250-rude.example\r\n250 PIPELINING\r\n"
CHUNKING = b"250-rude.example\r\n250-PIPELINING\r\n250 CHUNKING\r\n"
BOTH_WAYS = pytest.mark.parametrize("ehlo", [PIPELINING, POLITE["EHLO"]], ids=["pipelined", "lock-step"])


@BOTH_WAYS
def test_many_messages_go_over_a_few_connections_each_once(ehlo: bytes) -> None:
    batch = Batch(60, size=25_000)
    with scripted(EHLO=ehlo) as server:
        assert send(server, batch, connections=4) == ["accepted"] * 60
        connections = server.see_all_off()
    assert numbers(server.mails) == list(range(60))
    assert all(message.begun == ["wire", "dot"] for message in batch.messages)
    assert 1 <= connections <= 4
    assert server.verbs.count("QUIT") == connections


def test_one_message_opens_one_connection_and_the_next_call_uses_it() -> None:
    with scripted(EHLO=PIPELINING) as server, SmtpTransport(settings_for(server, connections=9)).session() as session:
        for _ in range(3):
            session.deliver_all(SENDER, Batch(1))
        assert session.deliver(SENDER, "anne@example.net", lambda: b"x\r\n", lambda: None).accepted
    assert (server.connections, len(server.mails)) == (1, 4)


def test_the_dot_may_be_answered_only_after_the_next_envelope_has_come() -> None:
    def eager(talk: Talk) -> None:
        """Says nothing before three more commands are there; then everything in one packet."""
        for _ in range(3):
            talk.hear()
        talk.say(POLITE["."] + POLITE["MAIL"] + POLITE["RCPT"] + POLITE["DATA"])
        talk.server.take(talk)

    with scripted(EHLO=PIPELINING, dot=[eager, eager, POLITE["."]]) as server:
        assert send(server, Batch(3)) == ["accepted"] * 3


@pytest.mark.parametrize(
    ("turns", "came_to", "connections"),
    [
        ({"MAIL": b"550 x\r\n", "RCPT": b"503 x\r\n", "DATA": b"503 x\r\n"}, "550 mail", 1),
        ({"MAIL": b"451 x\r\n", "RCPT": b"503 x\r\n", "DATA": b"554 x\r\n"}, "451 mail", 1),
        ({"RCPT": b"550 x\r\n", "DATA": b"554 x\r\n"}, "550 rcpt", 1),
        ({"RCPT": b"550 x\r\n"}, "550 rcpt", 2),  # 354 for a mail to nobody
        ({"DATA": b"451 x\r\n"}, "451 data", 1),
        ({".": b"554 x\r\n"}, "554 dot", 1),
        ({"MAIL": b"421 x\r\n"}, "421 mail", 2),
        ({"RCPT": b"421 x\r\n"}, "421 rcpt", 2),
        ({"DATA": b"421 x\r\n"}, "421 data", 2),
        ({".": b"421 x\r\n"}, "421 dot", 2),
        ({".": b"nonsense\r\n"}, "doubt", 2),
        ({".": Talk.hang_up}, "doubt", 2),
        ({"MAIL": Talk.hang_up}, "accepted", 2),  # on a used connection: put back once
        ({"RCPT": Talk.hang_up}, "accepted", 2),
        ({"DATA": Talk.hang_up}, "accepted", 2),
    ],
)
def test_what_befalls_the_second_of_four_does_not_disturb_the_others(
    turns: dict[str, Turn], came_to: str, connections: int
) -> None:
    script: dict[str, Turn | list[Turn]] = {
        "dot" if verb == "." else verb: [POLITE[verb], turn, POLITE[verb]] for verb, turn in turns.items()
    }
    with scripted(EHLO=PIPELINING, **script) as server:
        assert send(server, Batch(4)) == ["accepted", came_to, "accepted", "accepted"]
    assert server.connections == connections


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
def test_a_hang_up_on_the_first_mail_of_a_fresh_connection_is_its_answer(verb: str) -> None:
    with scripted(EHLO=PIPELINING, **{verb: [Talk.hang_up, POLITE[verb]]}) as server:
        assert send(server, Batch(2)) == [f"-1 {verb.lower()}", "accepted"]


def test_a_message_on_which_every_server_hangs_up_comes_to_an_end() -> None:
    def choosy(talk: Talk) -> None:
        if b"<r3@" in talk.server.heard[-1]:
            raise ConnectionAbortedError
        talk.say(POLITE["RCPT"])

    batch = Batch(8)
    with scripted(EHLO=POLITE["EHLO"], RCPT=choosy) as server:
        came_to = send(server, batch)
    assert came_to == ["accepted"] * 3 + ["-1 rcpt"] + ["accepted"] * 4
    assert batch.put_backs == [3]


# -- callers that fail ------------------------------------------------------------------------------------------


def broken() -> None:
    raise InputError("cannot")


def unmade() -> bytes:
    raise InputError("cannot")


@pytest.mark.parametrize(("field", "what"), [("make", unmade), ("at_dot", broken)])
@pytest.mark.parametrize("chunking", [False, True])
@BOTH_WAYS
def test_a_message_that_fails_harms_only_itself(
    ehlo: bytes, chunking: bool, field: str, what: Callable[[], object]
) -> None:
    batch = Batch(4)
    setattr(batch.messages[1], field, what)
    with scripted(EHLO=ehlo.replace(b"250 ", b"250-CHUNKING\r\n250 ")) as server:
        assert send(server, batch, chunking=chunking) == ["accepted", "failed", "accepted", "accepted"]
    assert isinstance(batch.messages[1].error, InputError)
    assert numbers(server.mails) == [0, 2, 3]


def test_a_recipient_beyond_ascii_is_the_callers_mistake_and_nobody_elses() -> None:
    batch = Batch(3)
    batch.messages[1].recipient = "ü@example.net"
    with scripted(EHLO=PIPELINING) as server:
        assert send(server, batch) == ["accepted", "failed", "accepted"]


def test_a_queue_that_breaks_ends_the_call_and_every_message_that_was_taken() -> None:
    batch = Batch(9)
    taken: list[int] = []
    plain_take = batch.take

    def take() -> object:
        if len(taken) == 4:
            raise RuntimeError("the database is gone")
        taken.append(1)
        return plain_take()

    batch.take = take  # type: ignore[method-assign, assignment]
    with scripted(EHLO=PIPELINING) as server:
        with pytest.raises(RuntimeError, match="database"):
            send(server, batch, connections=2)
        assert not batch.under_way
        batch.take = plain_take  # type: ignore[method-assign]
        rest = [message for message in batch.messages if message.came_to == "nothing"]
        assert batch.left == rest or sorted(m.number for m in batch.left) == [m.number for m in rest]
        send(server, batch)
    counts = Counter(numbers(server.mails))
    assert all(counts[m.number] == 1 for m in batch.messages if m.came_to == "accepted")


def test_an_impossible_sender_or_ca_file_is_said_and_no_message_is_lost() -> None:
    batch = Batch(2)
    with scripted() as server, pytest.raises(InputError), SmtpTransport(settings_for(server)).session() as session:
        session.deliver_all("no address", batch)
    with pytest.raises(ConfigError, match=r"nowhere\.pem"):
        send(server, batch, security="tls", ca_file="/nowhere.pem")
    assert len(batch.left) == 2
    assert not batch.under_way


@pytest.mark.parametrize("connections", [0, 201])
def test_the_number_of_connections_has_its_bounds(connections: int) -> None:
    with pytest.raises(ConfigError, match="between 1 and 200"):
        SmtpSettings("localhost", 1, "tls", connections=connections)


# -- kills ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(12))
def test_servers_killed_at_random_leave_in_doubt_only_what_they_may_have(seed: int) -> None:
    """Over sockets: whoever has a mail and did not say so is in doubt, at most one for each connection."""
    dice = Random(seed)
    batch = Batch(40, size=dice.choice([0, 3_000, 90_000]))

    def perhaps(verb: str) -> Turn:
        def turn(talk: Talk) -> None:
            if dice.random() < 0.06:
                raise ConnectionAbortedError
            talk.say(POLITE[verb])
            if verb == "DATA":
                talk.server.take(talk)

        return turn

    turns = {verb: perhaps(verb) for verb in ("MAIL", "RCPT", "DATA")}
    with scripted(EHLO=dice.choice([PIPELINING, POLITE["EHLO"]]), **turns, dot=perhaps(".")) as server:
        came_to = send(server, batch, connections=3)
    counts = Counter(numbers(server.mails))
    for number, end in enumerate(came_to):
        assert counts[number] == (1 if end in ("accepted", "doubt") else 0), (number, end)
    assert came_to.count("doubt") <= server.connections
    assert "accepted" in came_to
