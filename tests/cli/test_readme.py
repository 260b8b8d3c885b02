"""What README and docs/forms.md tell people to type works when it is typed, in the order in which it stands there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.conftest import SLUG, Terminal

ROOT = Path(__file__).parents[2]
NOUNS = ("form", "hook", "token", "report")


def typed(page: str) -> list[str]:
    """The command lines of that page about these nouns, without their comments; not the bare names of verbs."""
    text = (ROOT / page).read_text(encoding="utf-8").replace("my-course", SLUG)
    found = re.findall(r"(?:^|`)dripcourse ([^`\n#]+)", text, re.MULTILINE)
    return [line.strip() for line in found if line.split()[0] in NOUNS and len(line.split()) > 2]


@pytest.mark.parametrize(("page", "least"), [("README.md", 6), ("docs/forms.md", 5)])
def test_every_line_about_forms_hooks_and_tokens_can_be_pasted(published: Terminal, page: str, least: int) -> None:
    lines = typed(page)
    assert len(lines) >= least
    for line in lines:
        published.ok(line)
