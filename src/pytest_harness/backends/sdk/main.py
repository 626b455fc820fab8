"""The child process around a vendor's Python SDK; a program that imports nothing of ours.

It is started as ``python -I main.py SDK`` with the interpreter that has the SDK, reads one JSON
object from standard input, and prints one JSON object a line. ``--version`` tells the version of
the SDK. The module of the SDK beside this file declares ``PACKAGE``, and ``run``, a coroutine that
gets the object and a function that prints one.
"""

from __future__ import annotations

import asyncio
import importlib.metadata
import importlib.util
import json
import sys
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any

MISSING = 3
"""Exit code where the SDK is not installed."""
CRASHED = 4
"""Exit code where the SDK raised."""
ERROR = "harness.error"
"""Type of the line that tells what it raised."""


def emit(event: dict[str, Any]) -> None:
    """Print one event; what JSON does not know is written as Python shows it."""
    sys.stdout.write(json.dumps(event, default=repr, separators=(",", ":")) + "\n")
    sys.stdout.flush()


def load(name: str) -> ModuleType:
    """Load the module of an SDK from beside this file."""
    path = Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"harness_sdk_{name}", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"there is no {path}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main(arguments: list[str]) -> int:
    """Run the SDK that the first argument names; return the exit code."""
    module = load(arguments[0])
    try:
        version = importlib.metadata.version(module.PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        print(f"{module.PACKAGE} is not installed for {sys.executable}", file=sys.stderr)  # noqa: T201
        return MISSING
    if "--version" in arguments:
        print(module.PACKAGE, version)  # noqa: T201
        return 0
    job = json.loads(sys.stdin.buffer.read())
    try:
        asyncio.run(module.run(job, emit))
    except Exception as error:  # noqa: BLE001 - whatever an SDK raises is told
        traceback.print_exc()
        emit({"type": ERROR, "error": f"{type(error).__name__}: {error}"})
        return CRASHED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
