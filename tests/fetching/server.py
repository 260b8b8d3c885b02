"""A web server on loopback that answers as scripted, with or without TLS, and the guard that reaches it. No tests."""

from __future__ import annotations

import socket
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from dripcourse.fetching.fetch import Guard
from dripcourse.fetching.public import why_not_public

_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)
HERE = "127.0.0.1"
Answer = bytes | Iterable[bytes] | Callable[[bytes], "bytes | Iterable[bytes]"]


def answer(body: bytes = b"", *headers: str, status: str = "200 OK") -> bytes:
    """An answer with a Content-Length."""
    head = "".join(f"{line}\r\n" for line in (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers))
    return head.encode("latin-1") + b"\r\n" + body


def redirect(to: str, status: str = "302 Found") -> bytes:
    """A redirect, with its target's UTF-8 bytes as they are."""
    head = f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nLocation: ".encode()
    return head + to.encode() + b"\r\n\r\n"


@dataclass
class Server:
    """`pages` are what it answers by path; an iterable is sent piece by piece until the other side has gone.

    An empty piece is silence for as long as anybody waits for the next.
    """

    port: int
    scheme: str
    pages: dict[str, Answer] = field(default_factory=dict)
    requests: list[bytes] = field(default_factory=list)

    def guard(self, resolve: Callable[[str, int], list[str]] | None = None) -> Guard:
        """Lets one connect to this server and to nothing else that is not public; every name leads here."""
        return Guard(
            resolve=resolve or (lambda _host, _port: [HERE]),
            refusal=lambda address: "" if str(address) == HERE else why_not_public(address),
            ports={"https": self.port, "http": self.port},
            context=trusting,
        )

    def url(self, path: str = "/", host: str = "site.example") -> str:
        """The address of a path there."""
        return f"{self.scheme}://{host}:{self.port}{path}"


@contextmanager
def serving(*, tls: bool, name: str = "site.example") -> Iterator[Server]:
    """A server until the end of the block; with `tls` its certificate is for `name`."""
    with socket.create_server((HERE, 0)) as door:
        server = Server(door.getsockname()[1], "https" if tls else "http")
        keeper = threading.Thread(target=_keep, args=(door, server, _identity(name) if tls else None))
        keeper.start()
        try:
            yield server
        finally:
            door.shutdown(socket.SHUT_RDWR)  # wakes accept
            keeper.join()


def _keep(door: socket.socket, server: Server, context: ssl.SSLContext | None) -> None:
    # One visitor after the other: a test asks one page at a time, and a thread for each would have to be waited for.
    while True:
        try:
            visitor, _ = door.accept()
        except OSError:
            return
        with suppress(OSError):
            _attend(visitor, server, context)
        visitor.close()


def _attend(visitor: socket.socket, server: Server, context: ssl.SSLContext | None) -> None:
    visitor.settimeout(10)
    line = context.wrap_socket(visitor, server_side=True) if context else visitor
    with line:
        request = b""
        while b"\r\n\r\n" not in request:
            piece = line.recv(65_536)
            if not piece:
                return
            request += piece
        server.requests.append(request)
        said = server.pages.get(request.split(b" ")[1].decode(), answer(status="404 Not Found"))
        said = said(request) if callable(said) else said
        for piece in [said] if isinstance(said, bytes) else said:
            if piece:
                line.sendall(piece)
            else:
                line.recv(1)  # silent until the other side has gone


@cache
def _authority() -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    may = dict.fromkeys(_USAGES, False) | {"key_cert_sign": True}
    made = (
        _unsigned("an authority for tests", "an authority for tests", key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**may), critical=True)  # newer Pythons check by the letter of RFC 5280
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return key, made.sign(key, hashes.SHA256())


@cache
def _identity(name: str) -> ssl.SSLContext:
    """What a server with a certificate for `name` shows."""
    signer, _ = _authority()
    key = ec.generate_private_key(ec.SECP256R1())
    made = (
        _unsigned(name, "an authority for tests", key)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile() as file:  # a context takes its key from a file only
        file.write(secret + made.sign(signer, hashes.SHA256()).public_bytes(Encoding.PEM))
        file.flush()
        context.load_cert_chain(file.name)
    return context


def trusting() -> ssl.SSLContext:
    """The default context of a client that believes the authority of these tests and nobody else."""
    return ssl.create_default_context(cadata=_authority()[1].public_bytes(Encoding.PEM).decode())


def _unsigned(subject: str, issuer: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    owner, by = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]) for name in (subject, issuer))
    made = x509.CertificateBuilder(subject_name=owner, issuer_name=by, public_key=key.public_key())
    made = made.serial_number(x509.random_serial_number())
    return made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
