"""What a page costs at least: FastAPI handlers that answer with ready bytes, read a form, or write one row.

Run by uvicorn as the product is (`bench.bare_web:app`). BARE_PAGE names the file whose bytes are the page.
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import parse_qsl

import psycopg
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, PlainTextResponse

PAGE = Path(os.environ["BARE_PAGE"]).read_bytes()
app = FastAPI(openapi_url=None)
_line = psycopg.connect(os.environ["BARE_DATABASE"])  # one connection: uvicorn's one thread of handlers takes turns


@app.get("/page")
async def page() -> HTMLResponse:
    """The bytes."""
    return HTMLResponse(PAGE)


@app.post("/row")
async def row(request: Request) -> PlainTextResponse:
    """The fields of an urlencoded form, in one row of one table, committed."""
    fields = dict(parse_qsl((await request.body()).decode()))
    _line.execute("INSERT INTO bare (words) VALUES (%s)", (str(fields),))
    _line.commit()
    return PlainTextResponse("taken")
