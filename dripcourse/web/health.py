"""Whether this process is alive, and whether the installation could do its work now. For machines; says no secrets."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, PlainTextResponse

from dripcourse.storage import heartbeats, schema
from dripcourse.storage.database import can_connect
from dripcourse.web.page import READ
from dripcourse.web.site import Here, Site

router = APIRouter()

#: A scheduler that has not ticked for this long is taken for dead.
SILENT = timedelta(minutes=2)


@router.api_route("/healthz", methods=READ)
def healthz() -> PlainTextResponse:
    """The process answers; nothing else is looked at."""
    return PlainTextResponse("ok\n")


@router.api_route("/readyz", methods=READ)
def readyz(site: Here) -> JSONResponse:
    """200 where database, schema and scheduler are well, else 503; the details say which is not."""
    found = _look(site)
    ready = all(part["ok"] for part in found.values())
    return JSONResponse({"ready": ready, **found}, 200 if ready else 503)


def _look(site: Site) -> dict[str, dict[str, Any]]:
    unknown = {"ok": False, "detail": "cannot be told"}
    if can_connect(site.engine.db):
        return {"database": {"ok": False, "detail": "cannot be reached"}, "schema": unknown, "scheduler": unknown}
    with site.engine.db.reading() as tx:
        there, newest = schema.revisions(tx)
    at_head = {"ok": there == newest, "revision": there, "newest": newest}
    scheduler = _scheduler(site) if at_head["ok"] else unknown
    return {"database": {"ok": True}, "schema": at_head, "scheduler": scheduler}


def _scheduler(site: Site) -> dict[str, Any]:
    with site.engine.db.reading() as tx:
        last = heartbeats.last_beat(tx, "tick")
    if last is None:
        return {"ok": False, "detail": "has never ticked"}
    silent = site.now() - last
    return {"ok": abs(silent) < SILENT, "last_tick": last.isoformat(), "seconds_ago": int(silent.total_seconds())}
