"""Fetches one page from the public web, or says whether a link answers; the only place that asks other web servers."""

from __future__ import annotations

import http.client
import re
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from ipaddress import ip_address
from typing import TypeVar, cast

from dripcourse.errors import InputError
from dripcourse.fetching.body import too_large, whole_body
from dripcourse.fetching.line import Deadline, Line, connect, encrypted, within
from dripcourse.fetching.place import PORTS, Place, onward, place_of, shown
from dripcourse.fetching.public import Address, why_not_public

T = TypeVar("T")

_REMEDY = "Check the address, or save the page in a browser and give that file"
_REDIRECTS = (301, 302, 303, 307, 308)
_NO_MATTER = 1 << 62  # a body is held to its limit where it is put together
_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:-]+)""", re.IGNORECASE)


def look_up(host: str, port: int) -> Sequence[str]:
    """The addresses of a host, as the system has them. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True)
class Guard:
    """Who is asked for addresses, which of them may be connected, and whose certificates are believed.

    `refusal` says of an address why it may not be connected, "" if it may; every address of a host must pass.
    """

    resolve: Callable[[str, int], Sequence[str]] = look_up
    refusal: Callable[[Address], str] = why_not_public
    ports: Mapping[str, int] | None = field(default_factory=lambda: PORTS)  # None: any
    context: Callable[[], ssl.SSLContext] = ssl.create_default_context


@dataclass(frozen=True)
class Limits:
    """What a fetch may cost at most: seconds for each wait and in all, bytes of the body and of the head."""

    step: float = 5.0
    seconds: float = 15.0
    body: int = 5_000_000
    head: int = 65_536
    redirects: int = 3


@dataclass(frozen=True)
class Fetched:
    """A page: `body` decoded, `content_type` and `charset` in lower case ("" if not said), `url` where it was found."""

    body: bytes
    content_type: str
    charset: str
    url: str


STRICT = Guard()
USUAL = Limits()


@dataclass(frozen=True)
class Trip:
    """One request and its redirects, within one deadline. `headers` and `body` beside what every request has."""

    method: str
    http: bool
    guard: Guard
    limits: Limits
    deadline: Deadline
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


def fetch(url: str, *, http: bool = False, guard: Guard = STRICT, limits: Limits = USUAL) -> Fetched:
    """The page at `url`. Raises InputError, one line with a remedy, for whatever is not a page on the public web.

    Only https, unless `http` is true. Each redirect is looked at like the first address.
    """
    trip = Trip("GET", http, guard, limits, Deadline.after(limits.seconds, limits.step))
    try:
        return _followed(trip, url, lambda place, answer: _page(place, answer, limits.body))
    except InputError as reason:
        raise InputError(f"{shown(url)}: {reason}. {_REMEDY}.") from None


def probe(url: str, *, guard: Guard = STRICT, limits: Limits = USUAL) -> str:
    """Why a link does not work, as one line; "" if it answers with a status under 400. Raises nothing. http is fine."""
    try:
        status = _status("HEAD", url, guard, limits)
        if status >= 400:  # not only 405 and 501: many a server refuses HEAD in words of its own
            status = _status("GET", url, guard, limits)
    except InputError as reason:
        return str(reason)
    return _spelled(status) if status >= 400 else ""


def _status(method: str, url: str, guard: Guard, limits: Limits) -> int:
    trip = Trip(method, True, guard, limits, Deadline.after(limits.seconds, limits.step))
    return _followed(trip, url, lambda _place, answer: answer.status)


def _followed(trip: Trip, url: str, take: Callable[[Place, http.client.HTTPResponse], T]) -> T:
    """What `take` makes of the answer at the end of the redirects. Raises InputError, a reason without remedy."""
    at = url
    for hop in range(trip.limits.redirects + 1):
        try:
            place = place_of(at, http=trip.http, ports=trip.guard.ports)
            with asked(trip, place) as answer:
                location = answer.getheader("Location") if answer.status in _REDIRECTS else None
                if not location:
                    return take(place, answer)
            at = onward(place, location)
        except InputError as reason:
            raise InputError(f"it redirects to {shown(at)}: {reason}" if hop else str(reason)) from None
    raise InputError(f"it redirects more than {trip.limits.redirects} times")


