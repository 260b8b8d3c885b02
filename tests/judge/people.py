"""Whom the mails go to: subscribers with the names and addresses that have broken other mailers."""

from __future__ import annotations

#: (name, address); each has a mail of its own made of every mail there is.
PEOPLE = (
    ("Anne Doe", "anne@subscriber.example.net"),
    ("", "no.name@subscriber.example.net"),
    ("Zoë Müller-Łukasz 王小明 🌿 Ñandú", "zoe+list@subscriber.example.net"),
    ("\u202eevil\u202d \u2066moc.elpmaxe\u2069 \u200fnema", "rtl-override@subscriber.example.net"),
    ("N" * 64, "n" * 64 + "@" + ".".join(["d" * 60, "e" * 60, "f" * 50, "example.net"])),
    ("Wort" + "ä" * 60, "umlauts@subscriber.example.net"),
    ('Doe, "Anne" <x@evil.example.net>; Bob: (her brother) \\', "commas@subscriber.example.net"),
    ("=?utf-8?q?=0D=0ABcc:_x@evil.example.net?=", "encoded@subscriber.example.net"),
    ("عبد الله بن محمد", "abdullah@subscriber.example.net"),
    ("{{ 7*7 }} --DC.LEAVE_URL-- ${x} %s", "template@subscriber.example.net"),
    ("<b>Anne</b> &amp; Bob", "a&b'c@subscriber.example.net"),
    ("אנה 1984", "1984.anna-2@subscriber.example.net"),
    (".", "o'brien/{x}=|y@subscriber.example.net"),
    ("Anne\r\nBcc: x@evil.example.net\r\n\r\n<p>body", "crlf-name@subscriber.example.net"),
)

#: Addresses and values no mail may be made for.
REFUSED_ADDRESSES = (
    "anne@subscriber.example.net\r\nBcc: x@evil.example.net",
    "anne@subscriber.example.net\nBcc: x@evil.example.net",
    "anne\r@subscriber.example.net",
    "anne@subscriber.example.net\x00",
    "anne@subscriber.example.net, bob@subscriber.example.net",
    "=?utf-8?q?anne?=@subscriber.example.net",
    "anne@subscriber.example.net>",
    "a b@subscriber.example.net",
    "@subscriber.example.net",
    "",
)
REFUSED_VALUES = ("Anne\r\nBcc: x@evil.example.net", "Anne\nX", "Anne\x00", "Anne\u2028X", "Anne\x1b[2J")
