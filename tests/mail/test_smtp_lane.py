"""One connection's conversation without a socket: a server of the test's own, killed at any moment, cut at any byte."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dripcourse.errors import InputError
from dripcourse.mail.transports.errand import Errand
from dripcourse.mail.transports.lane import Broken, Lane
from tests.mail.batch import Batch

ENVELOPE = b"250 2.1.0 OK\r\n250 2.1.5 OK\r\n354 go on\r\n"


class Server:
    """Reads what a lane writes, and answers as its dice fall; it knows which mails it has and what it said to them."""

    def __init__(self, dice: Random, rudeness: float) -> None:
        self.dice = dice
        self.rudeness = rudeness
        self.inbox = b""
        self.said = b""
        self.state = "command"
        self.recipient = -1
        self.mailed = self.granted = False
        self.verdicts: dict[int, tuple[int, int]] = {}  # message -> its code, and where in `said` that reply ends

    def reads(self, data: bytes) -> None:
        self.inbox += data
        while self.step():
            pass

    def step(self) -> bool:
        if self.state == "data":
            end = self.inbox.find(b"\r\n.\r\n")
            return end >= 0 and self.has_mail(end + 5)
        if self.state.startswith("chunk"):
            size = int(self.state.split()[1])
            return len(self.inbox) >= size and self.has_mail(size)
        line, found, rest = self.inbox.partition(b"\r\n")
        if found:
            self.inbox = rest
            self.command(line)
        return bool(found)

    def command(self, line: bytes) -> None:
        verb = line.split()[0]
        if verb == b"RSET":
            self.mailed = self.granted = False
            self.say(250)
        elif verb == b"MAIL":
            self.mailed = self.say(503 if self.mailed else self.roll(250)) == 250
        elif verb == b"RCPT":
            self.recipient = int(line.split(b"<r")[1].split(b"@")[0])
            self.granted = self.say(self.roll(250) if self.mailed else 503) == 250
        elif verb == b"DATA":
            to_nobody = self.dice.choice([354, 503])
            self.state = "data" if self.say(self.roll(354) if self.granted else to_nobody) == 354 else "command"
        else:
            self.state = f"chunk {int(line.split()[1])}"

    def has_mail(self, size: int) -> bool:
        self.inbox, self.state = self.inbox[size:], "command"
        assert self.recipient not in self.verdicts, "a mail came twice over one connection"
        code = self.say(self.roll(250))
        self.mailed = self.granted = False
        self.verdicts[self.recipient] = (code, len(self.said))
        return True

    def roll(self, good: int) -> int:
        return self.dice.choice([421, 450, 550]) if self.dice.random() < self.rudeness else good

    def say(self, code: int) -> int:
        self.said += b"%d-4.0.0 two\r\n%d lines\r\n" % (code, code) if self.dice.random() < 0.3 else b"%d x\r\n" % code
        return code


def one_connection(batch: Batch, errand: Errand, lane: Lane, server: Server, dice: Random) -> None:
    """Bytes go to and fro in pieces of any size until the queue is empty, the lane is broken or the line is cut."""
    heard = 0
    before = {m.number for m in batch.messages if m.came_to != "nothing"}
    try:
        while not (lane.idle and batch.finished):
            if lane.idle and (held := errand.next(0.0)) is not None:
                lane.begin(held, errand)
            if dice.random() < 0.01:
                raise Broken("the line is cut")
            size = dice.randint(0, len(lane.out))
            server.reads(lane.out[:size])
            lane.wrote(size)
            till = dice.randint(heard, len(server.said))
            news, heard = server.said[heard:till], till
            if news:
                lane.heard(news, errand, 0.0)
    except Broken as problem:
        lane.lost(str(problem), errand)
    check(batch, before, server, heard)


def check(batch: Batch, before: set[int], server: Server, heard: int) -> None:
    """In doubt is exactly the mail whose dot was out and whose reply was not heard; there is one at most."""
    assert not batch.under_way
    doubts = [n for n, (_, end) in server.verdicts.items() if end > heard]
    assert len(doubts) <= 1
    for message in batch.messages:
        if message.number in before:
            assert message.number not in server.verdicts
        elif message.number in doubts:
            assert message.came_to == "doubt"
        elif message.number in server.verdicts:
            code = server.verdicts[message.number][0]
            assert message.came_to == ("accepted" if code == 250 else f"{code} dot")
        else:
            assert message.came_to not in ("accepted", "doubt")


@pytest.mark.parametrize("keywords", ["pipelining", "pipelining chunking", "chunking", ""])
@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([0.0, 0.1, 0.4]))
def test_a_lane_cut_at_any_moment_leaves_in_doubt_the_one_mail_whose_dot_was_out_unanswered(
    keywords: str, seed: int, rudeness: float
) -> None:
    dice = Random(seed)
    batch = Batch(6)
    errand = Errand("a@b.example", batch, 300.0)
    connections = 0
    while not batch.finished:
        lane = Lane(dict.fromkeys(keywords.split(), ""), chunking=True)
        one_connection(batch, errand, lane, Server(dice, rudeness), dice)
        connections += 1
        assert connections < 50
    assert all(message.came_to != "nothing" for message in batch.messages)


def talk(*pieces: bytes) -> tuple[Batch, list[bytes]]:
    """A pipelined lane with two messages hears these pieces; what it wrote, one entry for each burst."""
    batch = Batch(2)
    errand = Errand("a@b.example", batch, 300.0)
    lane = Lane({"pipelining": ""}, chunking=False)
    held = errand.next(0.0)
    assert held is not None
    lane.begin(held, errand)
    bursts = [lane.out]
    lane.wrote(len(lane.out))
    try:
        for piece in pieces:
            lane.heard(piece, errand, 0.0)
            if lane.out:
                bursts.append(lane.out)
                lane.wrote(len(lane.out))
    except Broken as problem:
        lane.lost(str(problem), errand)
    return batch, bursts


def envelope(number: int) -> bytes:
    return b"MAIL FROM:<a@b.example>\r\nRCPT TO:<r%d@example.net>\r\nDATA\r\n" % number


def test_the_next_envelope_travels_with_this_body_and_no_body_before_the_last_dot_is_answered() -> None:
    batch, bursts = talk(ENVELOPE, b"250 kept\r\n" + ENVELOPE, b"250 kept\r\n")
    bodies = [message.raw + b".\r\n" for message in batch.messages]
    assert bursts == [envelope(0), bodies[0] + envelope(1), bodies[1]]
    assert batch.came_to == ["accepted", "accepted"]


def refused(*codes: int) -> bytes:
    return b"".join(b"%d no\r\n" % code for code in codes)


@pytest.mark.parametrize(
    ("first", "second", "came_to"),
    [
        (250, refused(550, 503, 503), ["accepted", "550 mail"]),
        (250, refused(250, 550, 554), ["accepted", "550 rcpt"]),
        (250, refused(250, 450, 354), ["accepted", "450 rcpt"]),
        (250, refused(250, 250, 451), ["accepted", "451 data"]),
        (552, refused(250, 250, 451), ["552 dot", "451 data"]),
        (452, refused(421), ["452 dot", "421 mail"]),
    ],
)
def test_the_dots_reply_and_the_next_refusals_cut_anywhere_are_told_apart(
    first: int, second: bytes, came_to: list[str]
) -> None:
    said = b"%d of the dot\r\n" % first + second
    for cut in range(len(said) + 1):
        batch, _ = talk(ENVELOPE, said[:cut], said[cut:])
        assert [message.came_to for message in batch.messages] == came_to
    batch, _ = talk(ENVELOPE, *(bytes([byte]) for byte in said))
    assert batch.came_to == came_to


@pytest.mark.parametrize(
    ("pieces", "came_to", "put_backs"),
    [
        ([b"250 a\r\n250 b\r\n250 c\r\n"], ["-1 data", "nothing"], []),  # one reply too many, seen at DATA
        ([ENVELOPE + b"250 kept\r\n"], ["-1 data", "nothing"], []),  # an answer to a dot that was not written
        ([ENVELOPE, b"421 closing\r\n"], ["421 dot", "nothing"], [1]),
        ([ENVELOPE, b"hello\r\n"], ["doubt", "nothing"], [1]),
        ([ENVELOPE, b"354 go on\r\n"], ["doubt", "nothing"], [1]),
        ([ENVELOPE, b"250-a\r\n550 b\r\n"], ["doubt", "nothing"], [1]),
        ([ENVELOPE, b"250 kept\r\n421 closing\r\n"], ["accepted", "421 mail"], []),
        ([ENVELOPE, b"250 kept\r\n" + ENVELOPE, b"250 kept\r\n250 kept\r\n"], ["accepted", "accepted"], []),
    ],
)
def test_a_server_out_of_step_is_left_before_more_is_believed(
    pieces: list[bytes], came_to: list[str], put_backs: list[int]
) -> None:
    batch, _ = talk(*pieces)
    assert batch.came_to == came_to
    assert batch.put_backs == put_backs


def carried(batch: Batch, errand: Errand, *pieces: bytes) -> Lane:
    """A pipelined lane that has begun with the batch's next message and heard these pieces."""
    lane = Lane({"pipelining": ""}, chunking=False)
    held = errand.next(0.0)
    assert held is not None
    lane.begin(held, errand)
    lane.wrote(len(lane.out))
    for piece in pieces:
        lane.heard(piece, errand, 0.0)
        lane.wrote(len(lane.out))
    return lane


