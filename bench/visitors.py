"""People who sign up, each from a network and a domain of his own, through so many forms that none seems attacked.

Every answer is a real one: with a ticket of its form, three seconds old, as a person's would be.
"""

from __future__ import annotations

import itertools
import json
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from bench.course import FORM
from bench.seed import Seeded
from dripcourse.domain.budgets import SOFT_FORM

TIME_TRAP = 3.2  # seconds; nobody fills in a form faster
_CLONE = """
INSERT INTO form (slug, title, wording, language, version, course_id, open, settings, taken, created_at)
SELECT slug || '-' || i, title, wording, language, version, course_id, open, settings, taken, created_at
FROM form, generate_series(1, {0}) AS i WHERE slug = '{1}' ON CONFLICT (slug) DO NOTHING"""
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Entry:
    """One filled-in form: where it is posted, what, and the address it comes from."""

    path: str
    body: str
    network: str


def people(db: Seeded, port: int, most: int) -> Iterator[Entry]:
    """So many of them; the forms they need are made, and their tickets fetched and left to ripen, before the first."""
    forms = most // (SOFT_FORM - 1) + 1
    db.run("DELETE FROM attempt")
    db.run(_CLONE.format(forms, FORM))
    slugs = [f"{FORM}-{number}" for number in range(1, forms + 1)]
    tickets = {slug: _ticket(port, slug) for slug in slugs}
    time.sleep(TIME_TRAP)
    return itertools.islice((_entry(slug, tickets[slug]) for slug in itertools.cycle(slugs)), most)


def _entry(slug: str, ticket: str) -> Entry:
    number = next(_numbers)
    fields = {"address": f"new{number}@example{number}.com", "name": "Nia", "hour": "08:00", "zone": "Europe/Rome"}
    body = urlencode({**fields, "agree": "yes", "ticket": ticket})
    return Entry(f"/f/{slug}", body, f"{11 + number // 65536 % 100}.{number // 256 % 256}.{number % 256}.7")


def _ticket(port: int, slug: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/f/{slug}/ticket") as answer:
        return str(json.load(answer)["ticket"])
