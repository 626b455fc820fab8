"""Finding the Codex program."""

from __future__ import annotations

import importlib.util
import os
import re
from functools import lru_cache
from pathlib import Path

from pytest_harness.backends import npm
from pytest_harness.backends.program import Executable


@lru_cache
def triples() -> tuple[str, ...]:
    """Return the names of this platform in the package, most likely first."""
    system = os.uname()
    machine = {"x86_64": "x86_64", "amd64": "x86_64", "arm64": "aarch64", "aarch64": "aarch64"}
    kind = machine.get(system.machine.lower(), system.machine)
    if system.sysname == "Darwin":
        return (f"{kind}-apple-darwin",)
    return (f"{kind}-unknown-linux-musl", f"{kind}-unknown-linux-gnu")


def _native(program: Path) -> Path | None:
    """Return the native program behind npm's Node program: it is lighter and takes no orphan."""
    wrapper = program.resolve()
    if wrapper.suffix != ".js":
        return None
    package = wrapper.parent.parent
    roots = [
        package,
        *package.parent.glob("codex-*"),
        *package.glob("node_modules/@openai/codex-*"),
    ]
    return npm.executable(
        root / "vendor" / triple / below
        for triple in triples()
        for root in roots
        for below in ("bin/codex", "codex/codex")
    )


def _packaged() -> Path | None:
    """Return the program that the Python package ``openai-codex-cli-bin`` brings."""
    spec = importlib.util.find_spec("codex_cli_bin")
    if spec is None or spec.origin is None:
        return None
    return npm.executable((Path(spec.origin).parent / "bin" / "codex",))


CODEX = Executable(
    name="codex",
    title="Codex",
    install="npm install -g @openai/codex",
    tested=("0.163.0", "0.169.0"),
    says=re.compile(r"codex\S* (\d+\.\d+\.\d+\S*)"),
    native=_native,
    packaged=_packaged,
)
"""The program of all ways to Codex but its SDK."""
