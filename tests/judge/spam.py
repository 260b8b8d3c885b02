"""SpamAssassin on each mail as a receiver gets it, with a DNS on loopback that knows our DKIM key, SPF and DMARC."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.judge.baseline import FOLDER, read_baseline
from tests.judge.specimen import Specimen
from tests.judge.stub_dns import ADDRESS, HOST, name_server
from tests.judge.verdict import Broken, Finding
from tests.judge.workshop import HERE, program, run

LIMIT = 1.0
ALLOWED = FOLDER / "spamassassin.txt"
_NEEDED = ("DKIM_SIGNED", "DKIM_VALID", "DKIM_VALID_AU")
_PACKAGES = "spamassassin libmail-dkim-perl libmail-spf-perl"
_AT_ONCE = 2


def spam(mails: Sequence[Specimen], room: Path) -> tuple[str, list[Finding]]:
    """The worst score in words, and what SpamAssassin holds against the mails. Raises Missing without it."""
    program("spamassassin", _PACKAGES)
    domains = frozenset(mail.domain for mail in mails)
    with name_server(domains) as port, ThreadPoolExecutor(_AT_ONCE) as pool:
        shares = [share for start in range(_AT_ONCE) if (share := mails[start::_AT_ONCE])]
        told = list(pool.map(lambda at: _asked(shares[at], room / f"spam{at}", port), range(len(shares))))
    said = [one for share in told for one in share]
    worst = max(said, key=lambda one: one["score"])
    return f"worst score {worst['score']:.1f}", [finding for one in said for finding in weighed(one)]


def weighed(said: dict) -> Iterator[Finding]:
    """What is wrong with one mail, told from its name, score and rules."""
    allowed, rules = read_baseline(ALLOWED), said["rules"]
    told = ", ".join(f"{rule} {score:g}" for rule, score in sorted(rules.items(), key=lambda x: -x[1]) if score > 0)
    if said["score"] >= LIMIT:
        yield Finding(said["name"], "score", f"{said['score']:.1f}, under {LIMIT} is wanted ({told})")
    for rule, score in rules.items():
        if score > 1 and rule not in allowed:
            yield Finding(said["name"], rule, f"scores {score:g} and is not in {ALLOWED.name}")
    for rule in _NEEDED:
        if rule not in rules:
            yield Finding(said["name"], rule, "did not fire: the signature does not count")


def received(mail: Specimen) -> bytes:
    """The mail as its receiver's server stores it: with a trace, as if it came from our host."""
    trace = (
        f"Return-Path: <b+1=t@bounce.{mail.domain}>\r\n"
        f"Received: from {HOST} ({HOST} [{ADDRESS}])\r\n\tby mx.subscriber.example.net (Postfix) with ESMTPS"
        f" id 4Zr0aB1cDe\r\n\tfor <subscriber@subscriber.example.net>; {mail.sent_at}\r\n"
    )
    return trace.encode("ascii") + mail.raw


def _asked(mails: Sequence[Specimen], folder: Path, port: int) -> list[dict]:
    folder.mkdir()
    lines = []
    for at, mail in enumerate(mails):
        file = folder / f"{at}.eml"
        file.write_bytes(received(mail))
        lines.append(json.dumps([mail.name, str(file)]))
    done = run("perl", HERE / "programs" / "spam.pl", port, folder, feed="\n".join(lines) + "\n")
    told = [json.loads(line) for line in done.stdout.splitlines()]
    if done.returncode or len(told) != len(mails):
        raise Broken(f"SpamAssassin answered {len(told)} of {len(mails)} mails: {done.stderr.strip()[-300:]}")
    return told
