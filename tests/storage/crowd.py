"""Thousands of people in a database at every stage of a course, for tests that look at plans. No test."""

from __future__ import annotations

from datetime import timedelta

from dripcourse.storage.database import Transaction
from tests.flows.stage import Stage, utc

NOW = utc("2026-03-03 08:00")
PEOPLE = 20_000
#: Of each hundred: 2 are due now, 60 tomorrow (a few held by workers that live or died), 2 ended long ago, 34 did and
#: were pruned, 2 ended yesterday. The kinds are spread over all pages.
_FILL = (
    """
    INSERT INTO subscriber (id, public_id, address, address_key, state, fields, created_at)
    SELECT i, 's' || i, 'p' || i || '@example.com', 'p' || i || '@example.com', 'confirmed', '{{}}', {month_ago}
    FROM numbers
    """,
    """
    INSERT INTO enrollment (id, public_id, subscriber_id, course_id, version_id, run, state, source, zone, hour,
                            weekdays, every, next_key, next_date, last_date, due_at, lease_until, fence, created_at,
                            ended_at, pruned_at)
    SELECT i, 'e' || i, i, 1, 1, 1, CASE WHEN i % 100 < 62 THEN 'active' ELSE 'finished' END, '{{}}', 'UTC', '08:00',
           127, 1, CASE WHEN i % 100 < 62 THEN 'one' END, {today}, {day_before},
           CASE WHEN i % 100 < 2 THEN {now} WHEN i % 100 < 62 THEN {tomorrow} END,
           CASE WHEN i % 200 = 2 THEN {tomorrow} WHEN i % 2000 = 3 THEN {yesterday} END, 0, {month_ago},
           CASE WHEN i % 100 >= 98 THEN {yesterday} WHEN i % 100 >= 62 THEN {years_ago} END,
           CASE WHEN i % 100 >= 64 AND i % 100 < 98 THEN {yesterday} END
    FROM numbers
    """,
    """
    INSERT INTO delivery (enrollment_id, lesson_key, version_id, scheduled, planned_at, zone, state, attempts, fence,
                          claim_id, slot, message_id, created_at, sent_at)
    SELECT e.id, 'old-' || n.i, 1, false, {month_ago}, 'UTC', 'sent', 1, 1, 'c', 0, '<m@example.com>', {month_ago},
           {month_ago}
    FROM enrollment e JOIN numbers n ON n.i <= 12 WHERE e.pruned_at IS NULL
    """,
    """
    INSERT INTO event (at, source, kind, subscriber_id, enrollment_id, data)
    SELECT {years_ago}, 'cli', CASE WHEN n.i = 1 THEN 'enrolled' ELSE 'moved' END, e.id, e.id, '{{}}'
    FROM enrollment e JOIN numbers n ON n.i <= 3 WHERE e.pruned_at IS NULL OR n.i = 1
    """,
    """
    INSERT INTO event (at, source, kind, data)
    SELECT CASE WHEN i % 20 = 0 THEN {years_ago} ELSE {yesterday} END, 'engine', 'outage', '{{}}'
    FROM numbers WHERE i <= 4000
    """,
    """
    INSERT INTO notice (public_id, subscriber_id, template, context, state, due_at, attempts, fence, message_id,
                        created_at)
    SELECT 'n' || i, i, 'left', '{{}}', 'sent', CASE WHEN i % 400 = 0 THEN {now} END, 1, 1, '<n@example.com>',
           {month_ago}
    FROM numbers WHERE i <= 8000
    """,
    """
    INSERT INTO consent (subscriber_id, course_id, kind, at, how, details, network)
    SELECT i, 1, 'confirmed', {yesterday}, 'form', '{{}}', CASE WHEN i % 100 = 0 THEN '203.0.113.0/24' END
    FROM numbers WHERE i <= 8000
    """,
    """
    INSERT INTO form (id, slug, title, wording, version, course_id, open, created_at)
    SELECT i, 'f' || i, 'Steady', 'Yes.', 1, 1, true, {month_ago} FROM numbers WHERE i <= 20
    """,
    """
    INSERT INTO attempt (form_id, at, address, network, wide, domain, path, outcome)
    SELECT 1 + i % 20, CASE WHEN i % 100 = 0 THEN {now} WHEN i % 100 < 5 THEN {yesterday} ELSE {week_ago} END,
           'a' || i, 'n' || i % 500, 'w' || i % 400, 'd' || i % 300, 'page',
           CASE WHEN i % 4 < 2 THEN 'mailed' WHEN i % 4 = 2 THEN 'confirmed' ELSE 'again' END
    FROM numbers
    """,
    """
    INSERT INTO hook (id, public_id, url, kinds, created_at, revoked_at)
    SELECT i, 'h' || i, 'https://example.com/', 'lesson.sent', {month_ago}, CASE WHEN i > 2 THEN {yesterday} END
    FROM numbers WHERE i <= 3
    """,
    """
    INSERT INTO hook_delivery (hook_id, subscriber_id, kind, data, at, state, due_at)
    SELECT 1 + i % 3, i, 'lesson.sent', '{{}}', CASE WHEN i % 50 < 2 THEN {month_ago} ELSE {week_ago} END, 'sent',
           CASE WHEN i % 300 = 0 THEN {now} END
    FROM numbers
    """,
    """
    INSERT INTO sign_up (form_id, address, address_key, name, data, at, due_at)
    SELECT 1 + i % 20, 'p', 'p', '', '{{}}', {now}, {tomorrow} FROM numbers WHERE i <= 4000
    """,
    """
    INSERT INTO forgotten (public_id, address, form, at)
    SELECT 'm' || i, 'a', 'f', {yesterday} FROM numbers WHERE i <= 4000
    """,
    "INSERT INTO spent (challenge, until) SELECT 'c' || i, {tomorrow} FROM numbers WHERE i <= 4000",
)
_NUMBERS = "WITH RECURSIVE numbers (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < {})"
_MOMENTS = {"now": 0, "tomorrow": 1, "yesterday": -1, "week_ago": -6, "month_ago": -30, "years_ago": -1000}
_DAYS = {"today": 0, "day_before": -1}
_UNSEEN = (
    "SELECT sum(relpages - relallvisible) FROM pg_class WHERE relkind = 'r' AND relname IN ('enrollment', 'notice')"
)
_TABLES = (
    "subscriber", "enrollment", "delivery", "event", "notice", "attempt", "sign_up", "spent", "forgotten",
    "hook_delivery",
)  # fmt: skip


