"""Extensions, TLS, slow servers, and how many connections a session has; over real sockets."""

from __future__ import annotations

import threading
import time

import pytest

from dripcourse.mail.transports.smtp import SmtpTransport
from tests.mail.batch import SENDER, Batch, Message, numbers, send, settings_for
from tests.mail.scripted import CERTIFICATE, POLITE, Talk, Turn, scripted

PIPELINING = b"250-rude.example\r\n250 PIPELINING\r\n"
CHUNKING = b"250-rude.example\r\n250-PIPELINING\r\n250 CHUNKING\r\n"
BOTH_WAYS = pytest.mark.parametrize("ehlo", [PIPELINING, POLITE["EHLO"]], ids=["pipelined", "lock-step"])


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


def test_where_nobody_answers_all_get_the_reply_of_the_third_try() -> None:
    batch = Batch(500)
    with scripted(CONNECT=b"421 4.3.2 not now\r\n") as server:
        assert send(server, batch, connections=4) == ["421 connect"] * 500
    assert server.connections == 3
    assert len({id(message.reply) for message in batch.messages}) == 3


def test_a_relay_that_is_busy_for_a_moment_costs_one_mail_its_try() -> None:
    batch = Batch(200)
    with scripted(EHLO=PIPELINING, CONNECT=[b"421 4.3.2 not now\r\n", POLITE["CONNECT"]]) as server:
        came = send(server, batch, connections=4)
    assert (came.count("421 connect"), came.count("accepted")) == (1, 199)


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
