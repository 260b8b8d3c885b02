"""The proof of consent: what was asked with which wording, what was answered, when and how. Append-only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from dripcourse.storage.tables import consent


@dataclass(frozen=True)
class Consent:
    """One entry. `kind` is asked, confirmed, withdrawn or restored; `how` names the way (form, cli, one-click …)."""

    subscriber_id: int
    course_id: int
    kind: str
    at: datetime
    how: str
    wording: str = ""
    form_version: str = ""
    details: Mapping[str, Any] | None = None
    network: str = ""  # shortened, such as 203.0.113.0/24; kept for thirty days


def record(tx: Connection, entry: Consent) -> None:
    """Append one entry."""
    tx.execute(
        insert(consent).values(
            subscriber_id=entry.subscriber_id,
            course_id=entry.course_id,
            kind=entry.kind,
            at=entry.at,
            how=entry.how,
            wording=entry.wording,
            form_version=entry.form_version,
            details=dict(entry.details or {}),
            network=entry.network or None,
        )
    )


def history(tx: Connection, subscriber_id: int) -> list[Consent]:
    """All entries of a person, oldest first."""
    query = select(consent).where(consent.c.subscriber_id == subscriber_id).order_by(consent.c.id)
    return [
        Consent(
            r.subscriber_id, r.course_id, r.kind, r.at, r.how, r.wording, r.form_version, r.details, r.network or ""
        )
        for r in tx.execute(query)
    ]


def of_people(tx: Connection, subscriber_ids: Sequence[int]) -> list[Consent]:
    """The entries of these people in the order of their writing, without wording and details."""
    query = select(consent).where(consent.c.subscriber_id.in_(subscriber_ids)).order_by(consent.c.id)
    return [Consent(r.subscriber_id, r.course_id, r.kind, r.at, r.how) for r in tx.execute(query)]
