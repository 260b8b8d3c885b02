"""The way out over SMTP, against polite servers and rude ones; every answer is a value, and comes in time."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from dripcourse.errors import ConfigError, InputError
from dripcourse.mail.transports import Reply
from dripcourse.mail.transports.connection import tls_context
from dripcourse.mail.transports.smtp import SmtpSettings, SmtpTransport
from tests.mail.scripted import CERTIFICATE, POLITE, Scripted, Talk, Turn, scripted

MAIL = b"Subject: x\r\n\r\n.one dot\r\n..two\r\nend\r\n"
VERBS = ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "."]
STAGES = dict(zip(VERBS, ["connect", "ehlo", "mail", "rcpt", "data", "dot"], strict=True))


def settings_for(server: Scripted, **changes: object) -> SmtpSettings:
    plain = SmtpSettings("127.0.0.1", server.port, "plain", timeout=1.0, deadline=1.5, ehlo_name="me.example")
    return replace(plain, **changes)


def deliver(server: Scripted, recipient: str = "anne@example.net", raw: bytes = MAIL, **changes: object) -> Reply:
    """One mail in a session of its own."""
    with SmtpTransport(settings_for(server, **changes)).session() as session:
        return session.deliver("course@example.com", recipient, lambda: raw, lambda: None)


def with_turn(verb: str, turn: Turn | list[Turn]) -> dict[str, Turn | list[Turn]]:
    return {"dot" if verb == "." else verb: turn}


# -- polite ---------------------------------------------------------------------------------------------------


def test_a_mail_arrives_byte_for_byte() -> None:
    with scripted() as server:
        reply = deliver(server)
    assert reply == Reply(250, "2.0.0 kept", "dot", accepted=True, in_doubt=False)
    assert server.mails == [b"Subject: x\r\n\r\n..one dot\r\n...two\r\nend\r\n"]  # dots doubled on the wire
    assert server.heard[:4] == [
        b"ehlo me.example\r\n",
        b"MAIL FROM:<course@example.com>\r\n",
        b"RCPT TO:<anne@example.net>\r\n",
        b"DATA\r\n",
    ]
    assert server.verbs[-1] == "QUIT"


def test_many_mails_share_one_connection_and_a_refusal_is_followed_by_rset() -> None:
    refusing_once = scripted(RCPT=[b"550 5.1.1 nobody\r\n", b"250 OK\r\n"])
    with refusing_once as server, SmtpTransport(settings_for(server)).session() as session:
        replies = [session.deliver("a@b.example", f"r{i}@example.net", lambda: MAIL, lambda: None) for i in range(3)]
    assert [(r.code, r.enhanced, r.accepted) for r in replies] == [
        (550, "5.1.1", False),
        (250, "2.0.0", True),
        (250, "2.0.0", True),
    ]
    assert server.connections == 1
    assert server.verbs == ["EHLO", "MAIL", "RCPT", "RSET", "MAIL", "RCPT", "DATA", "MAIL", "RCPT", "DATA", "QUIT"]


def test_before_dot_is_called_after_the_body_and_before_the_dot() -> None:
    with scripted() as server:
        seen: list[int] = []

        def before_dot() -> None:
            time.sleep(0.1)  # the body has had time to arrive, the mail cannot have
            seen.append(len(server.mails))

        with SmtpTransport(settings_for(server)).session() as session:
            session.deliver("a@b.example", "c@d.example", lambda: MAIL, before_dot)
        assert (seen, len(server.mails)) == ([0], 1)


def test_a_caller_that_fails_before_the_dot_sends_no_mail() -> None:
    class Wrong(Exception):
        pass

    def fail() -> None:
        raise Wrong

    with scripted() as server:
        with SmtpTransport(settings_for(server)).session() as session:
            with pytest.raises(Wrong):
                session.deliver("a@b.example", "c@d.example", lambda: MAIL, fail)
            assert session.deliver("a@b.example", "c@d.example", lambda: MAIL, lambda: None).accepted
        assert (len(server.mails), server.connections) == (1, 2)


def test_a_mail_that_cannot_be_built_harms_only_itself() -> None:
    def fail() -> bytes:
        raise InputError("cannot")

    with scripted() as server:
        with SmtpTransport(settings_for(server)).session() as session:
            with pytest.raises(InputError, match="cannot"):
                session.deliver("a@b.example", "c@d.example", fail, lambda: None)
            assert session.deliver("a@b.example", "c@d.example", lambda: MAIL, lambda: None).accepted
        assert server.connections == 1


@pytest.mark.parametrize("raw", [b"a\n", b"a\r\n\nb\r\n", b"a\r\r\n", b"a\r\n.\n", b"a\r\n.\rb\r\n", b"no end", b""])
def test_t11_bytes_with_a_lone_cr_or_lf_are_not_sent(raw: bytes) -> None:
    with scripted() as server, pytest.raises(InputError, match="CRLF"):
        deliver(server, raw=raw)
    assert "MAIL" not in server.verbs


@pytest.mark.parametrize(
    "recipient", ["", "x", "a@b.example>\r\nRCPT TO:<c@d.example", "a@b.example\r\nDATA", "ü@example.org"]
)
def test_an_impossible_recipient_is_answered_without_a_word_to_the_server(recipient: str) -> None:
    with scripted() as server:
        reply = deliver(server, recipient)
    assert (reply.code, reply.enhanced, reply.stage, reply.accepted) == (553, "5.1.3", "rcpt", False)
    assert server.heard == []


def test_the_null_sender_is_sent_as_empty_brackets() -> None:
    with scripted() as server, SmtpTransport(settings_for(server)).session() as session:
        assert session.deliver("", "c@d.example", lambda: MAIL, lambda: None).accepted
        assert b"MAIL FROM:<>\r\n" in server.heard


# -- refusals -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("line", [b"450 4.2.0 greylisted\r\n", b"550-5.1.1 no\r\n550 5.1.1 such user\r\n"])
def test_a_refusal_at_any_verb_is_told_with_its_code_and_stage(verb: str, line: bytes) -> None:
    with scripted(**with_turn(verb, line)) as server:
        reply = deliver(server)
    assert (reply.code, reply.stage) == (int(line[:3]), STAGES[verb])
    assert reply.enhanced == line[4:9].decode()
    assert not reply.accepted
    assert not reply.in_doubt


@pytest.mark.parametrize("verb", VERBS)
def test_s5_after_421_at_any_verb_the_next_mail_goes_over_a_new_connection(verb: str) -> None:
    good = POLITE[verb]
    with scripted(**with_turn(verb, [b"421 4.3.2 closing\r\n", good])) as server:
        if verb == "DATA":
            server.turns["DATA"] = good
            server.turns["RCPT"] = [b"421 4.3.2 closing\r\n", POLITE["RCPT"]]
        with SmtpTransport(settings_for(server)).session() as session:
            first, second = (
                session.deliver("a@b.example", "c@d.example", lambda: MAIL, lambda: None) for _ in range(2)
            )
    assert (first.code, first.accepted, first.in_doubt) == (421, False, False)
    assert second.accepted
    assert server.connections == 2


@pytest.mark.parametrize("verb", VERBS)
def test_a_hang_up_is_an_answer_and_only_after_the_dot_in_doubt(verb: str) -> None:
    with scripted(**with_turn(verb, Talk.hang_up)) as server:
        reply = deliver(server)
    assert (reply.code, reply.stage, reply.accepted) == (-1, STAGES[verb], False)
    assert reply.in_doubt == (verb == ".")


def test_a_kept_connection_that_was_closed_meanwhile_is_opened_again() -> None:
    impatient = scripted(MAIL=[b"250 OK\r\n", Talk.hang_up, b"250 OK\r\n"])
    with impatient as server, SmtpTransport(settings_for(server)).session() as session:
        replies = [session.deliver("a@b.example", "c@d.example", lambda: MAIL, lambda: None) for _ in range(2)]
    assert [r.accepted for r in replies] == [True, True]
    assert (server.connections, len(server.mails)) == (2, 2)


def test_a_server_that_always_hangs_up_at_mail_is_tried_once_only() -> None:
    with scripted(MAIL=Talk.hang_up) as server:
        assert deliver(server).code == -1
    assert server.connections == 1


def test_nobody_listening_is_an_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with SmtpTransport(SmtpSettings("127.0.0.1", port, "plain")).session() as session:
        reply = session.deliver("a@b.example", "c@d.example", lambda: MAIL, lambda: None)
    assert (reply.code, reply.stage, reply.accepted, reply.in_doubt) == (-1, "connect", False, False)


def test_an_unknown_host_is_an_answer() -> None:
    with SmtpTransport(SmtpSettings("no-such-host.invalid", 25, "starttls")).session() as session:
        reply = session.deliver("a@b.example", "c@d.example", lambda: MAIL, lambda: None)
    assert (reply.code, reply.stage) == (-1, "connect")


# -- T9: garbage, dripping, silence ---------------------------------------------------------------------------


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(
    "garbage",
    [b"hello\r\n", b"\x00\xff\xfe\r\n", b"25\r\n", b"+25 x\r\n", b"999 x\r\n", b"\r\n", b"x" * 70_000 + b"\r\n"],
)
def test_t9_garbage_is_minus_one_and_never_a_verdict(verb: str, garbage: bytes) -> None:
    with scripted(**with_turn(verb, garbage)) as server:
        reply = deliver(server)
    assert (reply.code, reply.stage, reply.accepted) == (-1, STAGES[verb], False)
    assert reply.in_doubt == (verb == ".")


@pytest.mark.parametrize("code", [b"250", b"220", b"334"])
def test_t9_a_code_that_makes_no_sense_at_data_is_no_answer(code: bytes) -> None:
    with scripted(DATA=code + b" what\r\n") as server:
        assert deliver(server).code == -1


@pytest.mark.parametrize("code", [b"220", b"235", b"354"])
def test_t9_a_code_that_makes_no_sense_after_the_dot_leaves_doubt(code: bytes) -> None:
    with scripted(dot=code + b" what\r\n") as server:
        reply = deliver(server)
    assert (reply.code, reply.accepted, reply.in_doubt) == (-1, False, True)


@pytest.mark.parametrize("verb", VERBS)
def test_t9_a_dripping_server_is_left_at_the_deadline(verb: str) -> None:
    drip: Callable[[Talk], None] = lambda talk: talk.drip(b"250-" + b"x" * 400)  # noqa: E731
    with scripted(**with_turn(verb, drip)) as server:
        began = time.monotonic()
        reply = deliver(server, timeout=0.4, deadline=0.6)
        took = time.monotonic() - began
    assert (reply.code, reply.accepted, reply.in_doubt) == (-1, False, verb == ".")
    assert 0.5 < took < 1.2  # each byte came within the timeout: only the deadline can have ended it


@pytest.mark.parametrize("verb", VERBS)
def test_t9_a_silent_server_is_left_at_the_timeout(verb: str) -> None:
    with scripted(**with_turn(verb, lambda talk: None)) as server:
        began = time.monotonic()
        reply = deliver(server, timeout=0.3, deadline=5.0)
        took = time.monotonic() - began
    assert (reply.code, reply.in_doubt) == (-1, verb == ".")
    assert took < 1.5


def test_t9_the_deadline_also_ends_a_read_that_could_wait_longer() -> None:
    with scripted(RCPT=lambda talk: None) as server:
        began = time.monotonic()
        reply = deliver(server, timeout=5.0, deadline=0.4)
        took = time.monotonic() - began
    assert (reply.code, reply.stage) == (-1, "rcpt")
    assert took < 2.0


def test_t9_a_reply_of_four_megabytes_is_cut_off() -> None:
    def flood(talk: Talk) -> None:
        for _ in range(4_000):
            talk.say(b"250-" + b"x" * 1_000 + b"\r\n")
        talk.say(b"250 at last\r\n")

    with scripted(MAIL=flood) as server:
        reply = deliver(server)
    assert (reply.code, reply.stage) == (-1, "mail")
    assert len(reply.text) <= 1_000


# -- TLS, AUTH, SIZE ------------------------------------------------------------------------------------------

SECRET = "a-very-secret-password"
OFFER: list[Turn] = [b"250-rude.example\r\n250 STARTTLS\r\n", b"250-rude.example\r\n250 AUTH PLAIN\r\n"]


def go_tls(talk: Talk) -> None:
    talk.say(b"220 go\r\n")
    talk.start_tls()


def tls_settings(server: Scripted, **changes: object) -> SmtpSettings:
    secure = SmtpSettings(
        "localhost", server.port, "starttls", "anne", SECRET, timeout=2.0, deadline=4.0, ca_file=str(CERTIFICATE)
    )
    return replace(secure, **changes)


def send_over(settings: SmtpSettings) -> Reply:
    with SmtpTransport(settings).session() as session:
        return session.deliver("course@example.com", "anne@example.net", lambda: MAIL, lambda: None)


def assert_nothing_was_told(server: Scripted) -> None:
    """Not one byte of a password, an address or a mail (S1)."""
    assert {"AUTH", "MAIL", "RCPT", "DATA"} & set(server.verbs) == set()
    assert not any(b"example.net" in line for line in server.heard)


def test_s1_mail_goes_over_verified_tls_with_a_new_ehlo_and_a_login() -> None:
    with scripted(EHLO=list(OFFER), STARTTLS=go_tls, AUTH=b"235 2.7.0 in\r\n") as server:
        reply = send_over(tls_settings(server))
    assert reply.accepted
    assert server.verbs[:4] == ["EHLO", "STARTTLS", "EHLO", "AUTH"]


@pytest.mark.parametrize(
    "turns",
    [
        {},
        {"EHLO": OFFER[0], "STARTTLS": b"454 4.7.0 not now\r\n"},
        {"EHLO": OFFER[0], "STARTTLS": b"220 go\r\nnonsense instead of a handshake\r\n"},
        {"EHLO": OFFER[0], "STARTTLS": Talk.hang_up},
    ],
    ids=["not offered", "454", "no handshake", "hang-up"],
)
def test_s1_without_starttls_nothing_is_sent(turns: dict[str, Turn | list[Turn]]) -> None:
    with scripted(**turns) as server:
        reply = send_over(tls_settings(server))
    assert (reply.accepted, reply.in_doubt, reply.stage) == (False, False, "tls")
    assert turns or reply.text == "the server does not offer STARTTLS; nothing was sent"
    assert_nothing_was_told(server)


@pytest.mark.parametrize("changes", [{"ca_file": ""}, {"host": "127.0.0.1"}], ids=["self-signed", "wrong name"])
@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_s1_a_certificate_that_is_not_theirs_ends_it(security: str, changes: dict[str, str]) -> None:
    connect: Turn = POLITE["CONNECT"] if security == "starttls" else Talk.start_tls
    with scripted(CONNECT=connect, EHLO=list(OFFER), STARTTLS=go_tls) as server:
        reply = send_over(tls_settings(server, security=security, **changes))
    assert (reply.code, reply.stage) == (-1, "tls")
    assert "certificate" in reply.text.lower()
    assert_nothing_was_told(server)


def test_s1_implicit_tls_works_too() -> None:
    def greet(talk: Talk) -> None:
        talk.start_tls()
        talk.say(POLITE["CONNECT"])

    with scripted(CONNECT=greet, EHLO=OFFER[1], AUTH=b"235 in\r\n") as server:
        assert send_over(tls_settings(server, security="tls")).accepted


def test_s1_what_was_said_before_tls_is_forgotten() -> None:
    with scripted(
        EHLO=list(OFFER), STARTTLS=lambda t: (t.say(b"220 go\r\n250 SIZE 1\r\n"), t.start_tls()), AUTH=b"235 in\r\n"
    ) as server:
        reply = send_over(tls_settings(server))
    # either the injected line spoils the handshake or it is dropped; it is never taken for a reply
    assert reply.accepted or reply.stage == "tls"
    assert reply.stage != "size"


def test_tls_below_1_2_is_not_spoken() -> None:
    context = tls_context(SmtpSettings("localhost", 1, "tls"))
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname


@pytest.mark.parametrize("line", [b"535 5.7.8 wrong\r\n", b"454 4.7.0 later\r\n"])
def test_a_refused_login_is_an_answer_at_stage_auth(line: bytes) -> None:
    with scripted(EHLO=list(OFFER), STARTTLS=go_tls, AUTH=line) as server:
        reply = send_over(tls_settings(server))
    assert (reply.code, reply.stage) == (int(line[:3]), "auth")
    assert SECRET not in reply.text
    assert "MAIL" not in server.verbs


def test_a_server_that_knows_no_login_gets_no_mail() -> None:
    with scripted(EHLO=[OFFER[0], POLITE["EHLO"]], STARTTLS=go_tls) as server:
        reply = send_over(tls_settings(server))
    assert (reply.code, reply.stage) == (-1, "auth")
    assert "MAIL" not in server.verbs


@pytest.mark.parametrize("host", ["mail.example.com", "10.0.0.1", "0.0.0.0", "localhost.example.com"])
def test_plain_text_is_for_loopback_unless_somebody_insists(host: str) -> None:
    with pytest.raises(ConfigError, match="use tls"):
        SmtpSettings(host, 25, "plain")
    assert SmtpSettings(host, 25, "plain", insecure_ok=True).host == host


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "::1"])
def test_loopback_needs_no_insisting(host: str) -> None:
    assert SmtpSettings(host, 25, "plain").host == host


def test_a_password_is_not_shown_with_its_settings() -> None:
    assert SECRET not in repr(SmtpSettings("localhost", 1, "tls", "anne", SECRET))


def test_a_missing_ca_file_is_a_config_error() -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.pem"):
        send_over(SmtpSettings("localhost", 1, "tls", ca_file="/nowhere.pem"))


def test_s2_a_mail_above_the_advertised_size_is_not_sent_and_the_next_one_is() -> None:
    narrow = scripted(EHLO=b"250-rude.example\r\n250 SIZE 1000\r\n")
    with narrow as server, SmtpTransport(settings_for(server)).session() as session:
        big = session.deliver("a@b.example", "c@d.example", lambda: b"x\r\n" * 400, lambda: None)
        small = session.deliver("a@b.example", "c@d.example", lambda: MAIL, lambda: None)
    assert (big.stage, big.accepted, big.enhanced) == ("size", False, "5.3.4")
    assert small.accepted
    assert server.heard[1] == b"MAIL FROM:<a@b.example> SIZE=%d\r\n" % len(MAIL)


PIPELINING: dict[str, Turn | list[Turn]] = {"EHLO": b"250-rude.example\r\n250 PIPELINING\r\n"}


def test_s3_commands_go_in_one_write_only_where_pipelining_is_offered() -> None:
    def slow(talk: Talk) -> None:
        """Answers MAIL only when RCPT and DATA have come, too."""
        for _ in range(2):
            talk.hear()
        talk.say(POLITE["MAIL"] + POLITE["RCPT"] + POLITE["DATA"])
        talk.server.take(talk)

    with scripted(**PIPELINING, MAIL=slow) as server:
        assert deliver(server).accepted
    with scripted(MAIL=slow) as server:
        assert deliver(server, timeout=0.3).code == -1


@pytest.mark.parametrize(
    ("turns", "code", "stage"),
    [
        ({"MAIL": b"550 5.7.1 no\r\n", "RCPT": b"503 x\r\n", "DATA": b"503 x\r\n"}, 550, "mail"),
        ({"RCPT": b"550 5.1.1 no\r\n", "DATA": b"554 no valid recipients\r\n"}, 550, "rcpt"),
        ({"RCPT": b"450 4.2.0 grey\r\n"}, 450, "rcpt"),  # and 354 for a mail to nobody
        ({"DATA": b"451 4.3.0 not now\r\n"}, 451, "data"),
        ({"RCPT": b"421 4.3.2 closing\r\n"}, 421, "rcpt"),
        ({"RCPT": Talk.hang_up}, -1, "rcpt"),
    ],
)
def test_s3_pipelined_replies_are_matched_one_to_one(turns: dict[str, Turn], code: int, stage: str) -> None:
    good = {verb: [turn, POLITE[verb]] for verb, turn in turns.items()}
    with scripted(**PIPELINING, **good) as server, SmtpTransport(settings_for(server)).session() as session:
        replies = [session.deliver("a@b.example", "c@d.example", lambda: MAIL, lambda: None) for _ in range(2)]
    assert (replies[0].code, replies[0].stage, replies[0].accepted, replies[0].in_doubt) == (code, stage, False, False)
    assert replies[1].accepted
    assert len(server.mails) == 1


def test_s3_a_server_that_waits_for_a_mail_to_nobody_is_left_at_once() -> None:
    half_way = scripted(**PIPELINING, RCPT=[b"550 5.1.1 no\r\n", POLITE["RCPT"]])
    with half_way as server, SmtpTransport(settings_for(server, timeout=3.0, deadline=9.0)).session() as session:
        began = time.monotonic()
        replies = [session.deliver("a@b.example", "c@d.example", lambda: MAIL, lambda: None) for _ in range(2)]
        took = time.monotonic() - began
    assert [reply.code for reply in replies] == [550, 250]
    assert took < 2.0  # nobody waited three seconds for an answer to RSET in the middle of DATA


def test_s3_a_pipelining_server_that_was_left_alone_too_long_gets_the_mail_again() -> None:
    patient = scripted(**PIPELINING, MAIL=[POLITE["MAIL"], Talk.hang_up, POLITE["MAIL"]])
    with patient as server, SmtpTransport(settings_for(server)).session() as session:
        assert [session.deliver("a@b.example", "c@d.example", lambda: MAIL, lambda: None).accepted for _ in "ab"] == [
            True,
            True,
        ]
    assert len(server.mails) == 2


@pytest.mark.parametrize("size", [b"SIZE", b"SIZE 0", b"SIZE lots"])
def test_s2_a_size_that_is_no_limit_limits_nothing(size: bytes) -> None:
    with scripted(EHLO=b"250-rude.example\r\n250 " + size + b"\r\n") as server:
        assert deliver(server).accepted


# -- replies --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "enhanced"),
    [
        ("5.1.1 no", "5.1.1"),
        ("4.7.650 wait", "4.7.650"),
        ("no code", ""),
        ("5.1 x", ""),
        ("version 5.1.1", ""),
        ("5.1.1", "5.1.1"),
        ("10.0.0.1 x", ""),
    ],
)
def test_the_enhanced_code_is_read_from_the_beginning_of_the_text(text: str, enhanced: str) -> None:
    assert Reply(550, text, "rcpt", accepted=False).enhanced == enhanced
