"""A fetch brings a page of the public web or says in one line why not, whatever a server or a name server answers."""

from __future__ import annotations

import gzip
import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from dripcourse.errors import InputError
from dripcourse.fetching.fetch import STRICT, Fetched, Limits, fetch, probe
from tests.fetching.server import HERE, Answer, Server, answer, redirect, serving

SHORT = Limits(step=0.15, seconds=0.2)
PAGE = answer(b"<p>Hello</p>", "Content-Type: Text/HTML; charset=UTF-8")


def test_a_page_comes_with_its_type_its_charset_and_where_it_was_found(site: Server) -> None:
    site.pages = {"/old": redirect("/é?x"), "/%C3%A9?x": PAGE}
    found = fetch(site.url("/old#part"), guard=site.guard())
    assert found == Fetched(b"<p>Hello</p>", "text/html", "utf-8", site.url("/%C3%A9?x"))


def test_a_request_tells_nothing_about_who_asks(site: Server) -> None:
    site.pages = {"/": redirect("/b").replace(b"\r\n\r\n", b"\r\nSet-Cookie: who=anne\r\n\r\n"), "/b": PAGE}
    fetch(site.url(), guard=site.guard())
    names = [line.split(b":")[0] for line in site.requests[1].split(b"\r\n")[1:-2]]
    assert names == [b"Host", b"User-Agent", b"Accept", b"Accept-Encoding", b"Connection"]
    assert b"Accept-Encoding: identity\r\n" in site.requests[1]
    assert f"Host: site.example:{site.port}\r\n".encode() in site.requests[1]


TYPES = [
    ((), ("", "")),
    (("Content-Type: text/plain",), ("text/plain", "")),
    (('Content-Type: text/markdown;charset="Windows-1252"',), ("text/markdown", "windows-1252")),
    (("Content-Type: nonsense",), ("", "")),
]


@pytest.mark.parametrize(("headers", "said"), TYPES)
def test_what_the_server_does_not_say_is_empty(headers: tuple[str, ...], said: tuple[str, str], plain: Server) -> None:
    plain.pages = {"/": answer(b"x", *headers)}
    found = fetch(plain.url(), http=True, guard=plain.guard())
    assert (found.content_type, found.charset) == said


HOSTS = [
    ("127.0.0.1", "this machine"),
    ("127.8.8.8", "this machine"),
    ("0.0.0.0", "unspecified"),
    ("169.254.169.254", "link-local"),
    ("10.0.0.1", "private"),
    ("172.16.0.1", "private"),
    ("192.168.0.1", "private"),
    ("100.64.0.1", "carrier"),
    ("[::1]", "this machine"),
    ("[::]", "unspecified"),
    ("[::ffff:127.0.0.1]", "in disguise"),
    ("[64:ff9b::7f00:1]", "NAT64"),
    ("[2002:7f00:1::]", "6to4"),
    ("[fd00::1]", "private"),
    ("2130706433", "neither a name nor a plain IP address"),
    ("017700000001", "neither a name nor a plain IP address"),
    ("0x7f000001", "neither a name nor a plain IP address"),
    ("127.1", "neither a name nor a plain IP address"),
]


@pytest.mark.parametrize(("host", "reason"), HOSTS)
def test_an_address_inside_is_refused_by_the_strict_guard(host: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason) as caught:
        fetch(f"https://{host}/")
    assert str(caught.value).startswith(f"https://{host}/: ")
    assert str(caught.value).endswith("save the page in a browser and give that file.")
    assert reason in probe(f"http://{host}/")


ANSWERS = [["10.0.0.1"], ["::1"], ["93.184.216.34", "10.0.0.1"], ["2606:4700::1", "fe80::1%lo"], ["::ffff:10.0.0.1"]]


