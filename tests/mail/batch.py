"""A queue of messages that keeps count: each one that was taken must come to an end, once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from dripcourse.mail.transports import Outgoing, Reply
from dripcourse.mail.transports.smtp import SmtpSettings, SmtpTransport
from tests.mail.scripted import Scripted

SENDER = "course@example.com"


class Message:
    """Remembers what became of it. `wire` and `before_dot` do what a test wants done there."""

    def __init__(self, batch: Batch, number: int, size: int = 0) -> None:
        self.batch = batch
        self.number = number
        self.recipient = f"r{number}@example.net"
        self.raw = b"Subject: %d\r\n\r\n" % number + b"x" * 70 * (size // 70) + b"\r\n"
        self.begun: list[str] = []
        self.reply: Reply | None = None
        self.error: Exception | None = None
        self.make: Callable[[], bytes] = lambda: self.raw
        self.at_dot: Callable[[], None] = lambda: None

    def wire(self) -> bytes:
        self.begun.append("wire")
        return self.make()

    def before_dot(self) -> None:
        self.begun.append("dot")
        self.at_dot()

    def answered(self, reply: Reply) -> None:
        self.batch.end(self)
        self.reply = reply
        self.batch.told(self)

    def failed(self, error: Exception) -> None:
        self.batch.end(self)
        self.error = error
        self.batch.told(self)

    @property
    def came_to(self) -> str:
        """accepted, doubt, failed, nothing, or the code and the stage of what stopped it."""
        if self.reply is None:
            return "nothing" if self.error is None else "failed"
        if self.reply.in_doubt:
            return "doubt"
        return "accepted" if self.reply.accepted else f"{self.reply.code} {self.reply.stage}"


class Batch:
    """`told` is called at each end; `finished` can be put off by `more`."""

    def __init__(self, count: int, size: int = 0) -> None:
        self.messages = [Message(self, number, size) for number in range(count)]
        self.left: list[Message] = list(self.messages)
        self.under_way: set[Message] = set()
        self.put_backs: list[int] = []
        self.more = False
        self.told: Callable[[Message], None] = lambda message: None

    def take(self) -> Outgoing | None:
        if not self.left:
            return None
        one = self.left.pop(0)
        assert one not in self.under_way
        self.under_way.add(one)
        return one

    def put_back(self, one: Outgoing) -> None:
        assert isinstance(one, Message)
        self.end(one)
        self.put_backs.append(one.number)
        self.left.insert(0, one)

    def end(self, one: Message) -> None:
        """One that is not under way cannot end: this is what would find a second end."""
        self.under_way.remove(one)

    @property
    def finished(self) -> bool:
        return not self.left and not self.more

    @property
    def came_to(self) -> list[str]:
        assert not self.under_way
        return [message.came_to for message in self.messages]


def numbers(mails: Iterable[bytes]) -> list[int]:
    """Which messages of a batch these are."""
    return sorted(int(mail.split(b"\r\n", 1)[0].removeprefix(b"Subject: ")) for mail in mails)


def settings_for(server: Scripted, **changes: object) -> SmtpSettings:
    """One connection, and short waits."""
    plain = SmtpSettings("127.0.0.1", server.port, "plain", timeout=2.0, deadline=4.0, ehlo_name="me.example")
    return replace(replace(plain, connections=1), **changes)


def send(server: Scripted, batch: Batch, **changes: object) -> list[str]:
    """The whole batch in one session; what each message came to."""
    with SmtpTransport(settings_for(server, **changes)).session() as session:
        session.deliver_all(SENDER, batch)
    return batch.came_to
