"""Scripts from JSON files."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pytest_harness.errors import ConfigurationError
from pytest_harness.testing.script import Script
from pytest_harness.testing.steps import (
    Cut,
    Hang,
    Plain,
    Repeat,
    RunCommand,
    Say,
    Status,
    Step,
    WriteFile,
)

_PLAIN: Mapping[str, Callable[..., Plain]] = {
    "write": WriteFile,
    "run": RunCommand,
    "say": Say,
    "status": Status,
    "cut": Cut,
    "hang": Hang,
}


def load_script(path: Path) -> Script:
    """Read a script: a JSON list of objects, each with the key ``do`` and its step's own keys.

    ::

        [
          {"do": "write", "path": "hello.txt", "text": "hello"},
          {"do": "run", "command": "cat hello.txt"},
          {"do": "status", "code": 429, "retry_after": 1},
          {"do": "repeat", "times": 3, "steps": [{"do": "run", "command": "date"}]},
          {"do": "say", "text": "done"}
        ]

    Raises `ConfigurationError` for a file that cannot be read or a step that does not exist.
    """
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"the script {path} cannot be read: {error}; make it a JSON list of steps"
        ) from error
    if not isinstance(document, list):
        raise ConfigurationError(f"the script {path} is no list; make it a JSON list of steps")
    return Script([_step(each, f"{path}, step {at}") for at, each in enumerate(document, 1)])


def _step(document: object, where: str) -> Step:
    """Make one step, a `Repeat` or a plain one."""
    if isinstance(document, dict) and document.get("do") == "repeat":
        inner = document.get("steps")
        times = document.get("times")
        if not isinstance(inner, list) or not (times is None or isinstance(times, int)):
            raise ConfigurationError(f"{where}: repeat takes a list of steps, and times or not")
        return Repeat(*(_plain(each, where) for each in inner), times=times)
    return _plain(document, where)


def _plain(document: object, where: str) -> Plain:
    """Make one step that is no `Repeat`."""
    if not isinstance(document, dict) or document.get("do") not in _PLAIN:
        known = ", ".join([*_PLAIN, "repeat"])
        raise ConfigurationError(f"{where}: a step is an object whose key do is one of {known}")
    arguments: dict[str, Any] = {key: value for key, value in document.items() if key != "do"}
    try:
        return _PLAIN[document["do"]](**arguments)
    except TypeError as error:
        raise ConfigurationError(
            f"{where}: the keys do not fit {document['do']}: {error}"
        ) from error
