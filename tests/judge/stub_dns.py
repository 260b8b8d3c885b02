"""A name server on loopback that knows the senders of our mails (DKIM, SPF, DMARC) and nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import BaseRequestHandler, ThreadingTCPServer, ThreadingUDPServer
from struct import pack, unpack
from threading import Thread

from dns import flags, message, rcode, rdatatype, rrset

from tests.judge.keys import SELECTOR, record

ADDRESS = "93.184.216.34"  # it has to look public: SpamAssassin counts addresses for documentation as forged
HOST = "mail.course.example.com"


@contextmanager
def name_server(domains: frozenset[str]) -> Iterator[int]:
    """Answers for the senders' `domains` by UDP and TCP until the block ends; its port, chosen free."""

    class Udp(BaseRequestHandler):
        def handle(self) -> None:
            data, socket = self.request
            socket.sendto(answer(data, domains), self.client_address)

    class Tcp(BaseRequestHandler):
        def handle(self) -> None:
            (length,) = unpack("!H", self.request.recv(2))
            said = answer(self.request.recv(length), domains)
            self.request.sendall(pack("!H", len(said)) + said)

    with ThreadingUDPServer(("127.0.0.1", 0), Udp) as udp:
        port = udp.server_address[1]
        with ThreadingTCPServer(("127.0.0.1", port), Tcp) as tcp:
            for server in (udp, tcp):
                Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
            try:
                yield port
            finally:
                udp.shutdown()
                tcp.shutdown()


def answer(data: bytes, domains: frozenset[str]) -> bytes:
    """The reply to one question, in DNS's bytes."""
    question = message.from_wire(data)
    reply = message.make_response(question, recursion_available=True)
    reply.flags |= flags.AA
    asked = question.question[0]
    name, kind = asked.name.to_text(omit_final_dot=True).lower(), rdatatype.to_text(asked.rdtype)
    told = _zone(name, domains)
    if not told:
        reply.set_rcode(rcode.NXDOMAIN)
    elif kind in told:
        reply.answer.append(rrset.from_text(asked.name, 60, "IN", kind, told[kind]))
    return reply.to_wire()


def _zone(name: str, domains: frozenset[str]) -> dict[str, str]:
    """What stands at that name, by type."""
    if name == HOST:
        return {"A": ADDRESS}
    if name == ".".join(reversed(ADDRESS.split("."))) + ".in-addr.arpa":
        return {"PTR": f"{HOST}."}
    for domain in domains:
        spf = f'"v=spf1 ip4:{ADDRESS} -all"'
        found = {
            f"{SELECTOR}._domainkey.{domain}": {"TXT": _strings(record())},
            f"_dmarc.{domain}": {"TXT": '"v=DMARC1; p=reject"'},
            f"bounce.{domain}": {"TXT": spf, "MX": f"10 {HOST}."},
            domain: {"TXT": spf, "MX": f"10 {HOST}.", "A": ADDRESS},
        }.get(name)
        if found:
            return found
    return {}


def _strings(text: str) -> str:
    return " ".join(f'"{text[at : at + 200]}"' for at in range(0, len(text), 200))
