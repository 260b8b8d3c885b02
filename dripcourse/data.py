"""Finds the data folders that travel with the package: `email_templates` and `lessons`.

In a wheel they lie inside the package (`dripcourse/_data`), in a checkout beside it.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path


def folder(name: str) -> Path:
    """The folder `name`. Raises FileNotFoundError where neither place has it."""
    package = Path(str(files("dripcourse")))
    for place in (package / "_data" / name, package.parent / name):
        if place.is_dir():
            return place
    raise FileNotFoundError(f"the folder {name} is neither in the package nor beside it: reinstall dripcourse")
