"""Reads the source and finds what breaks the rules of the house. Knows the rules, not the reasons (CONTRIBUTING.md)."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

FLOORS = (
    ("errors",),
    ("domain",),
    ("config", "data", "dialect", "faults", "addresses", "logs", "confined", "fetching", "spelling"),
    ("courses", "storage", "mail"),
    ("flows",),
    ("web", "cli", "workers"),
)
TOP = frozenset(FLOORS[-1])
NEIGHBOURS = {"cli": {"web", "workers"}}  # `serve` and `demo` hold the web and the worker in one process

ONLY_IN = {
    "sqlalchemy": {"storage"},
    "alembic": {"storage"},
    "celery": {"workers"},
    "kombu": {"workers"},
    "premailer": {"mail"},
    "smtplib": {"mail"},
    "fastapi": {"web"},
    "starlette": {"web"},
    "typer": {"cli"},
    # One guarded way out to the web (SSRF): whatever speaks HTTP to others, or could.
    "http.client": {"fetching"},
    "urllib.request": {"fetching"},
    "urllib3": {"fetching"},
    "httpx": {"fetching"},
    "requests": {"fetching"},
    "aiohttp": {"fetching"},
    "socket": {"fetching", "mail", "cli"},  # cli: the ports that serve, demo and preview listen on
    "ssl": {"fetching", "mail"},
}
CLOCK = {
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "datetime.date.today",
    "time.time",
    "time.time_ns",
}
NOT_IN_DOMAIN = {
    "asyncio",
    "io",
    "os",
    "pathlib",
    "random",
    "secrets",
    "socket",
    "sqlite3",
    "subprocess",
    "threading",
    "time",
}
NOT_A_NOUN = {"utils", "helpers", "common", "base", "manager", "service"}
HIDDEN_IMPORTS = {"importlib.import_module", "builtins.__import__", "__import__"}


@dataclass(frozen=True)
class Finding:
    """One place that breaks a rule. `path` is relative to the checkout, `line` counts from 1."""

    path: str
    line: int
    rule: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}"


@dataclass(frozen=True)
class Module:
    """A source file: `name` as it is imported, `path` relative to the checkout."""

    name: str
    path: str
    tree: ast.Module

    @property
    def room(self) -> str:
        """The room it lies in; "" for the front door (`dripcourse/__init__.py`)."""
        return room_of(self.name)


@dataclass(frozen=True)
class Import:
    """One imported name. `target` is the module where that is one of ours, else the dotted name."""

    target: str
    line: int


def room_of(name: str) -> str:
    """The room of a dotted name of ours: "dripcourse.mail.wire" -> "mail"; "" for `dripcourse` itself."""
    first, _, rest = name.partition(".")
    room = rest.partition(".")[0] if first == "dripcourse" else first
    return "cli" if room == "__main__" else room


def read_house(root: Path) -> list[Module]:
    """Every module of the two packages under `root`, in path order."""
    modules = []
    for path in sorted(p for package in ("dripcourse", "workers") for p in (root / package).rglob("*.py")):
        inside = path.relative_to(root)
        name = ".".join(inside.with_suffix("").parts).removesuffix(".__init__")
        modules.append(Module(name, inside.as_posix(), ast.parse(path.read_bytes(), str(path))))
    return modules


def findings(root: Path) -> list[Finding]:
    """Everything that breaks a rule, in path and line order. Empty is good."""
    modules = read_house(root)
    names = {module.name for module in modules}
    found: list[Finding] = []
    graph: dict[str, list[Import]] = {}
    for module in modules:
        imports = list(imports_of(module, names))
        graph[module.name] = [each for each in imports if each.target in names]
        found += [Finding(module.path, line, rule) for line, rule in _broken_by(module, imports)]
    paths = {module.name: module.path for module in modules}
    found += [replace(each, path=paths[each.path]) for each in _circles(graph)]
    return sorted(set(found), key=lambda each: (each.path, each.line, each.rule))


def imports_of(module: Module, names: set[str]) -> Iterator[Import]:
    """Every import of a module, wherever it stands; `from package import module` counts as the module."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = _source(module, node)
            for alias in node.names:
                inner = f"{source}.{alias.name}"
                yield Import(inner if inner in names or not _ours(source) else source, node.lineno)


