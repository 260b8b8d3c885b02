"""Databases full of people whose lesson is due at a chosen moment; nothing is measured here.

The database fills itself, so millions take minutes.

The columns are named one by one and the defaults do the rest; foreign keys are not checked row by row meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg

from bench.course import KEY, put_up
from bench.people import NAMES, plans
from dripcourse import config
from dripcourse.storage.database import open_database

_PUBLISHED = {"course", "course_version", "lesson", "form", "alembic_version"}
_PUBLIC = "left(translate(encode(decode(md5('{0}' || i), 'hex'), 'base64'), '+/=', '-_'), 22)"
_ADDRESS = "'person' || i || CASE WHEN i %% {slow} = 0 THEN '@slow.example' ELSE '@example.com' END"
_NUMBER = "(hashint8(({0})::bigint) & 2147483647) %% (SELECT count(*) FROM plan)"
_SUBSCRIBER = f"""
INSERT INTO subscriber (id, public_id, address, address_key, name, locale, state, fields, created_at)
SELECT i, {_PUBLIC.format("s")}, {_ADDRESS}, {_ADDRESS}, (%(names)s::text[])[1 + i %% {len(NAMES)}], 'en', 'confirmed',
       '{{{{}}}}', now() - interval '1 day'
FROM generate_series(1, %(people)s) AS i"""
# Neighbours in the table have different hours and zones: who is due at one moment is spread over all its pages.
_ENROLLMENT = f"""
INSERT INTO enrollment (id, public_id, subscriber_id, course_id, version_id, run, state, source, zone, hour, weekdays,
                        every, next_key, next_date, due_at, created_at)
SELECT i, {_PUBLIC.format("e")}, i, %(course)s, %(version)s, 1, 'active', '{{{{}}}}', plan.zone, plan.hour, 127, 1,
       '{KEY}', plan.day + 30, plan.at + interval '30 days', now() - interval '1 day'
FROM generate_series(1, %(people)s) AS i JOIN plan ON plan.number = {_NUMBER.format("i")}"""
_OLD = """
INSERT INTO delivery (enrollment_id, lesson_key, version_id, scheduled, local_date, planned_at, zone, state, attempts,
                      fence, claim_id, slot, message_id, created_at, sent_at)
SELECT 1 + i %% %(people)s, 'old-' || i / %(people)s, %(version)s, true, date '2020-01-01' + (i / %(people)s)::int,
       moment, 'UTC', 'sent', 1, 1, md5((i / 500)::text), i %% 500, '<' || md5('d' || i) || '@example.com>',
       moment, moment
FROM generate_series(0, %(old)s - 1) AS i, LATERAL (SELECT timestamptz '2020-01-01 08:00+00') AS t(moment)"""
_KNOWN = {
    "id", "public_id", "subscriber_id", "course_id", "version_id", "run", "source", "weekdays", "every", "created_at",
    "state", "zone", "hour", "next_key", "next_date", "due_at",
}  # fmt: skip


@dataclass(frozen=True)
class Seeded:
    """A seeded PostgreSQL database: `url` as the settings want it, so many people, so many old deliveries."""

    url: str
    people: int
    old: int = 0

    def connect(self) -> psycopg.Connection[Any]:
        """A connection that commits each statement."""
        return psycopg.connect(self.url.replace("+psycopg", ""), autocommit=True)

    def ask(self, query: str, *values: object) -> Any:
        """The first row of the answer."""
        with self.connect() as line:
            return line.execute(query, values).fetchone()

    def run(self, statement: str) -> None:
        """One statement without an answer."""
        with self.connect() as line:
            line.execute(statement)

    def reset(self, due: int) -> None:
        """Nothing was ever sent, `due` people (spread over all) are due now, all others in a month; vacuumed."""
        with self.connect() as line:
            self._forget(line)
            step = max(1, self.people // due) if due else 0
            with line.transaction():
                _plan(line)
                line.execute(self._back(line), {"step": step, "most": due * step})
            line.execute("VACUUM ANALYZE")
            line.execute("CHECKPOINT")

    def _forget(self, line: psycopg.Connection[Any]) -> None:
        """Empty the ledgers; old deliveries stay."""
        tables = {row[0] for row in line.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}
        kept = _PUBLISHED | {"subscriber", "enrollment"} | ({"delivery"} if self.old else set())
        line.execute("TRUNCATE " + ", ".join(sorted(tables - kept)))
        if self.old:
            line.execute("DELETE FROM delivery WHERE id > %s", [self.old])
        line.execute("DELETE FROM enrollment WHERE id > %s", [self.people])
        line.execute("DELETE FROM subscriber WHERE id > %s", [self.people])

    def _back(self, line: psycopg.Connection[Any]) -> str:
        """The UPDATE that puts enrollments to their start: those due, and those that are no longer as they were."""
        query = "SELECT column_name FROM information_schema.columns WHERE table_name = 'enrollment'"
        defaults = [f'"{row[0]}" = DEFAULT' for row in line.execute(query) if row[0] not in _KNOWN]
        due = "(%(step)s > 0 AND e.id %% greatest(%(step)s, 1) = 0 AND e.id <= %(most)s)"
        return f"""
            UPDATE enrollment e SET state = 'active', next_key = '{KEY}', zone = p.zone, hour = p.hour,
                next_date = p.day + CASE WHEN {due} THEN 0 ELSE 30 END,
                due_at = p.at + CASE WHEN {due} THEN interval '0' ELSE interval '30 days' END, {", ".join(defaults)}
            FROM plan p WHERE p.number = {_NUMBER.format("e.id")}
                AND ({due} OR e.next_key IS DISTINCT FROM '{KEY}' OR e.fence > 0
                     OR e.due_at < now() + interval '9 days')"""


def seeded(server: str, name: str, people: int, env: Mapping[str, str], *, old: int = 0, slow: int = 0) -> Seeded:
    """A new database of that name on the server; every `slow`th address is in a slow domain, 0: none."""
    made = Seeded(f"{server}/{name}", people, old)
    with psycopg.connect(f"{server}/postgres".replace("+psycopg", ""), autocommit=True) as line:
        line.execute(f'CREATE DATABASE "{name}"')
    db = open_database(made.url)
    course, version = put_up(db, config.load({**env, "DRIPCOURSE_DATABASE_URL": made.url}))
    db.close()
    values = {"people": people, "names": list(NAMES), "course": course, "version": version, "old": old}
    with made.connect() as line:
        line.execute("SET session_replication_role = replica")
        with line.transaction():
            _plan(line)
            line.execute(_SUBSCRIBER.format(slow=slow or people + 1), values)
            line.execute(_ENROLLMENT.format(), values)
            if old:
                line.execute(_OLD, values)
        for table in ("subscriber", "enrollment"):
            line.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {people})")
        line.execute("VACUUM ANALYZE")
    return made


def _plan(line: psycopg.Connection[Any]) -> None:
    """The plans of this moment as a temporary table, for one transaction."""
    line.execute(
        "CREATE TEMPORARY TABLE plan (number int, zone text, hour text, day date, at timestamptz) ON COMMIT DROP"
    )
    rows = [(number, *plan) for number, plan in enumerate(plans(datetime.now(UTC)))]
    with line.cursor() as cursor:
        cursor.executemany("INSERT INTO plan VALUES (%s, %s, %s, %s, %s)", rows)
    line.execute("ANALYZE plan")
