"""The dark rules of a style sheet once more for Outlook.com and its apps, which darken a mail by themselves.

They know no prefers-color-scheme; they mark the page with data-ogsc where they changed colours of text, and with
data-ogsb where they changed grounds, and rules that name those marks win over theirs.
"""

from __future__ import annotations

import re

_DARK = re.compile(r"@media\s*\(prefers-color-scheme:\s*dark\)\s*\{((?:[^{}]*\{[^{}]*\})*)\s*\}")
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_MARKS = (("data-ogsc", ("color", "border-color")), ("data-ogsb", ("background-color",)))
_NOT_WITHIN = ("body",)  # it becomes a div of another name there


def for_outlook(css: str) -> str:
    """The rules for text, lines and grounds that stand in the dark @media of `css`, under Outlook's own marks."""
    rules = []
    for selectors, body in (rule for block in _DARK.findall(css) for rule in _RULE.findall(block)):
        names = [name for name in (x.strip() for x in selectors.split(",")) if name not in _NOT_WITHIN]
        declarations = [x.strip() for x in body.split(";") if x.strip()]
        for mark, properties in _MARKS:
            wanted = [x for x in declarations if x.partition(":")[0].strip() in properties]
            if wanted and names:
                rules.append(f"{', '.join(f'[{mark}] {name}' for name in names)} {{ {'; '.join(wanted)}; }}")
    return "\n".join(rules)
