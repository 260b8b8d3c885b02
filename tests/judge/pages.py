"""The judges that look at the HTML part as a page: vnu, axe-core in chromium, caniemail. Each asks its program once."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from tests.judge import workshop
from tests.judge.baseline import FOLDER, compare
from tests.judge.specimen import Specimen
from tests.judge.verdict import Broken, Finding

#: The mail programs caniemail is asked about. Its data has gaps for others (Thunderbird): there it stops.
CLIENTS = ("apple-mail.*", "gmail.*", "outlook.*", "yahoo.*", "aol.*", "samsung-email.*", "protonmail.*", "fastmail.*")
_VNU = Path("node_modules/vnu-jar/build/dist/vnu.jar")


def write(mails: Sequence[Specimen], room: Path) -> list[dict[str, str]]:
    """The HTML part of each mail in a file of its own: [{name, file}]."""
    room.mkdir(exist_ok=True)
    found = []
    for at, mail in enumerate(mails):
        file = room / f"{at:04}.html"
        file.write_text(mail.html, encoding="utf-8")
        found.append({"name": mail.name, "file": str(file)})
    return found


def vnu(mails: Sequence[Specimen], room: Path, *, whole: bool = True) -> list[Finding]:
    """Errors of the Nu checker, and warnings that its baseline does not have. Raises Missing."""
    java = workshop.program("java", "default-jre-headless")
    jar = workshop.node_modules() / _VNU
    files = write(mails, room / "vnu")
    names = {Path(one["file"]).name: one["name"] for one in files}
    done = workshop.run(java, "-jar", jar, "--format", "json", "--also-check-css", *(one["file"] for one in files))
    try:
        messages = json.loads(done.stderr or done.stdout)["messages"]
    except (ValueError, KeyError):
        raise Broken(f"vnu answered with no JSON: {(done.stderr or done.stdout).strip()[-200:]}") from None
    errors, warnings = [], {}
    for one in messages:
        mail = names.get(Path(one.get("url", "")).name, "?")
        place = f"line {one.get('lastLine', '?')}"
        if one["type"] == "info":
            warnings.setdefault(one["message"], f"{mail}, {place}")
        else:
            errors.append(Finding(mail, place, one["message"]))
    return errors + compare(warnings, FOLDER / "vnu.txt", whole=whole)


def axe(mails: Sequence[Specimen], room: Path) -> list[Finding]:
    """What axe-core finds in light and dark at 320 and 1280 px; scrolling sideways; small targets; requests."""
    browser = chromium()
    job = {
        "chromium": browser,
        "mails": write(mails, room / "axe"),
        "allowed": sorted({url for mail in mails for url in mail.images}),
    }
    return [Finding(**one) for one in json.loads(workshop.node("axe.mjs", json.dumps(job)))]


def chromium() -> str:
    """The browser's path. Raises Missing."""
    return os.environ.get("CHROMIUM") or workshop.program(
        "chromium", "chromium", "chromium-browser", "google-chrome-stable", "google-chrome"
    )


def caniemail(mails: Sequence[Specimen], room: Path, *, whole: bool = True) -> list[Finding]:
    """What some mail program does not know and the baseline does not have. Raises Missing."""
    job = {"clients": CLIENTS, "mails": write(mails, room / "caniemail")}
    return compare(misses(json.loads(workshop.node("caniemail.mjs", json.dumps(job)))), BASELINE, whole=whole)


def misses(told: Sequence[dict[str, str]]) -> dict[str, str]:
    """What is missed, a line for each feature and degree with the programs that miss it -> a mail that uses it."""
    families: dict[tuple[str, str], set[str]] = {}
    first: dict[tuple[str, str], str] = {}
    for one in told:
        key = (one["support"], one["feature"])
        families.setdefault(key, set()).add(one["client"].partition(".")[0])
        first.setdefault(key, one["mail"])
    return {f"{support} {feature}: {' '.join(sorted(families[support, feature]))}": first[support, feature]
            for support, feature in families}  # fmt: skip


BASELINE = FOLDER / "caniemail.txt"
