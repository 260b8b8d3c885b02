"""The text of a course.toml: what the course has, and as remarks what an author may fill in. It writes no file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict

from dripcourse.domain.course import Course

_HINTS = {
    "safety_note": (
        "# Shown in the welcome, the recaps and the last mail; of it, the first sentence in the foot of the others.",
        "# A sensitive subject needs one.",
        '# safety_note = """',
        '# """',
        "# For telephone numbers: the country whose [helplines] below are shown.",
        '# helplines_for = "US"',
    ),
    "footer": ("# In the foot of every mail, as Markdown.", '# footer = ""'),
    "scripture": (
        "# For a course that quotes scripture: the translation and its terms.",
        '# scripture = "World English Bible, public domain"',
    ),
    "postal_address": ('# postal_address = ""',),
    "sender": ("# [sender]", '# name = ""', '# address = ""'),
    "theme": ("# Colours and fonts over those of the house.", "# [theme]", '# accent = "#204060"'),
    "logo": ("# [logo]", '# url = "https://host/logo.png"', '# alt = ""', "# width = 120", "# height = 40"),
    "words": ("# Words of the mails that are not yours; words.toml has their names.", "# [words]", '# action = ""'),
    "optional": (
        "# Perspectives that readers may opt out of; each of their lessons then has another passage in `instead`.",
        "# [optional]",
        '# key = "Perspective, as in the lessons"',
    ),
    "helplines": (
        "# One table a country. `checked` is the day on which a person called each number.",
        "# [helplines.US]",
        "# checked = 2026-01-31",
        '# text = """',
        '# """',
    ),
}


def course_toml(course: Course) -> str:
    """course.toml of a course in its own language, with hints for what it lacks."""
    head = (f"{name} = {_toml(text)}" for name, text in _named(course).items())
    texts = {"safety_note": course.safety_note, "footer": course.footer, "scripture": ""}
    texts["postal_address"] = course.postal_address
    blocks = [[f"{name} = {_toml(text)}"] if text else _HINTS[name] for name, text in texts.items()]
    tables = {**_tables(course), "helplines": {}}
    blocks += [list(_table(name, table)) or _HINTS[name] for name, table in tables.items()]
    return "\n\n".join("\n".join(block) for block in ([*head, f"days = {course.days}"], *blocks)) + "\n"


def translation_toml(course: Course, original: Course) -> str:
    """course.toml of a translation: only what it says itself."""
    texts = {"title": course.title, "safety_note": course.safety_note, "footer": course.footer}
    if course.postal_address != original.postal_address:
        texts["postal_address"] = course.postal_address
    lines = [f"{name} = {_toml(text)}" for name, text in texts.items() if text]
    for name in ("words", "optional"):
        if table := list(_table(name, _tables(course)[name])):
            lines += ["", *table]
    return "\n".join(lines) + "\n"


def _named(course: Course) -> dict[str, str]:
    return {"slug": course.slug, "title": course.title, "language": course.language}


def _tables(course: Course) -> dict[str, Mapping[str, str | int]]:
    return {
        "sender": {name: text for name, text in asdict(course.sender).items() if text} if course.sender else {},
        "theme": course.theme,
        "logo": asdict(course.logo) if course.logo else {},
        "words": course.words,
        "optional": course.optional,
    }


def _table(name: str, values: Mapping[str, str | int]) -> Iterator[str]:
    if values:
        yield f"[{name}]"
    for key, value in values.items():
        yield f"{key} = {value if isinstance(value, int) else _toml(value)}"


def _toml(text: str) -> str:
    """A TOML string, over several lines where the text has some; JSON's escapes are a subset of TOML's, but for DEL."""
    lines = [json.dumps(line, ensure_ascii=False).replace("\x7f", "\\u007f")[1:-1] for line in text.split("\n")]
    return f'"{lines[0]}"' if len(lines) == 1 else '"""\n' + "\n".join(lines) + '\n"""'
