"""Many messages at once over real sockets: several connections, rude servers, and each message comes to one end."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from dripcourse.errors import ConfigError, InputError
from dripcourse.mail.transports.smtp import SmtpSettings, SmtpTransport
from tests.mail.batch import Batch, Message, numbers
from tests.mail.scripted import CERTIFICATE, POLITE, Scripted, Talk, Turn, scripted

SENDER = "course@example.com"
PIPELINING = b"250-rude.example\r\n250 PIPELINING\r\n"
CHUNKING = b"250-rude.example\r\n250-PIPELINING\r\n250 CHUNKING\r\n"
BOTH_WAYS = pytest.mark.parametrize("ehlo", [PIPELINING, POLITE["EHLO"]], ids=["pipelined", "lock-step"])


def settings_for(server: Scripted, **changes: object) -> SmtpSettings:
    plain = SmtpSettings("127.0.0.1", server.port, "plain", timeout=2.0, deadline=4.0, ehlo_name="me.example")
    return replace(plain, connections=1, **changes) if "connections" not in changes else replace(plain, **changes)


def send(server: Scripted, batch: Batch, **changes: object) -> list[str]:
    """The whole batch in one session; what each message came to."""
    with SmtpTransport(settings_for(server, **changes)).session() as session:
        session.deliver_all(SENDER, batch)
    return batch.came_to


@BOTH_WAYS
def test_many_messages_go_over_a_few_connections_each_once(ehlo: bytes) -> None:
    batch = Batch(60, size=25_000)
    with scripted(EHLO=ehlo) as server:
        assert send(server, batch, connections=4) == ["accepted"] * 60
    assert numbers(server.mails) == list(range(60))
    assert all(message.begun == ["wire", "dot"] for message in batch.messages)
    assert 1 <= server.connections <= 4
    assert server.verbs.count("QUIT") == server.connections


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


# -- CHUNKING, SIZE, TLS ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("ehlo", [CHUNKING, b"250-rude.example\r\n250 CHUNKING\r\n"], ids=["pipelined", "lock-step"])
def test_chunks_go_where_they_are_offered_and_a_refused_one_harms_only_itself(ehlo: bytes) -> None:
    with scripted(EHLO=ehlo, BDAT=[POLITE["BDAT"], b"552 5.2.2 full\r\n", POLITE["BDAT"]]) as server:
        assert send(server, Batch(4), chunking=True) == ["accepted", "552 dot", "accepted", "accepted"]
    assert "DATA" not in server.verbs
    assert server.connections == 1
    assert numbers(server.mails) == [0, 1, 2, 3]
    after_each_chunk = [b for a, b in zip(server.verbs, server.verbs[1:], strict=False) if a == "BDAT"]
    assert set(after_each_chunk[:3]) == {"RSET"}  # what a refused chunk leaves behind is anybody's guess (RFC 3030)


@pytest.mark.parametrize(("ehlo", "chunking"), [(CHUNKING, False), (PIPELINING, True)])
def test_chunks_are_sent_only_when_both_sides_want_them(ehlo: bytes, chunking: bool) -> None:
    with scripted(EHLO=ehlo) as server:
        assert send(server, Batch(2), chunking=chunking) == ["accepted"] * 2
    assert "BDAT" not in server.verbs


def test_a_refused_recipient_gets_no_chunk_and_the_connection_is_kept() -> None:
    with scripted(EHLO=CHUNKING, RCPT=[b"550 5.1.1 no\r\n", POLITE["RCPT"]]) as server:
        assert send(server, Batch(3), chunking=True) == ["550 rcpt", "accepted", "accepted"]
    assert (server.connections, numbers(server.mails)) == (1, [1, 2])


def test_a_letter_in_a_chunk_keeps_its_dots_as_they_are() -> None:
    raw = b".one\r\n..two\r\n"
    with scripted(EHLO=CHUNKING) as server, SmtpTransport(settings_for(server, chunking=True)).session() as session:
        assert session.deliver(SENDER, "anne@example.net", lambda: raw, lambda: None).accepted
    assert server.mails == [raw]


@pytest.mark.parametrize(("chunking", "connections"), [(False, 2), (True, 1)])
def test_a_message_above_the_servers_size_is_not_sent_and_the_next_one_is(chunking: bool, connections: int) -> None:
    batch = Batch(3)
    batch.messages[1].make = lambda: b"x\r\n" * 400
    with scripted(EHLO=CHUNKING.replace(b"250-PIPE", b"250-SIZE 1000\r\n250-PIPE")) as server:
        assert send(server, batch, chunking=chunking) == ["accepted", "552 size", "accepted"]
    assert numbers(server.mails) == [0, 2]
    assert server.connections == connections


def go_tls(talk: Talk) -> None:
    talk.say(b"220 go\r\n")
    talk.start_tls()


def greet_in_tls(talk: Talk) -> None:
    talk.start_tls()
    talk.say(POLITE["CONNECT"])


@pytest.mark.parametrize("chunking", [False, True])
@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_many_messages_go_over_tls(security: str, chunking: bool) -> None:
    batch = Batch(30, size=60_000)
    offers: list[Turn] = [b"250-rude.example\r\n250 STARTTLS\r\n", CHUNKING]

    def hello(talk: Talk) -> None:
        talk.say(CHUNKING if security == "tls" or hasattr(talk.sock, "version") else offers[0])  # type: ignore[arg-type]

    connect: Turn = greet_in_tls if security == "tls" else POLITE["CONNECT"]
    with scripted(CONNECT=connect, EHLO=hello, STARTTLS=go_tls) as server:
        changes = {"host": "localhost", "security": security, "ca_file": str(CERTIFICATE), "chunking": chunking}
        assert send(server, batch, connections=3, **changes) == ["accepted"] * 30
    assert sorted(server.mails) == sorted(message.raw for message in batch.messages)


# -- time -------------------------------------------------------------------------------------------------------


def test_one_slow_connection_does_not_hold_up_the_others() -> None:
    batch = Batch(40)
    others_done = threading.Event()
    first: list[Talk] = []

    def dot(talk: Talk) -> None:
        """The first connection's first mail is answered when all the others have been: counted, not timed."""
        if not first:
            first.append(talk)
            assert others_done.wait(10)
        talk.say(POLITE["."])

    def told(message: Message) -> None:
        # what waits: the one mail in the slow connection's hands, and the one whose envelope went with it
        if sum(m.came_to == "accepted" for m in batch.messages) == 38:
            others_done.set()

    batch.told = told
    with scripted(EHLO=PIPELINING, dot=dot) as server:
        assert send(server, batch, connections=3, timeout=20.0, deadline=20.0) == ["accepted"] * 40
    assert others_done.is_set()


