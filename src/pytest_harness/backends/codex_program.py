"""Finding the Codex program, and asking for its version."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from pytest_harness.runtime.process import ProcessSpec, Runner
from pytest_harness.vocabulary import Ended

INSTALL = "npm install -g @openai/codex"
"""The command that installs it."""

_VERSION = re.compile(r"\d+\.\d+\.\d+\S*")


def find(command: tuple[str, ...], path: str) -> tuple[str, ...] | None:
    """Return the command line that starts Codex, or ``None`` if it is nowhere.

    ``command`` is what the user asked for; empty looks for ``codex`` on ``path`` and then in the
    Python package ``openai-codex-cli-bin``. In the place of the Node program that npm installs,
    its native program is returned: it is lighter and takes no orphan.
    """
    name = command[0] if command else "codex"
    found = shutil.which(name, path=path)
    if found is None:
        packaged = None if command else _packaged()
        return None if packaged is None else (str(packaged),)
    native = _native(Path(found)) if len(command) < 2 else None
    # A program reached by a relative path would not be found from the workspace.
    return (str(native or os.path.abspath(found)), *command[1:])  # noqa: PTH100 - keep links


def version(
    argv: tuple[str, ...],
    env: Mapping[str, str],
    cwd: Path,
    runner: Runner,
    *,
    elsewhere: str | None = None,
) -> str | None:
    """Return the version that the program tells, or ``None`` if it does not run.

    Asked once for each program and state of its file; of a program that is not this machine's, once
    for each place ``elsewhere``.
    """
    key = _state(argv) if elsewhere is None else (argv, elsewhere)
    if key not in _versions:
        spec = ProcessSpec(argv=(*argv, "--version"), cwd=cwd, env=env, timeout=30)
        result = runner.run(spec)
        if result.ended is not Ended.EXIT or result.exit != 0:
            return None
        match = _VERSION.search(result.stdout.text())
        _versions[key] = match.group() if match else result.stdout.text().strip()[:100]
    return _versions[key]


_versions: dict[tuple[object, ...], str] = {}


def _state(argv: tuple[str, ...]) -> tuple[tuple[str, ...], int, int]:
    """Tell one state of a program from another."""
    try:
        info = Path(argv[0]).stat()
    except OSError:
        return argv, 0, 0
    return argv, info.st_ino, info.st_mtime_ns


def _native(program: Path) -> Path | None:
    """Return the native program behind npm's Node program."""
    wrapper = program.resolve()
    if wrapper.suffix != ".js":
        return None
    package = wrapper.parent.parent
    roots = [
        package,
        *package.parent.glob("codex-*"),
        *package.glob("node_modules/@openai/codex-*"),
    ]
    for triple in _triples():
        for root in roots:
            for below in (f"vendor/{triple}/bin/codex", f"vendor/{triple}/codex/codex"):
                if os.access(root / below, os.X_OK):
                    return root / below
    return None


@lru_cache
def _triples() -> tuple[str, ...]:
    """Return the names of this platform in the package, most likely first."""
    system = os.uname()
    machine = {"x86_64": "x86_64", "amd64": "x86_64", "arm64": "aarch64", "aarch64": "aarch64"}
    kind = machine.get(system.machine.lower(), system.machine)
    if system.sysname == "Darwin":
        return (f"{kind}-apple-darwin",)
    return (f"{kind}-unknown-linux-musl", f"{kind}-unknown-linux-gnu")


def _packaged() -> Path | None:
    """Return the program that the Python package brings."""
    spec = importlib.util.find_spec("codex_cli_bin")
    if spec is None or spec.origin is None:
        return None
    program = Path(spec.origin).parent / "bin" / "codex"
    return program if os.access(program, os.X_OK) else None