def test_half_a_reply_that_nobody_asked_for_ends_the_connection() -> None:
    batch = Batch(1)
    errand = Errand("a@b.example", batch, 300.0)
    lane = carried(batch, errand, ENVELOPE)
    with pytest.raises(Broken):
        lane.heard(b"250 kept\r\n25", errand, 0.0)
    assert batch.came_to == ["accepted"]


def test_a_message_is_put_back_once_for_a_hang_up_and_any_number_of_times_for_another_mails_end() -> None:
    batch = Batch(4)
    errand = Errand("a@b.example", batch, 300.0)
    first = carried(batch, errand, ENVELOPE)  # the dot of 0 is out, and the envelope of 1
    second = carried(batch, errand, ENVELOPE)  # the dot of 2 is out, and the envelope of 3
    with pytest.raises(Broken):
        first.heard(b"421 closing\r\n", errand, 0.0)
    first.lost("421", errand)
    assert batch.put_backs == [1]
    second.heard(b"250 kept\r\n", errand, 0.0)
    second.lost("hang-up", errand)
    assert batch.put_backs == [1, 3]
    one, other = batch.messages[1], batch.messages[3]
    for _ in range(2):
        batch.take()
    assert errand.returned(one)  # its first put-back was not its own
    batch.take()
    assert not errand.returned(other)
    other.failed(InputError("ends here"))
    one.failed(InputError("ends here"))
    assert batch.came_to == ["421 dot", "failed", "accepted", "failed"]


@pytest.mark.parametrize(
    ("reply", "came_to"), [(b"552 5.3.4 too much\r\n", "552 body"), (b"250 kept\r\n", "-1 body"), (b"", "-1 body")]
)
def test_a_reply_before_the_dot_is_out_hands_nothing_over(reply: bytes, came_to: str) -> None:
    batch = Batch(1, size=1000)
    errand = Errand("a@b.example", batch, 300.0)
    lane = Lane({}, chunking=False)
    held = errand.next(0.0)
    assert held is not None
    lane.begin(held, errand)
    for line in ENVELOPE.splitlines(keepends=True):
        lane.wrote(len(lane.out))
        lane.heard(line, errand, 0.0)
    lane.wrote(len(lane.out) - 1)  # all but the end of the dot
    hears: Callable[[], None] = lambda: lane.heard(reply, errand, 0.0)  # noqa: E731
    if reply:
        with pytest.raises(Broken):
            hears()
    lane.lost("cut", errand)
    assert batch.came_to == [came_to]
