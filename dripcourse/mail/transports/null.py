"""A way out that leads nowhere: for simulations. It builds no bytes and answers what it was told to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from dripcourse.mail.transports import Queue, Reply, Session, one_by_one

ACCEPTED = Reply(250, "2.0.0 taken by nobody", "dot", accepted=True)


@dataclass(frozen=True)
class NullTransport:
    """Answers each recipient by `accept`; without it, accepts all."""

    accept: Callable[[str], Reply] | None = None

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A conversation with nobody."""
        yield _NullSession(self.accept or (lambda _: ACCEPTED))


@dataclass(frozen=True)
class _NullSession:
    accept: Callable[[str], Reply]

    def deliver(
        self,
        sender: str,
        recipient: str,
        build: Callable[[], bytes],
        before_dot: Callable[[], None],
    ) -> Reply:
        reply = self.accept(recipient)
        # A real server is asked for its last word only after the dot.
        if reply.accepted or reply.in_doubt or reply.stage == "dot":
            before_dot()
        return reply

    def deliver_all(self, sender: str, queue: Queue) -> None:
        one_by_one(self, sender, queue)

    def wake(self) -> None:
        """Nobody sleeps here."""
