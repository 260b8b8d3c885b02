"""The head of a Markdown file, in YAML or TOML: title, description, language, reading time. Nothing else of it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import yaml
from markdown_it.token import Token

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_TOML = re.compile(r"\A\+\+\+\n(.*?)\n\+\+\+(?:\n|\Z)", re.DOTALL)
_PAIR = re.compile(r"^(\w+): +(\S.*)$", re.MULTILINE)
_MINUTES = re.compile(r"\D*(\d{1,3})\b")


@dataclass(frozen=True)
class FrontMatter:
    """What a YAML head of the file says; `raw` is all of it, as it stands."""

    raw: str = ""
    title: str = ""
    description: str = ""
    lang: str = ""
    minutes: int | None = None


def without_toml(text: str) -> tuple[str, FrontMatter | None]:
    """The text with empty lines in place of a TOML head, and what that says; None where there is none."""
    found = _TOML.match(text)
    if not found:
        return text, None
    return "\n" * found[0].count("\n") + text[found.end() :], _of(found[1], _toml_values(found[1]))


def yaml_head(tokens: Sequence[Token]) -> FrontMatter:
    """What a YAML head says; what is no plain value is left out with the rest."""
    if not tokens or tokens[0].type != "front_matter":
        return FrontMatter()
    raw = tokens[0].content
    return _of(raw, _yaml_values(raw))


def _of(raw: str, plain: Mapping[str, str]) -> FrontMatter:
    minutes = _MINUTES.match(plain.get("reading_time", ""))
    lang = plain.get("lang", "")
    return FrontMatter(
        raw,
        plain.get("title", ""),
        plain.get("description", ""),
        lang if _LANGUAGE.fullmatch(lang) else "",
        int(minutes[1]) if minutes else None,
    )


def _toml_values(raw: str) -> dict[str, str]:
    try:
        return {name: value for name, value in tomllib.loads(raw).items() if isinstance(value, str)}
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}


def _yaml_values(raw: str) -> dict[str, str]:
    """Name -> text. Where it is no YAML (`title: Late: a story`), what stands behind each colon."""
    try:
        root = yaml.compose(raw, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError):
        return {found[1]: found[2].strip("\"' ") for found in _PAIR.finditer(raw)}
    pairs = root.value if isinstance(root, yaml.MappingNode) else []
    return {k.value: " ".join(str(v.value).split()) for k, v in pairs if isinstance(v, yaml.ScalarNode)}
