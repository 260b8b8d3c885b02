"""Renders the mail templates of `email_templates` with Jinja2 in a sandbox; what goes into them is not known here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import FunctionLoader, StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from dripcourse.data import folder
from dripcourse.errors import InputError

FOLDER = "email_templates"
_FILTERS = ("default", "e", "escape", "join", "length", "replace", "trim", "upper", "wordwrap")
_SHARED = "_base"


def names() -> tuple[str, ...]:
    """The templates there are, such as ("completion", "confirm", …)."""
    return tuple(sorted(x.name for x in folder(FOLDER).iterdir() if (x / "body.html").is_file()))


def known(template: str) -> str:
    """`template` itself if there is one of that name, else InputError with the ones there are."""
    if template not in names():
        raise InputError(f"there is no mail template {template!r}; there are: {', '.join(names())}")
    return template


def render(template: str, file: str, context: Mapping[str, Any]) -> str:
    """The file (subject.txt, body.txt or body.html) of this template, filled with plain data.

    Only what ends in .html is escaped. Raises InputError where the template asks for what the context lacks.
    """
    try:
        return _environment().get_template(f"{template}/{file}").render(dict(context))
    except TemplateError as problem:
        raise InputError(f"{FOLDER}/{template}/{file}: {problem.message or type(problem).__name__}") from problem


def shared(file: str) -> str:
    """A file of `_base`, such as the theme, as it is."""
    return _read(folder(FOLDER) / _SHARED / file)


def sample_data(template: str) -> dict[str, Any]:
    """The sample data of this template, for previews and tests."""
    data = json.loads(_read(folder(FOLDER) / known(template) / "sample.json"))
    if not isinstance(data, dict):
        raise InputError(f"{FOLDER}/{template}/sample.json must hold one object")
    return data


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        loader=FunctionLoader(_source),
        autoescape=lambda name: bool(name) and str(name).endswith(".html"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    # A template sees its data and nothing else: no globals, and only the filters that are used.
    environment.globals.clear()
    environment.filters = {name: environment.filters[name] for name in _FILTERS}
    return environment


def _source(name: str) -> str | None:
    path = folder(FOLDER) / name
    # Names come from our own templates ("extends", "import"); still none may lead out of the folder.
    if ".." in Path(name).parts or not path.is_file():
        return None
    return _read(path)