@pytest.mark.parametrize("answers", ANSWERS)
def test_a_name_is_refused_if_one_of_its_addresses_is_inside(answers: list[str]) -> None:
    with pytest.raises(InputError, match="only public addresses are asked"):
        fetch("https://site.example/", guard=replace(STRICT, resolve=lambda _host, _port: answers))


def test_a_name_is_looked_up_once_and_that_answer_is_connected(site: Server) -> None:
    answers = [[HERE], ["10.0.0.1"]]  # what a rebinding name server says, first to the check, then to the connection
    site.pages = {"/": PAGE}
    assert fetch(site.url(), guard=site.guard(lambda _host, _port: answers.pop(0))).body == b"<p>Hello</p>"
    assert answers == [["10.0.0.1"]]


def test_a_redirect_is_looked_up_and_checked_again(site: Server) -> None:
    answers = [[HERE], ["10.0.0.1"]]
    site.pages = {"/": redirect("/again"), "/again": PAGE}
    with pytest.raises(InputError, match=r"redirects to .*/again: .*10\.0\.0\.1, a private address"):
        fetch(site.url(), guard=site.guard(lambda _host, _port: answers.pop(0)))
    assert len(site.requests) == 1


REDIRECTS = [
    ("https://10.0.0.1/", "a private address"),
    ("https://169.254.169.254/latest/meta-data/", "a link-local address"),
    ("https://[::1]/", "this machine itself"),
    ("//0x7f.1/", "neither a name nor a plain IP address"),
    ("http://site.example/", "only https is fetched, not http"),
    ("file:///etc/passwd", "not file"),
    ("https://anne:secret@site.example/", "user name or password"),
    ("https://site.example:22/", "port 22"),
    ("https://[::1/", "not an address on the web"),
    ("/\x01", "control characters"),
]


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
def test_every_kind_of_redirect_is_followed(status: str, site: Server) -> None:
    site.pages = {"/": redirect("/b", status), "/b": PAGE}
    assert fetch(site.url(), guard=site.guard()).url == site.url("/b")


@pytest.mark.parametrize(("location", "reason"), REDIRECTS)
def test_a_redirect_may_go_nowhere_that_may_not_be_asked(location: str, reason: str, site: Server) -> None:
    site.pages = {"/": redirect(location)}
    with pytest.raises(InputError, match=reason) as caught:
        fetch(site.url(), guard=site.guard())
    assert "secret" not in str(caught.value)
    assert str(caught.value).isprintable()
    assert len(site.requests) == 1


def test_the_fourth_redirect_is_one_too_many(site: Server) -> None:
    site.pages = {
        "/0": redirect("/1"),
        "/1": redirect("/2"),
        "/2": redirect("/3"),
        "/3": PAGE,
        "/loop": redirect("/loop"),
    }
    assert fetch(site.url("/0"), guard=site.guard()).url == site.url("/3")
    site.requests.clear()
    with pytest.raises(InputError, match="more than 3 times"):
        fetch(site.url("/loop"), guard=site.guard())
    assert len(site.requests) == 4


STATUSES = [
    (answer(status="404 Gone fishing\x1b"), r"it answers 404 \(Not Found\)"),
    (answer(status="500 Oh"), r"it answers 500 \(Internal Server Error\)"),
    (answer(status="204 No Content"), "it answers 204"),
    (answer(b"x", "Content-Range: bytes 0-0/9", status="206 Partial Content"), "it answers 206"),
    (answer(status="302 Found"), "it answers 302"),
    (answer(status="799 Odd"), r"it answers 799\."),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", "broke off"),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", "broke off"),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhel", "broke off"),
    (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n", "not HTTP|more than belongs"),
    (b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(200)) + b"\r\n", "not HTTP"),
    (b"HTTP/1.1 200 OK\r\n" + (b"X: " + b"x" * 9_000 + b"\r\n") * 50 + b"\r\n", "more than belongs"),
    (b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000 + PAGE, "more than belongs"),
    (b"SSH-2.0-OpenSSH_9.2\r\n", "not HTTP"),
    ([], "not HTTP, or it broke off"),
    (b"\x00\xff\r\n\r\n", "not HTTP"),
    (answer(b"x", "Content-Encoding: br"), "compression that was not asked for"),
]


