"""The file of an SQLite database."""

from __future__ import annotations

from pathlib import Path

from dripcourse.storage.database import open_database


def test_a_new_database_file_is_its_owners_alone(tmp_path: Path) -> None:
    """It will hold addresses and consents."""
    file = tmp_path / "new.db"
    db = open_database(f"sqlite:///{file}")
    with db.reading():
        pass
    db.close()
    assert file.stat().st_mode & 0o077 == 0


def test_a_file_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    file = tmp_path / "old.db"
    file.touch(mode=0o640)
    open_database(f"sqlite:///{file}").close()
    assert file.stat().st_mode & 0o777 == 0o640
