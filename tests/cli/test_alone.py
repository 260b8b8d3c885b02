"""One `serve` a folder; and what a killed one held is taken up by the next at once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from dripcourse.cli.alone import alone
from dripcourse.errors import ConfigError
from dripcourse.flows.claiming import claim_due
from dripcourse.flows.dispatch import send_due
from dripcourse.storage import leases
from tests.flows.stage import raised


def test_a_second_serve_in_the_same_folder_is_refused_until_the_first_ends(tmp_path: Path) -> None:
    with alone(tmp_path), pytest.raises(ConfigError, match="another `dripcourse serve`"), alone(tmp_path):
        pass
    with alone(tmp_path):
        pass


def test_what_a_dead_process_held_is_free_at_once_and_goes_once(database_url: str, tmp_path: Path) -> None:
    with raised(database_url, tmp_path) as stage:
        anna = stage.enroll("anna")
        claim = claim_due(stage.engine, claim_id="dead", now=stage.clock())
        stage.jump(stage.clock.now + timedelta(minutes=1))
        assert send_due(stage.engine).claimed == 0, "it lives"
        assert claim.journal is not None
        claim.journal.close()  # and is killed
        with stage.db.writing() as tx:
            assert leases.release_all(tx, stage.clock()) == 1
        stage.send()
        assert list(stage.sent(anna)) == ["welcome"]
        assert len(stage.post.accepted) == 1
