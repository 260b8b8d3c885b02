"""What an address on the web says, and whether it may be asked at all; decides by the text alone, looks nothing up."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from dripcourse.errors import InputError
from dripcourse.fetching.public import Address

#: The one port of each scheme.
PORTS: Mapping[str, int] = {"https": 443, "http": 80}
MAX_CHARACTERS = 2000

_HOST = re.compile(r"(?=.{1,253}\Z)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
# older Pythons let anything stand beside the brackets
_BRACKETS = re.compile(r"\[[0-9a-fA-F:.]+(?:%\w+)?\](?::[0-9]*)?")
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\xa0\\\u2028\u2029]")
_IN_PATH = "/%:@!$&'()*+,;=~-._"


@dataclass(frozen=True)
class Place:
    """Where a page is: `host` in lower-case ASCII, `literal` where it is an IP address, `target` as it is asked for."""

    scheme: str
    host: str
    port: int
    target: str
    literal: Address | None = None

    @property
    def authority(self) -> str:
        """The host as the header Host has it; the port only where it is not the scheme's own."""
        host = f"[{self.host}]" if isinstance(self.literal, IPv6Address) else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The whole address again, without a fragment."""
        return f"{self.scheme}://{self.authority}{self.target}"


def place_of(url: str, *, http: bool = False, ports: Mapping[str, int] | None = PORTS) -> Place:
    """The place `url` names. Raises InputError, a reason without remedy, where it may not be asked.

    `ports` are the only ones that may be asked, by scheme; None: any.
    """
    if len(url) > MAX_CHARACTERS:
        raise InputError(f"the address has {len(url)} characters (limit {MAX_CHARACTERS})")
    if _FORBIDDEN.search(url):
        raise InputError("the address has blanks, backslashes or control characters in it")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise InputError("this is not an address on the web") from None
    _check_scheme(parts.scheme, http=http)
    if "@" in parts.netloc:
        raise InputError("the address has a user name or password in it")
    if not host:
        raise InputError("the address has no host")
    if ("[" in parts.netloc or ":" in host) and not _BRACKETS.fullmatch(parts.netloc):
        raise InputError("this is not an address on the web")
    allowed = ports[parts.scheme] if ports else port or PORTS[parts.scheme]
    if port is not None and port != allowed:
        raise InputError(f"the address names port {port}; only port {PORTS[parts.scheme]} is asked")
    literal = _literal(host)
    name = str(literal) if literal else _name(host)
    return Place(parts.scheme, name, allowed, _target(parts), literal)


def onward(place: Place, location: str) -> str:
    """The address a redirect from `place` leads to; `location` is its header as http.client reads it (Latin-1)."""
    try:
        said = location.encode("latin-1").decode("utf-8")
    except UnicodeError:
        said = location
    try:
        return urljoin(place.url, said.strip().replace(" ", "%20"))
    except ValueError:
        raise InputError("it redirects to what is not an address on the web") from None


def shown(url: str) -> str:
    """`url` for a message: one printable line, at most 200 characters, without a password."""
    without = re.sub(r"//[^/?#]*@", "//", url)
    line = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in without)
    return line if len(line) <= 200 else line[:199] + "…"


def _check_scheme(scheme: str, *, http: bool) -> None:
    if scheme == "https" or (scheme == "http" and http):
        return
    if scheme == "http":
        raise InputError("only https is fetched, not http, which anybody on the way can change")
    said = f"not {shown(scheme)}" if scheme else "and the address does not begin with it"
    raise InputError(f"only https is fetched, {said}")


def _literal(host: str) -> Address | None:
    """The IP address that `host` is, None for a name. Numbers in any other spelling are nobody's name: InputError."""
    if ":" not in host and not _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
        return None
    try:
        address = ip_address(host)
    except ValueError:
        raise InputError(f"the host {shown(host)} is neither a name nor a plain IP address") from None
    if "%" in host:
        raise InputError(f"the host {shown(host)} is an address on one interface of this machine")
    return address


def _name(host: str) -> str:
    try:
        name = host.encode("idna").decode("ascii").lower().removesuffix(".")
        # Letters that the older IDNA of the standard library maps to others (ß, full-width digits) would name another
        # host than a browser asks.
        same = host.isascii() or name.encode("ascii").decode("idna") == host.removesuffix(".")
    except UnicodeError:
        same = False
    if not same:
        raise InputError(f"the host {shown(host)} is not a host name; give it as xn--…")
    if not _HOST.fullmatch(name) or _NUMBER.fullmatch(name.rpartition(".")[2]):
        raise InputError(f"the host {shown(host)} is not a host name")
    return name


def _target(parts: SplitResult) -> str:
    path = quote(parts.path, safe=_IN_PATH) or "/"
    query = quote(parts.query, safe=_IN_PATH + "?[]")
    return f"{path}?{query}" if query else path
