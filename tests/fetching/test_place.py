"""What may be asked is seen by the address alone: scheme, port, host, and nothing that has two readings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dripcourse.errors import InputError
from dripcourse.fetching.place import onward, place_of, shown

REFUSED = [
    ("http://site.example/", "only https is fetched, not http"),
    ("ftp://site.example/", "not ftp"),
    ("file:///etc/passwd", "not file"),
    ("javascript:alert(1)", "not javascript"),
    ("gopher://site.example/", "not gopher"),
    ("site.example/a", "does not begin with it"),
    ("//site.example/a", "does not begin with it"),
    ("", "does not begin with it"),
    ("https:evil", "no host"),
    ("https:///evil", "no host"),
    ("https://?x", "no host"),
    ("https://anne@site.example/", "user name"),
    ("https://anne:secret@site.example/", "user name"),
    ("https://@site.example/", "user name"),
    ("https://good.example@127.0.0.1/", "user name"),
    ("https://site.example:80/", "port 80"),
    ("https://site.example:22/", "port 22"),
    ("https://site.example:8443/", "port 8443"),
    ("https://site.example:0/", "port 0"),
    ("https://site.example:99999/", "not an address"),
    ("https://site.example:http/", "not an address"),
    ("https://[::1/", "not an address"),
    ("https://[v1.x]/", "not an address"),
    ("https://[site.example]/", "not an address"),
    ("https://evil.example[2606:4700::1]/", "not an address"),
    ("https://[2606:4700::1]evil.example/", "not an address"),
    ("https://[::ffff:127.0.0.1%25]/", "not an address|one interface"),
    ("https://site.example\\@evil.example/", "backslashes"),
    ("https://site.example/a b", "blanks"),
    ("https://site.example/\r\nX: y", "control characters"),
    ("https://site.example/\tx", "control characters"),
    (" https://site.example/", "blanks"),
    ("https://site.example/\u2028", "control characters"),
    ("https://2130706433/", "neither a name nor a plain IP address"),
    ("https://0x7f000001/", "neither a name nor a plain IP address"),
    ("https://0X7F.1/", "neither a name nor a plain IP address"),
    ("https://017700000001/", "neither a name nor a plain IP address"),
    ("https://0177.0.0.1/", "neither a name nor a plain IP address"),
    ("https://0x7f.0.0.1/", "neither a name nor a plain IP address"),
    ("https://127.1/", "neither a name nor a plain IP address"),
    ("https://127.0.1/", "neither a name nor a plain IP address"),
    ("https://0/", "neither a name nor a plain IP address"),
    ("https://127.0.0.1./", "neither a name nor a plain IP address"),
    ("https://1.2.3.4.5/", "neither a name nor a plain IP address"),
    ("https://256.256.256.256/", "neither a name nor a plain IP address"),
    ("https://evil.0x7f/", "neither a name nor a plain IP address"),
    ("https://[fe80::1%25eth0]/", "one interface"),
    ("https://１２７.０.０.１/", "not a host name"),
    ("https://127。0。0。1/", "not an address|not a host name"),
    ("https://①②⑦.0.0.1/", "neither a name|not a host name"),
    ("https://straße.example/", "give it as xn--"),
    ("https://exam%70le.com/", "not a host name"),
    ("https://a..example/", "not a host name"),
    ("https://.example/", "not a host name"),
    ("https://" + "a" * 64 + ".example/", "not a host name"),
    ("https://" + "a." * 130 + "example/", "not a host name"),
    ("https://*.example/", "not a host name"),
    ("https://a,b.example/", "not a host name"),
    ("https://site.example/" + "a" * 2000, "2021 characters"),
]
UNDERSTOOD = [
    ("https://Site.Example", "https://site.example/"),
    ("HTTPS://site.example:443/a", "https://site.example/a"),
    ("https://site.example./a", "https://site.example/a"),
    ("https://site.example/a#part", "https://site.example/a"),
    ("https://site.example?q=1", "https://site.example/?q=1"),
    ("https://site.example/é?ü=ä", "https://site.example/%C3%A9?%C3%BC=%C3%A4"),
    ("https://site.example/%C3%A9/../b", "https://site.example/%C3%A9/../b"),
    ('https://site.example/"<x>"?"', "https://site.example/%22%3Cx%3E%22?%22"),
    ("https://bücher.example/", "https://xn--bcher-kva.example/"),
    ("https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/"),
    ("https://例え.example/", "https://xn--r8jz45g.example/"),
    ("https://8.8.8.8/", "https://8.8.8.8/"),
    ("https://[2606:4700:0::1]/", "https://[2606:4700::1]/"),
    ("https://a_b.example/", "https://a_b.example/"),
    ("https://4chan.example/", "https://4chan.example/"),
]


@pytest.mark.parametrize(("url", "reason"), REFUSED)
def test_what_may_not_be_asked_is_refused_before_anything_is_looked_up(url: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        place_of(url)


@pytest.mark.parametrize(("url", "understood"), UNDERSTOOD)
def test_what_may_be_asked_has_one_spelling(url: str, understood: str) -> None:
    assert place_of(url).url == understood
    assert place_of(understood).url == understood


def test_http_is_asked_where_the_caller_allows_it() -> None:
    assert place_of("http://site.example/a", http=True).port == 80
    with pytest.raises(InputError, match="only port 80"):
        place_of("http://site.example:443/", http=True)


@given(st.text("htps:/@[]%.\\?#0x1a。１ \r\né-", max_size=30).map(lambda text: f"https://{text}") | st.text())
def test_whatever_is_typed_gives_a_place_in_ascii_or_a_reason(text: str) -> None:
    try:
        place = place_of(text)
    except InputError:
        return
    assert place.port == 443
    assert all(33 <= ord(character) < 127 for character in place.authority + place.target)
    assert place.target.startswith("/")


ONWARD = [
    ("/b", "https://site.example/b"),
    ("b?x", "https://site.example/d/b?x"),
    ("//other.example/b", "https://other.example/b"),
    ("http://other.example/", "http://other.example/"),
    (" /a b ", "https://site.example/a%20b"),
    ("/é".encode().decode("latin-1"), "https://site.example/é"),
    ("/\xe9", "https://site.example/é"),
]


@pytest.mark.parametrize(("location", "leads_to"), ONWARD)
def test_a_redirect_leads_where_a_browser_would_go(location: str, leads_to: str) -> None:
    assert onward(place_of("https://site.example/d/a"), location) == leads_to


def test_a_redirect_to_nonsense_is_a_reason() -> None:
    with pytest.raises(InputError, match="redirects to what is not an address"):
        onward(place_of("https://site.example/"), "https://[::1/")


def test_a_message_shows_an_address_without_its_password_on_one_line() -> None:
    assert shown("https://anne:secret@site.example/\n\x1b[31m") == "https://site.example/��[31m"
    assert len(shown("https://site.example/" + "a" * 500)) == 200