@pytest.mark.parametrize(("said", "reason"), STATUSES)
def test_whatever_is_not_a_page_is_one_line(said: Answer, reason: str, plain: Server) -> None:
    plain.pages = {"/": said}
    with pytest.raises(InputError, match=reason) as caught:
        fetch(plain.url(), http=True, guard=plain.guard())
    assert str(caught.value).isprintable()


def endless(_request: bytes) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\n\r\n"
    while True:
        yield bytes(10_000)


def test_a_page_too_large_by_its_own_word_is_not_read(plain: Server) -> None:
    plain.pages = {"/": b"HTTP/1.1 200 OK\r\nContent-Length: 5000001\r\n\r\n"}
    with pytest.raises(InputError, match="larger than 5 MB"):
        fetch(plain.url(), http=True, guard=plain.guard())


def test_a_page_that_does_not_say_how_large_it_is_stops_at_the_limit(plain: Server) -> None:
    plain.pages = {"/": endless}
    with pytest.raises(InputError, match=r"larger than 0\.1 MB"):
        fetch(plain.url(), http=True, guard=plain.guard(), limits=Limits(body=100_000))


def test_a_page_packed_all_the_same_is_unpacked_within_the_limit(plain: Server) -> None:
    packed = gzip.compress(bytes(1_000_000), mtime=0)
    plain.pages = {"/": answer(packed, "Content-Encoding: gzip")}
    whole = fetch(plain.url(), http=True, guard=plain.guard(), limits=Limits(body=1_000_000))
    assert whole.body == bytes(1_000_000)
    with pytest.raises(InputError, match=r"larger than 0\.5 MB"):
        fetch(plain.url(), http=True, guard=plain.guard(), limits=Limits(body=500_000))


