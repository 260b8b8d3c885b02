"""The examples of docs/api.md are typed into a shell, whose curl asks the app; what comes back is what is shown."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from shutil import which
from types import MappingProxyType

import pytest

from dripcourse.domain.signatures import secrets_of
from tests.web.api.conftest import FIELDS, SECRET_KEY, Programs

TEXT = (Path(__file__).parents[3] / "docs" / "api.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```sh\n(.*?)```\n\n```json\n(.*?)```", TEXT, re.S)
#: Prints the words it was called with, as a shell that has read them would hand them to curl.
CURL = 'curl() { printf "%s\\0" "$@"; }\n'
if which("openssl") is None:
    HMAC = "import hmac, sys; print(hmac.new(sys.argv[1].encode(), sys.stdin.buffer.read(), 'sha256').hexdigest())"
    CURL += f'openssl() {{ {shlex.quote(sys.executable)} -c "{HMAC}" "$4"; }}\n'


def asked(programs: Programs, script: str) -> list[str]:
    """The words after curl."""
    (secret,) = secrets_of([SECRET_KEY], "steps")
    script = CURL + script.replace("dc_TOKEN", programs.token)
    environment = {"SECRET": secret, "PATH": os.environ["PATH"]}
    done = subprocess.run(["sh", "-c", script], env=environment, capture_output=True, check=True)
    assert done.stderr == b""
    return done.stdout.decode().split("\0")[:-1]


@pytest.mark.parametrize(("script", "shown"), EXAMPLES, ids=["sign up", "wrong zone", "forms", "intake"])
def test_an_example_of_the_documentation_is_true(programs: Programs, script: str, shown: str) -> None:
    programs.settings(
        fields=FIELDS[1:],
        intake=MappingProxyType({"address": "data.fields.0.value", "level": "data.level", "agree": "data.agreed"}),
    )
    url, *words = asked(programs, script)
    headers, body = {}, None
    for option, value in zip(words[::2], words[1::2], strict=True):
        if option == "-H":
            name, _, text = value.partition(": ")
            headers[name] = text
        else:
            assert option == "-d"
            body = value.encode()
    answer = programs.world.client.request("GET" if body is None else "POST", url, content=body, headers=headers)
    assert answer.json() == json.loads(shown)


def test_every_status_and_key_that_is_described_is_documented(programs: Programs) -> None:
    document = programs.world.client.get("/api/v1/openapi.json").json()
    for path, ways in document["paths"].items():
        assert path.replace("{slug}", "") in TEXT.replace("/f/FORM", "/f/").replace("/intake/steps", "/intake/"), path
        for way in ways.values():
            assert all(status in TEXT for status in way["responses"] if status >= "400"), path
    for name in ("Subscription", "Source"):
        for key in document["components"]["schemas"][name]["properties"]:
            assert f"`{key}`" in TEXT, key


def test_the_commands_are_real() -> None:
    for line in re.findall(r"^dripcourse (.*?)(?:  +#.*)?$", TEXT, re.M):
        assert shlex.split(line)[:2] in (
            ["token", "create"], ["token", "list"], ["token", "revoke"], ["token", "intake"], ["form", "edit"]
        )  # fmt: skip
