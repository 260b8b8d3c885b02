"""A message goes to the endpoint somebody named and to no other place, and its answer is read whatever it is."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from dripcourse.errors import InputError
from dripcourse.fetching.fetch import Limits
from dripcourse.fetching.post import PUBLIC, Posted, post, way_to
from tests.fetching.endpoint import Answer, Endpoint, listening
from tests.fetching.server import HERE, Server, answer

SHORT = Limits(step=0.15, seconds=0.2, redirects=0)


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with listening() as found:
        yield found


def test_a_message_comes_with_its_headers_and_its_bytes(endpoint: Endpoint) -> None:
    body = '{"name":"Zoë"}'.encode()
    found = post(endpoint.url("/in?key=1"), {"webhook-id": "msg_1"}, body, near=True)
    assert found == Posted(204, "", "")
    (told,) = endpoint.told
    assert (told.path, told.body, told.id) == ("/in?key=1", body, "msg_1")
    assert "cookie" not in told.headers


def test_an_answer_is_read_with_its_status_its_wait_and_the_beginning_of_what_it_says(endpoint: Endpoint) -> None:
    endpoint.answer = lambda _: Answer(503, {"Retry-After": "120"}, b"x" * 5000)
    found = post(endpoint.url(), {}, b"{}", near=True)
    assert (found.status, found.retry_after, found.said) == (503, "120", "x" * 2000)


def test_a_redirect_is_an_answer_and_is_not_followed(endpoint: Endpoint) -> None:
    endpoint.answer = lambda _: Answer(307, {"Location": endpoint.url("/other")})
    assert post(endpoint.url(), {}, b"{}", near=True).status == 307
    assert [one.path for one in endpoint.told] == ["/hook"]


def test_an_endpoint_that_hangs_is_left_after_its_deadline(endpoint: Endpoint) -> None:
    endpoint.answer = lambda _: Answer(hold=threading.Event())
    with pytest.raises(InputError, match="did not answer in time"):
        post(endpoint.url(), {}, b"{}", near=True, limits=SHORT)


def test_with_tls_the_certificate_must_hold(site: Server) -> None:
    site.pages = {"/": answer(b"", status="204 No Content")}
    guard = site.guard()
    assert post(site.url(), {}, b"", guard=guard).status == 204
    with pytest.raises(InputError, match="certificate does not hold"):
        post(site.url(host="other.example"), {}, b"", guard=guard)


REFUSED = [  # address, whether private networks are allowed, why it is not asked
    ("http://site.example/", False, "only https is fetched, not http"),
    ("https://anne:secret@site.example/", True, "user name or password"),
    ("https://127.0.0.1:8443/", False, "this machine itself"),
    ("https://10.0.0.1/", False, "a private address"),
    ("https://[fd00::1]/", False, "a private address"),
    ("https://169.254.169.254/", True, "link-local"),  # where clouds keep their keys
    ("https://0.0.0.0/", True, "unspecified"),
    ("https://[::ffff:169.254.169.254]/", True, "in disguise"),
    ("http://10.0.0.1/", True, "not an address of this machine"),
    ("http://93.184.216.34/", True, "not an address of this machine"),
]


@pytest.mark.parametrize(("url", "near", "why"), REFUSED)
def test_no_message_goes_where_none_may(url: str, near: bool, why: str) -> None:
    with pytest.raises(InputError, match=why):
        post(url, {}, b"{}", near=near)


def test_a_name_that_leads_inside_is_refused_where_only_public_addresses_are_asked() -> None:
    guard = replace(PUBLIC, resolve=lambda _host, _port: ["93.184.216.34", HERE])
    with pytest.raises(InputError, match=r"leads to 127\.0\.0\.1, this machine itself"):
        post("https://site.example:8443/", {}, b"{}", guard=guard)


@pytest.mark.parametrize("url", ["https://site.example:8443/in", "https://10.0.0.1/", "http://localhost:5678/"])
def test_any_port_may_be_named_and_near_addresses_where_they_are_allowed(url: str) -> None:
    place, _ = way_to(url, near=True)
    assert place.url == url
