"""The rules of ARCHITECTURE.md, held by reading the sources."""

from __future__ import annotations

import ast
import os
import re
import runpy
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pathspec
import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src/pytest_harness"
DATA = tuple(PACKAGE.glob("suites/*/data"))
"""What agents are given, and what they should make of it: no code of ours."""
FILES = sorted(path for path in PACKAGE.rglob("*.py") if not any(map(path.is_relative_to, DATA)))
MAX_LINES = 450

WITH_PYTEST = frozenset(
    {
        "_compat",
        "_keys",
        "collection",
        "crash",
        "declare",
        "failures",
        "endings",
        "fixture",
        "hidden_reports",
        "hookspecs",
        "identity",
        "matrix",
        "notices",
        "looking_back",
        "options",
        "plain_models",
        "plugin",
        "recording",
        "reports.html",
        "reports.junit",
        "reports.terminal",
        "run_record",
        "selfcheck",
        "selfcheck_settings",
        "session_plugin",
        "settings",
        "state",
        "suites.coding",
        "suites.coding.answers",
        "suites.coding.edits",
        "suites.coding.run_edit_run",
        "validation",
    }
)
"""Modules that may import pytest; all others work without it."""

FORBIDDEN = {
    "allowance": ("backends", "checks", "optimize", "cell", "reports", "cli", "workspace"),
    "backends": ("optimize", "cell", "ledger", "reports", "cli", "state"),
    "checks": ("backends", "optimize", "cell", "ledger", "reports", "cli", "state"),
    "workspace": ("backends", "checks", "optimize", "cell", "ledger", "reports", "cli"),
    "runtime": ("backends", "checks", "optimize", "cell", "ledger", "reports", "cli"),
    "redaction": ("backends", "checks", "ledger", "records", "reports", "runtime", "workspace"),
    "records": ("backends", "checks", "optimize", "cell", "ledger", "reports", "workspace"),
    "ledger": ("backends", "checks", "optimize", "cell", "reports", "cli", "workspace"),
    "reports": ("backends", "checks", "optimize", "cell", "runtime", "cli", "workspace"),
    "cli": ("checks", "optimize", "cell", "script", "state"),
    "model": ("optimize", "cell", "ledger", "reports", "cli", "state"),
    "testing": ("backends", "checks", "optimize", "cell", "ledger", "reports", "cli", "runtime"),
}
"""Rooms that each room must not import."""

CLI_LAZILY = ("runtime", "workspace", "backends")
"""What sub-commands may import inside a function only."""

WITH_PROCESSES = frozenset(
    {
        "backends.cheat_program.stay",
        "runtime.sandbox.landlock_inside",
        "runtime.sandbox.relay_inside",
        "runtime.warden.launch",
        "runtime.warden_link",
    }
)
"""The only modules that start processes by themselves; the first three are programs of their own
that a runner runs."""

PROCESS_CALLS = re.compile(r"^(fork|forkpty|system|popen|exec[lv]p?e?|spawn\w+|posix_spawnp?)$")


class Source:
    """One file of the package."""

    def __init__(self, path: Path) -> None:
        self.path = path
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        self.name = ".".join(parts).removesuffix(".__init__") or "__init__"
        self.room = parts[0]
        self.text = path.read_text(encoding="utf-8")
        self.tree = ast.parse(self.text)

    def __repr__(self) -> str:
        return self.name


SOURCES = [Source(path) for path in FILES]