def test_a_server_that_never_reads_is_left_at_the_timeout_and_nothing_is_in_doubt() -> None:
    batch = Batch(1, size=20_000_000)
    with scripted(EHLO=PIPELINING, DATA=lambda t: (t.say(POLITE["DATA"]), t.server.stopped.wait(8))) as server:
        began = time.monotonic()
        assert send(server, batch, timeout=0.4, deadline=3.0) == ["-1 body"]
        assert time.monotonic() - began < 3.0


@BOTH_WAYS
def test_a_dripped_reply_is_left_at_the_deadline_and_the_next_message_goes(ehlo: bytes) -> None:
    batch = Batch(3)
    drip: Turn = lambda talk: talk.drip(b"250-" + b"x" * 400)  # noqa: E731
    with scripted(EHLO=ehlo, dot=[POLITE["."], drip, POLITE["."]]) as server:
        assert send(server, batch, timeout=0.4, deadline=0.8) == ["accepted", "doubt", "accepted"]
    assert batch.put_backs == ([2] if ehlo == PIPELINING else [])


# -- connections ------------------------------------------------------------------------------------------------


def test_a_relay_that_takes_two_connections_gets_everything_over_two() -> None:
    batch = Batch(80)
    full = b"421 4.7.0 too many connections\r\n"
    with scripted(EHLO=PIPELINING, CONNECT=[POLITE["CONNECT"], POLITE["CONNECT"], full]) as server:
        assert send(server, batch, connections=8) == ["accepted"] * 80
    assert len([talk for talk in server.talks if talk.mails]) == 2


def test_where_nobody_answers_all_get_the_same_reply_after_one_try() -> None:
    batch = Batch(500)
    with scripted(CONNECT=b"421 4.3.2 not now\r\n") as server:
        assert send(server, batch, connections=4) == ["421 connect"] * 500
    assert server.connections == 1
    assert len({id(message.reply) for message in batch.messages}) == 1


def test_a_relay_that_comes_back_is_tried_again_after_a_second() -> None:
    batch = Batch(2)
    late = batch.left.pop()
    batch.more = True
    back = scripted(EHLO=PIPELINING, CONNECT=[b"421 not now\r\n", POLITE["CONNECT"]])
    with back as server, SmtpTransport(settings_for(server)).session() as session:

        def more() -> None:
            batch.left.append(late)
            batch.more = False
            session.wake()

        batch.told = lambda message: threading.Timer(1.1, more).start() if message.number == 0 else None
        session.deliver_all(SENDER, batch)
    assert batch.came_to == ["421 connect", "accepted"]


def test_a_session_is_woken_by_another_thread_for_more_and_for_the_end() -> None:
    batch = Batch(20)
    later, batch.left = batch.left, []
    batch.more = True
    with scripted(EHLO=PIPELINING) as server, SmtpTransport(settings_for(server, connections=2)).session() as session:

        def feed() -> None:
            while later:
                batch.left.append(later.pop())
                session.wake()
            batch.more = False
            session.wake()

        feeder = threading.Thread(target=feed)
        feeder.start()
        session.deliver_all(SENDER, batch)
        feeder.join()
    assert batch.came_to == ["accepted"] * 20


def test_an_idle_connection_that_says_goodbye_is_not_used_again() -> None:
    tired = scripted(dot=[POLITE["."] + b"421 4.4.2 idle\r\n", POLITE["."]])
    with tired as server, SmtpTransport(settings_for(server)).session() as session:
        replies = [session.deliver(SENDER, "a@b.example", lambda: b"x\r\n", lambda: None) for _ in range(2)]
    assert [reply.accepted for reply in replies] == [True, True]
    assert server.connections == 2


def test_a_server_that_says_too_much_after_ehlo_gets_no_mail() -> None:
    with scripted(EHLO=PIPELINING + b"250 2.1.0 and more\r\n") as server:
        assert set(send(server, Batch(2))) == {"-1 ehlo"}
    assert "MAIL" not in server.verbs


def test_lock_step_leaves_a_server_that_answers_twice() -> None:
    with scripted(MAIL=b"250 a\r\n250 b\r\n") as server:
        assert send(server, Batch(1)) == ["-1 mail"]
    assert server.mails == []


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