def _source(module: Module, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parts = module.name.split(".")
    package = parts if module.path.endswith("__init__.py") else parts[:-1]
    above = package[: len(package) - node.level + 1]
    return ".".join([*above, *([node.module] if node.module else [])])


def _ours(name: str) -> bool:
    return name.partition(".")[0] in {"dripcourse", "workers"}


def _broken_by(module: Module, imports: list[Import]) -> Iterator[tuple[int, str]]:
    yield from _misnamed(module)
    for each in imports:
        rule = _wrong_floor(module.room, each.target) if _ours(each.target) else _wrong_guest(module.room, each.target)
        if rule:
            yield each.line, rule
    yield from _imports_in_functions(module)
    yield from _clocks_and_hidden_imports(module)


def _misnamed(module: Module) -> Iterator[tuple[int, str]]:
    word = module.name.rpartition(".")[2]
    if word.strip("_") in NOT_A_NOUN:
        yield 1, f"a module is named after a noun of ours, not {word!r}"
    if module.room and not any(module.room in floor for floor in FLOORS):
        yield 1, f"{module.room!r} is on no floor: name its floor in tests/house/floors.py"


def _level(room: str) -> int:
    return next((level for level, floor in enumerate(FLOORS) if room in floor), len(FLOORS))


def _wrong_floor(room: str, target: str) -> str | None:
    other = room_of(target)
    if other in {"", room} or other in NEIGHBOURS.get(room, ()):
        return None
    if not room:
        return f"the package's front door imports no room, but this imports {target}"
    if _level(other) < _level(room):
        return None
    where = "on the same floor as" if _level(other) == _level(room) else "above"
    return f"{room} must not know {target}: {other} is {where} {room}"


def _wrong_guest(room: str, target: str) -> str | None:
    guest = target.partition(".")[0]
    for name, allowed in ONLY_IN.items():
        if f"{target}.".startswith(f"{name}.") and room not in allowed:
            return f"{name} belongs in {' or '.join(sorted(allowed))} only, not in {room}"
    if room in {"errors", "domain"} and guest not in sys.stdlib_module_names:
        return f"{room} imports only the standard library, not {guest}"
    if room == "domain" and guest in NOT_IN_DOMAIN:
        return f"domain knows no clock, no chance and no files: not {guest}"
    return None


def _imports_in_functions(module: Module) -> Iterator[tuple[int, str]]:
    for function in ast.walk(module.tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    yield node.lineno, f"an import inside the function {function.name}: put it at the top of the file"


def _clocks_and_hidden_imports(module: Module) -> Iterator[tuple[int, str]]:
    meanings = _meanings(module.tree)
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute | ast.Name):
            name = _dotted(node, meanings)
            if name in CLOCK and module.room not in TOP:
                yield node.lineno, f"{name} is read on the top floor only; here `now` is an argument"
            elif name in HIDDEN_IMPORTS:
                yield node.lineno, f"{name} hides an import from this test"


def _meanings(tree: ast.Module) -> dict[str, str]:
    """What each imported name stands for: `import datetime as dt` -> {"dt": "datetime"}."""
    meanings = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            meanings |= {
                a.asname or a.name.partition(".")[0]: a.name if a.asname else a.name.partition(".")[0]
                for a in node.names
            }
        elif isinstance(node, ast.ImportFrom) and not node.level:
            meanings |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return meanings


def _dotted(node: ast.expr, meanings: dict[str, str]) -> str:
    if isinstance(node, ast.Name):
        return meanings.get(node.id, node.id if node.id == "__import__" else "")
    if isinstance(node, ast.Attribute):
        owner = _dotted(node.value, meanings)
        return f"{owner}.{node.attr}" if owner else ""
    return ""


def _circles(graph: dict[str, list[Import]]) -> Iterator[Finding]:
    """A finding for each import that closes a circle; its `path` is the module's name."""
    done: set[str] = set()

    def walk(name: str, trail: list[str]) -> Iterator[Finding]:
        for each in graph[name]:
            if each.target in trail:
                circle = [*trail[trail.index(each.target) :], each.target]
                yield Finding(name, each.line, f"imports go in a circle: {' -> '.join(circle)}")
            elif each.target not in done:
                yield from walk(each.target, [*trail, each.target])
        done.add(name)

    for name in graph:
        if name not in done:
            yield from walk(name, [name])
