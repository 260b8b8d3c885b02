"""A worker or a scheduler that could not do its work says so in one line and ends; it takes no task."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.services.asking import ROOT

FIT = {"SMTP_HOST": "127.0.0.1", "SMTP_SECURITY": "plain", "POSTAL_ADDRESS": "1 Main St"}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"SMTP_HOST": ""}, "smtp_host is not set"),
        ({"SMTP_CONNECTIONS": "0"}, "DRIPCOURSE_SMTP_CONNECTIONS: smtp_connections: "),
        ({"DKIM_KEY_FILE": "/no/such/key"}, "DRIPCOURSE_DKIM_KEY_FILE names /no/such/key, which cannot be read"),
        ({"DKIM_DOMAIN": "example.com", "DKIM_SELECTOR": "s1", "DKIM_KEY": "no key"}, "dkim_key"),
        ({"BASE_URL": "https://course.example.org"}, "secret_keys holds the development key"),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, dict) else "",
)
def test_a_worker_that_could_send_nothing_does_not_start(
    redis_url: str, tmp_path: Path, changed: dict[str, str], said: str
) -> None:
    env = {key: value for key, value in os.environ.items() if not key.startswith("DRIPCOURSE_")}
    settings = {**FIT, "REDIS_URL": redis_url, "DATABASE_URL": f"sqlite:///{tmp_path / 'x.db'}", **changed}
    env |= {f"DRIPCOURSE_{name}": value for name, value in settings.items()}
    command = [sys.executable, "-m", "celery", "-A", "workers", "worker", "--pool", "solo", "--loglevel", "ERROR"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2, done.stderr
    lines = [line for line in done.stderr.splitlines() if said in line]
    assert len(lines) == 1, done.stderr
    assert "Traceback" not in done.stderr
