"""Reads a Dockerfile as far as ours goes: stages and their instructions. Not a builder."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Stage:
    """One FROM and what follows it, in order: (instruction, the rest of its line)."""

    image: str
    name: str
    steps: list[tuple[str, str]] = field(default_factory=list)

    def all(self, word: str) -> list[str]:
        """What follows each instruction `word`."""
        return [rest for instruction, rest in self.steps if instruction == word]


def read_stages(path: Path) -> list[Stage]:
    """The stages of a Dockerfile, in order."""
    stages: list[Stage] = []
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.lstrip().startswith("#")]
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        word, _, rest = line.strip().partition(" ")
        if word == "FROM":
            image, _, name = rest.partition(" AS ")
            stages.append(Stage(image, name))
        elif word:
            stages[-1].steps.append((word, rest.strip()))
    return stages


def words(rest: str) -> list[str]:
    """The words of an ENTRYPOINT or CMD in its JSON form."""
    found: list[str] = json.loads(rest)
    return found