def imports(node: ast.AST, *, inside: bool = False) -> Iterator[tuple[str, bool]]:
    """Yield what is imported when the program runs, and whether only inside a function."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            for other in child.orelse:
                yield from imports(other, inside=inside)
        elif isinstance(child, ast.Import):
            yield from ((alias.name, inside) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            module = child.module or ""
            yield module, inside
            if module in {"pytest_harness", "_pytest"}:
                yield from ((f"{module}.{alias.name}", inside) for alias in child.names)
        else:
            function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from imports(child, inside=inside or function)


def rooms_of(source: Source) -> Iterator[tuple[str, bool]]:
    """Yield the rooms that a file imports."""
    for name, inside in imports(source.tree):
        parts = name.split(".")
        if parts[0] == "pytest_harness" and len(parts) > 1:
            yield parts[1], inside


def own_files() -> list[Path]:
    """All files that are not left out by ``.gitignore``; works without git."""
    lines = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    ignored = pathspec.GitIgnoreSpec.from_lines([*lines, ".git/"])
    found: list[Path] = []
    for directory, below, names in os.walk(ROOT):
        here = Path(directory).relative_to(ROOT).as_posix()
        # What is ignored is not even entered: it may hold whole systems.
        below[:] = [name for name in below if not ignored.match_file(f"{here}/{name}/")]
        found += [ROOT / here / name for name in names if not ignored.match_file(f"{here}/{name}")]
    return found


@pytest.mark.parametrize("source", SOURCES, ids=str)
def test_a_file_keeps_the_rules(source: Source) -> None:
    found = list(imports(source.tree))
    tops = {name.partition(".")[0] for name, _ in found}
    if source.name not in WITH_PYTEST:
        assert "pytest" not in tops, "it may not import pytest"
    if source.name != "_compat":
        assert "_pytest" not in tops, "private names of pytest belong to _compat"
    if source.name not in WITH_PROCESSES:
        assert "subprocess" not in tops, "processes are started by a Runner"
        called = {
            node.attr
            for node in ast.walk(source.tree)
            if isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id == "os"
        }
        assert not [name for name in called if PROCESS_CALLS.match(name)]
    for room, inside in rooms_of(source):
        assert room not in FORBIDDEN.get(source.room, ()), f"{source.room} may not import {room}"
        if source.room == "cli" and room in CLI_LAZILY:
            assert inside, f"{room} is imported where a command needs it"
    assert len(source.text.splitlines()) <= MAX_LINES


@pytest.mark.parametrize("source", SOURCES, ids=str)
def test_everything_public_is_explained(source: Source) -> None:
    assert ast.get_docstring(source.tree) or not source.text.strip(), "the module"
    silent = [name for name, node in public(source.tree) if not ast.get_docstring(node)]
    assert not silent


Documented = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def public(tree: ast.Module | ast.ClassDef, prefix: str = "") -> Iterator[tuple[str, Documented]]:
    """Yield public functions and classes, with the public methods of public classes."""
    for node in tree.body:
        if not isinstance(node, Documented) or node.name.startswith("_"):
            continue
        yield prefix + node.name, node
        if isinstance(node, ast.ClassDef):
            yield from public(node, f"{prefix}{node.name}.")


def test_the_loop_runs_without_pytest() -> None:
    modules = [
        f"pytest_harness.{source.name}"
        for source in SOURCES
        if source.name not in WITH_PYTEST | {"__init__", "checks.inner_pytest"}
        and source.room not in {"reports", "cli"}
    ]
    code = (
        "import importlib, sys\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
        "print('pytest' in sys.modules or '_pytest' in sys.modules)"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert found.stdout.strip() == "False"


def test_architecture_lists_the_rooms_as_they_are() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    made = runpy.run_path(str(ROOT / "tools/list_rooms.py"))["with_list"](page)
    assert page == made, "run: python tools/list_rooms.py"


def test_no_file_names_a_registry_or_a_machine() -> None:
    hosts = [
        ".".join(words)
        for words in (
            ("pypi", "org"),
            ("python" + "hosted", "org"),
            ("registry", "npmjs", "org"),
            ("npmjs", "com"),
            ("yarnpkg", "com"),
            ("crates", "io"),
            ("proxy", "golang", "org"),
            ("deb", "debian", "org"),
        )
    ]
    machine = re.compile(r"(?<![\w.$}~/-])/(?:root|work|Users|home/(?!me\b)\w+|opt/\w+)/")
    wrong = []
    for path in own_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        wrong += [f"{path}: {host}" for host in hosts if host in text]
        wrong += [f"{path}: {found.group()}" for found in machine.finditer(text)]
    assert not wrong


def test_pins_start_from_the_dependencies() -> None:
    document = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    listed = (ROOT / "requirements/dev.in").read_text(encoding="utf-8").splitlines()
    pinned = (ROOT / "requirements/dev.txt").read_text(encoding="utf-8")
    for dependency in document["project"]["dependencies"]:
        assert dependency in listed
        name = re.split(r"[<>=~! \[]", dependency)[0]
        assert re.search(rf"(?m)^{re.escape(name)}==", pinned)
    words = re.findall(r"(?m)^\s*(--\S+)", pinned)
    assert {word.partition("=")[0] for word in words} == {"--hash"}
