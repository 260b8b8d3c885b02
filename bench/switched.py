"""The Celery application without acceptance journals: `celery -A bench.switched worker`. For one measurement only.

Everything else is the product's. A journal that forgets takes the place of the real one, so that claims, reads and
settles stay as they are and the difference is what the journal's files and marks cost.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dripcourse.mail.journal import Journal
from workers.app import app

__all__ = ["app"]


class Forgetful(Journal):
    """A journal that is no file and remembers nothing."""

    def __init__(self, path: Path, size: int) -> None:
        self.path, self.size = path, size

    def mark(self, *_: Any) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""

    def discard(self) -> None:
        """Nothing."""


def _create(_kind: type[Journal], folder: Path, claim_id: str, size: int) -> Journal:
    return Forgetful(folder / claim_id, size)


Journal.create = classmethod(_create)  # type: ignore[method-assign,assignment]