def test_a_page_in_chunks_comes_whole(plain: Server) -> None:
    plain.pages = {"/": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n"}
    assert fetch(plain.url(), http=True, guard=plain.guard()).body == b"hello"


def dripping(first: bytes) -> Iterator[bytes]:
    """One byte after the other, each well within the time of one step, for as long as anybody listens."""
    yield first
    pace = threading.Event()
    while True:
        pace.wait(0.02)
        yield b"x"


SLOW = {
    "no answer at all": lambda: iter([b""]),
    "a status line that never ends": lambda: dripping(b"HTTP/1.1 200 "),
    "a header that never ends": lambda: dripping(b"HTTP/1.1 200 OK\r\nX: "),
    "a body that never ends": lambda: dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"),
    "chunks that never end": lambda: dripping(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\n"),
}


@pytest.mark.parametrize("drip", SLOW.values(), ids=SLOW.keys())
def test_a_server_that_never_ends_is_left_at_the_deadline(drip, plain: Server) -> None:  # type: ignore[no-untyped-def]
    plain.pages = {"/": lambda _request: drip()}
    with pytest.raises(InputError, match=r"did not answer in time \(0\.15 seconds a step, 0\.2 in all\)"):
        fetch(plain.url(), http=True, guard=plain.guard(), limits=SHORT)


def test_a_server_that_never_shakes_hands_is_left_at_the_deadline(plain: Server) -> None:
    plain.pages = {}
    with pytest.raises(InputError, match="did not answer in time"):
        fetch(plain.url().replace("http", "https"), guard=plain.guard(), limits=SHORT)


def test_a_name_server_that_never_answers_is_left_at_the_deadline() -> None:
    over = threading.Event()

    def silent(_host: str, _port: int) -> list[str]:
        over.wait()
        return []

    with pytest.raises(InputError, match="did not answer in time"):
        fetch("https://site.example/", guard=replace(STRICT, resolve=silent), limits=SHORT)
    over.set()


def test_a_name_without_an_address_is_one_line() -> None:
    def unknown(_host: str, _port: int) -> list[str]:
        raise OSError(-2, "Name or service not known")

    with pytest.raises(InputError, match=r"cannot be reached \(Name or service not known\)"):
        fetch("https://site.example/", guard=replace(STRICT, resolve=unknown))
    with pytest.raises(InputError, match="has no address"):
        fetch("https://site.example/", guard=replace(STRICT, resolve=lambda _host, _port: []))


def test_a_closed_port_is_one_line() -> None:
    with serving(tls=False) as gone:
        pass
    with pytest.raises(InputError, match="cannot be reached"):
        fetch(gone.url(), http=True, guard=gone.guard())


def test_the_second_address_is_tried_where_the_first_does_not_answer(plain: Server) -> None:
    plain.pages = {"/": PAGE}
    guard = replace(plain.guard(lambda _host, _port: ["127.0.0.2", HERE]), refusal=lambda _address: "")
    assert fetch(plain.url(), http=True, guard=guard).body == b"<p>Hello</p>"


def test_a_certificate_for_another_name_is_refused(site: Server) -> None:
    site.pages = {"/": PAGE}
    with pytest.raises(InputError, match=r"certificate does not hold .*other\.example"):
        fetch(site.url(host="other.example"), guard=site.guard())
    assert site.requests == []


def test_a_certificate_of_an_unknown_authority_is_refused(site: Server) -> None:
    with pytest.raises(InputError, match="certificate does not hold"):
        fetch(site.url(), guard=replace(site.guard(), context=ssl.create_default_context))
    assert site.requests == []


def test_the_strict_guard_verifies_certificates_and_names() -> None:
    context = STRICT.context()
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED


def test_proxies_of_the_environment_are_ignored(site: Server, plain: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, f"http://{HERE}:{plain.port}")
    site.pages = {"/": PAGE}
    assert fetch(site.url(), guard=site.guard()).body == b"<p>Hello</p>"
    assert plain.requests == []


LINKS = [
    (PAGE, PAGE, "", 1),
    (answer(status="404 Not Found"), answer(status="404 Not Found"), "it answers 404 (Not Found)", 2),
    (answer(status="405 Not Allowed"), PAGE, "", 2),
    (answer(status="501 Not Implemented"), PAGE, "", 2),
    (answer(status="403 Forbidden"), PAGE, "", 2),
    (answer(status="405 Not Allowed"), endless, "", 2),
    (answer(status="405 Not Allowed"), answer(status="503 Busy"), "it answers 503 (Service Unavailable)", 2),
    (answer(status="304 Not Modified"), PAGE, "", 1),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", PAGE, "", 1),
    (
        redirect("https://10.0.0.1/"),
        PAGE,
        "it redirects to https://10.0.0.1/: the host 10.0.0.1 is a private address",
        1,
    ),
]


@pytest.mark.parametrize(("to_head", "to_get", "reason", "asked"), LINKS)
def test_a_link_is_probed_by_head_and_where_that_fails_by_get(  # type: ignore[no-untyped-def]
    to_head, to_get, reason: str, asked: int, plain: Server
) -> None:
    def said(request: bytes):  # type: ignore[no-untyped-def]
        if request.startswith(b"HEAD "):
            return to_head
        return to_get(request) if callable(to_get) else to_get

    plain.pages = {"/": said}
    found = probe(plain.url(), guard=plain.guard())
    assert found.startswith(reason)
    assert bool(found) == bool(reason)
    assert len(plain.requests) == asked


@pytest.mark.parametrize(
    "url", ["mailto:a@b.example", "https://[", "", "https://10.0.0.1/", "x" * 3000, "https://\ud800/"]
)
def test_a_link_that_cannot_be_asked_is_a_reason_and_no_error(url: str) -> None:
    assert probe(url)
