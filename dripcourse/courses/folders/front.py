"""Splits a lesson file into front matter fields with their line numbers, and body. Judges no field's meaning."""

from __future__ import annotations

import re
from dataclasses import dataclass

import yaml

_MAX_BYTES = 500_000
PLACEHOLDER = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{[{%#]")
# What YAML makes of an unquoted word, for an author who has never heard of tags.
_SEEN_AS = {
    "bool": "a yes/no value",
    "int": "a number",
    "float": "a decimal number",
    "timestamp": "a date",
    "null": "nothing",
    "seq": "a list",
    "map": "a table of its own",
}


class Wrong(Exception):
    """One mistake and its line in the file, on its way to `Mistakes`."""

    def __init__(self, line: int, message: str) -> None:
        self.line, self.message = line, message
        super().__init__(message)


@dataclass(frozen=True)
class Value:
    """One field. `seen_as` is empty for a text, else what YAML took it for."""

    text: str
    line: int
    seen_as: str
    text_line: int  # where the text itself begins: one further down for a block


@dataclass(frozen=True)
class Front:
    """Fields by name, repeated ones, and the body with the line it begins on."""

    fields: dict[str, Value]
    repeated: tuple[tuple[str, int, int], ...]  # (name, first line, line)
    body: str
    body_line: int


def decode_file(data: bytes) -> str:
    """UTF-8 text with LF ends. Raises Wrong at the line that is something else."""
    if len(data) > _MAX_BYTES:
        raise Wrong(0, f"has {len(data)} bytes (limit {_MAX_BYTES}); a mail is text, keep pictures elsewhere")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        message = f"is not UTF-8 (byte 0x{data[error.start]:02x}); save the file with the encoding UTF-8"
        raise Wrong(line, message) from None
    if "\0" in text:
        raise Wrong(text[: text.index("\0")].count("\n") + 1, "has a NUL character; save the file as plain text")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def split(text: str) -> Front:
    """The parts of a lesson file. Raises Wrong where there is no valid front matter."""
    lines = text.split("\n")
    if lines[0].rstrip() != "---":
        raise Wrong(1, "has no front matter: the first line must be ---")
    end = next((n for n, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), None)
    if end is None:
        raise Wrong(1, "the front matter is not closed: put a line with --- behind its last field")
    pairs = _compose("\n".join(lines[1:end]))
    fields: dict[str, Value] = {}
    repeated: list[tuple[str, int, int]] = []
    for key, node in pairs:
        value = _value(key, node)
        if key.value in fields:
            repeated.append((key.value, fields[key.value].line, value.line))
        else:
            fields[key.value] = value
    body = "\n".join(lines[end + 1 :])
    skipped = len(body) - len(body.lstrip("\n"))
    return Front(fields, tuple(repeated), body.strip("\n").rstrip(), end + 2 + skipped)


def _compose(text: str) -> list[tuple[yaml.ScalarNode, yaml.Node]]:
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 2 if mark else 1
        hint = "put texts with a colon in quotes, and indent with spaces"
        raise Wrong(line, f"the front matter is not valid YAML here ({error.problem}); {hint}") from None
    except yaml.YAMLError as error:  # a character that YAML forbids
        raise Wrong(1, f"the front matter is not valid YAML ({' '.join(str(error).split())})") from None
    except RecursionError:
        raise Wrong(1, "the front matter is nested too deeply; it is a plain list of fields") from None
    if root is None:
        return []
    if not isinstance(root, yaml.MappingNode):
        raise Wrong(2, "the front matter must be lines of the form name: value")
    for key, _ in root.value:
        if not isinstance(key, yaml.ScalarNode):
            raise Wrong(key.start_mark.line + 2, "a field name must be a plain word")
    return list(root.value)


def _value(key: yaml.ScalarNode, node: yaml.Node) -> Value:
    tag = node.tag.removeprefix("tag:yaml.org,2002:")
    line = key.start_mark.line + 2
    seen_as = "" if tag == "str" else _SEEN_AS.get(tag, f"the YAML type {tag}")
    if not isinstance(node, yaml.ScalarNode):
        return Value("", line, seen_as or _SEEN_AS["seq"], line)
    return Value(node.value, line, seen_as, node.start_mark.line + (3 if node.style in ("|", ">") else 2))
