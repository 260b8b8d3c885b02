"""/healthz tells of the process, /readyz of the installation; neither tells a secret."""

from __future__ import annotations

import runpy
from dataclasses import replace
from pathlib import Path

import pytest

from dripcourse.flows.tick import tick
from dripcourse.storage import schema
from dripcourse.storage.database import open_database
from dripcourse.web.app import create_app
from tests.web.conftest import World, browser


def test_ready_is_who_has_database_schema_and_a_ticking_scheduler(both: World) -> None:
    assert both.client.get("/readyz").status_code == 503
    tick(both.engine)
    answer = both.client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["ready"] is True
    both.clock.turn(seconds=119)
    assert both.client.get("/readyz").status_code == 200
    both.clock.turn(seconds=1)
    stale = both.client.get("/readyz")
    assert stale.status_code == 503
    assert stale.json()["scheduler"]["seconds_ago"] == 120


def test_an_old_schema_is_not_ready(both: World) -> None:
    with both.db.writing() as tx:
        schema.downgrade(tx, "base")
    answer = both.client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["schema"]["ok"] is False
    assert both.client.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    "url", ["postgresql+psycopg://anne:swordfish@127.0.0.1:1/x", "sqlite:////nowhere/at/all/swordfish.db"]
)
def test_no_database_is_not_ready_and_no_secret_is_told(world: World, url: str) -> None:
    gone = replace(world.engine, db=open_database(url))
    client = browser(create_app(gone, world.settings))
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["database"]["ok"] is False
    assert "swordfish" not in answer.text
    assert client.get("/healthz").text == "ok\n"


def test_the_application_of_uvicorn_is_made_from_the_settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sqlite_url: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DRIPCOURSE_DATABASE_URL", sqlite_url)
    app = runpy.run_module("dripcourse.web.main")["app"]
    assert browser(app).get("/healthz").status_code == 200
    app.state.site.engine.db.close()
    assert browser(app).get("/readyz").status_code == 503
    app.state.site.engine.db.close()
    assert browser(app).get("/outbox").status_code == 404


def test_a_wrong_setting_ends_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DRIPCOURSE_BASE_URL", "course.example.org")
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("dripcourse.web.main")
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "base_url" in said