def fill(stage: Stage) -> None:
    """The crowd at NOW. On PostgreSQL with fresh statistics and a visibility map, which then stay as they are."""
    stage.clock.now = NOW
    if stage.db.is_sqlite:
        with stage.db.writing() as tx:
            _insert(tx, PEOPLE // 10)
        return
    with stage.db.writing() as tx:
        for table in _TABLES:
            tx.exec_driver_sql(f"ALTER TABLE {table} SET (autovacuum_enabled = false)")
        _insert(tx, PEOPLE)
    with stage.db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as line:
        line.exec_driver_sql("SET synchronous_commit = on")
        for _ in range(20):  # pages count as visible to all once their commit is on disk and no snapshot is older
            line.exec_driver_sql("VACUUM (ANALYZE)")
            if line.exec_driver_sql(_UNSEEN).scalar_one() == 0:
                return
    raise AssertionError("VACUUM leaves pages that are not visible to all")


def _insert(tx: Transaction, people: int) -> None:
    sqlite = tx.dialect.name == "sqlite"
    spelt = {name: _moment(days, sqlite=sqlite) for name, days in _MOMENTS.items()}
    spelt |= {name: _date(days, sqlite=sqlite) for name, days in _DAYS.items()}
    for statement in _FILL:
        into, _, rest = statement.format(**spelt).partition("SELECT")
        whole = f"{into} {_NUMBERS.format(people)} SELECT {rest}"
        tx.exec_driver_sql(whole if sqlite else whole.replace("%", "%%"))


def _moment(days: int, *, sqlite: bool) -> str:
    at = NOW + timedelta(days=days)
    return f"'{at:%Y-%m-%d %H:%M}:00.000000'" if sqlite else f"timestamptz '{at.isoformat()}'"


def _date(days: int, *, sqlite: bool) -> str:
    day = (NOW + timedelta(days=days)).date()
    return f"'{day}'" if sqlite else f"date '{day}'"
