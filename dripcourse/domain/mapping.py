"""Finds our names in somebody else's JSON, by places such as `data.fields.0.value`. It knows nothing of a form's rules.

A place is names and list indexes from 0, with dots between. One that ends in `?` may be missing, for many form
builders leave out what nobody filled in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import Any

from dripcourse.domain.lines import one_line
from dripcourse.errors import InputError

_INDEX = re.compile(r"[0-9]{1,4}")
_LONGEST = 1000
_YES = frozenset({"yes", "y", "true", "1", "on", "ja"})
_MISSING = object()


def read(mapping: Mapping[str, str], data: Any, needed: Collection[str] = ()) -> dict[str, str]:
    """Our name -> what stands at its place in `data`, as text; names whose `?` place is missing are left out.

    `data` is any JSON: dicts, lists, str, int, float, bool, None. Raises InputError that names the place, and how it
    may be missing, but for what is `needed`.
    """
    found = {
        name: _text(name, path, look(data, path.removesuffix("?")), needed=name in needed)
        for name, path in mapping.items()
    }
    return {name: text for name, text in found.items() if text is not None}


def look(data: Any, path: str) -> Any:
    """What stands at the place; null, and what is not there, are one and the same: None."""
    here = data
    for step in path.split("."):
        here = _step(here, step)
    return None if here is _MISSING else here


def is_yes(text: str) -> bool:
    """Whether that is what a ticked box sends."""
    return text.strip().casefold() in _YES


def _step(here: Any, step: str) -> Any:
    if isinstance(here, dict):
        return here.get(step, _MISSING)
    if isinstance(here, list) and _INDEX.fullmatch(step) and int(step) < len(here):
        return here[int(step)]
    return _MISSING


def _text(name: str, path: str, value: Any, *, needed: bool) -> str | None:
    if value is None:
        if path.endswith("?"):
            return None
        hint = "nobody is signed up without it" if needed else f"mark the place as {path}? if it may be missing"
        raise InputError(f"{name}: there is nothing at {path}; {hint}")
    if isinstance(value, list) and len(value) == 1:  # a choice of one, as builders send it that allow several
        value = value[0]
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, str | int | float):
        return _plain(name, path, value)
    kind = "a list" if isinstance(value, list) else "nothing" if value is None else "an object"
    raise InputError(f"{name}: {path} holds {kind}, and not a text or a number")


def _plain(name: str, path: str, value: str | int | float) -> str:
    text = value if isinstance(value, str) else _figure(value)
    if len(text) > _LONGEST:
        raise InputError(f"{name}: {path} has {len(text)} characters; at most {_LONGEST} are taken")
    return one_line(text)


def _figure(value: float) -> str:
    """As JSON spells it; an integer too long to spell (4300 digits) is longer than anything we take."""
    try:
        return json.dumps(value)
    except ValueError:
        return "9" * (_LONGEST + 1)