@contextmanager
def asked(trip: Trip, place: Place) -> Iterator[http.client.HTTPResponse]:
    """The head of the answer; its body can be read inside. Raises InputError for whatever happens on the way."""
    try:
        with Line(_connected(trip, place), trip.deadline, trip.limits.head) as line:
            line.send(_request(trip, place) + trip.body)
            # http.client wants a socket and uses no more of it than `makefile`
            answer = http.client.HTTPResponse(cast("socket.socket", line), method=trip.method)
            answer.begin()
            line.allowance = _NO_MATTER
            with answer:
                yield answer
    except TimeoutError:
        said = f"{trip.limits.step:g} seconds a step, {trip.limits.seconds:g} in all"
        raise InputError(f"it did not answer in time ({said})") from None
    except ssl.SSLCertVerificationError as error:
        raise InputError(f"its certificate does not hold ({shown(error.verify_message)})") from None
    except (http.client.HTTPException, ValueError):
        raise InputError("what it answers is not HTTP, or it broke off") from None
    except OSError as error:
        raise InputError(f"it cannot be reached ({shown(error.strerror or type(error).__name__)})") from None


def _connected(trip: Trip, place: Place) -> socket.socket:
    sock = connect(_addresses(trip, place), place.port, trip.deadline)
    if place.scheme == "http":
        return sock
    return encrypted(sock, place.host, trip.guard.context(), trip.deadline)


def _addresses(trip: Trip, place: Place) -> Sequence[Address]:
    """Looked up once and all of them checked; nothing asks for them again, so they cannot change on the way."""
    guard = trip.guard
    if place.literal:
        found: Sequence[Address] = (place.literal,)
    else:
        found = [ip_address(text) for text in within(trip.deadline, lambda: guard.resolve(place.host, place.port))]
    if not found:
        raise InputError(f"the host {place.host} has no address")
    for address in found:
        if refused := guard.refusal(address):
            named = f"{place.host} is" if place.literal else f"{place.host} leads to {address},"
            raise InputError(f"the host {named} {refused}; only public addresses are asked")
    return found


def _request(trip: Trip, place: Place) -> bytes:
    """No cookies, no referrer, no language: nothing that tells who asks. `place` has been checked for line breaks."""
    lines = (
        f"{trip.method} {place.target} HTTP/1.1",
        f"Host: {place.authority}",
        "User-Agent: Dripcourse",
        "Accept: text/html, text/markdown, text/plain;q=0.9, */*;q=0.1",
        "Accept-Encoding: identity",
        "Connection: close",
        *(f"{name}: {value}" for name, value in trip.headers.items()),
    )
    return "\r\n".join((*lines, "", "")).encode("ascii")


def _page(place: Place, answer: http.client.HTTPResponse, most: int) -> Fetched:
    if answer.status != HTTPStatus.OK:
        raise InputError(_spelled(answer.status))
    if answer.length is not None and answer.length > most:
        raise too_large(most)
    coding = answer.getheader("Content-Encoding") or ""
    said = answer.getheader("Content-Type") or ""
    kind, charset = _TYPE.match(said.strip()), _CHARSET.search(said)
    return Fetched(
        body=whole_body(_pieces(answer), coding, most),
        content_type=kind[0].lower() if kind else "",
        charset=charset[1].lower() if charset else "",
        url=place.url,
    )


def _pieces(answer: http.client.HTTPResponse) -> Iterator[bytes]:
    while piece := answer.read(65_536):
        yield piece
    if answer.length:
        raise InputError("the page broke off before its end")


def _spelled(status: int) -> str:
    known = {each.value: each.phrase for each in HTTPStatus}
    return f"it answers {status}" + (f" ({known[status]})" if status in known else "")
