"""Scripts from JSON and YAML files."""

from __future__ import annotations

import dataclasses
import json
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from pytest_harness.errors import ConfigurationError
from pytest_harness.testing.script import Script
from pytest_harness.testing.steps import (
    CallTool,
    Cut,
    Delay,
    EditFile,
    Empty,
    Hang,
    Length,
    Malformed,
    Plain,
    ReadFile,
    Refuse,
    Repeat,
    RunCommand,
    Say,
    Single,
    Status,
    Step,
    Think,
    Together,
    WriteFile,
)

_PLAIN: Mapping[str, type[Plain]] = {
    "write": WriteFile,
    "edit": EditFile,
    "read": ReadFile,
    "run": RunCommand,
    "call": CallTool,
    "say": Say,
    "think": Think,
    "delay": Delay,
    "status": Status,
    "cut": Cut,
    "hang": Hang,
    "malformed": Malformed,
    "refuse": Refuse,
    "empty": Empty,
    "length": Length,
}
_NAMES = ", ".join([*_PLAIN, "together", "repeat"])


def load_script(path: Path) -> Script:
    """Read a script: a list of objects, each with the key ``do`` and its step's own keys.

    ::

        - {do: write, path: hello.txt, text: hello}
        - {do: edit, path: hello.txt, old: hello, new: goodbye}
        - {do: run, command: cat hello.txt}
        - {do: call, name: Skill, arguments: {skill: tidy}}
        - {do: together, steps: [{do: run, command: date}, {do: read, path: hello.txt}]}
        - {do: status, code: 429, retry_after: 1}
        - {do: repeat, times: 3, steps: [{do: run, command: date}]}
        - {do: say, text: done}

    A file whose name ends with ``.yaml`` or ``.yml`` is read as YAML, any other as JSON. Raises
    `ConfigurationError` for a file that cannot be read or a step that does not exist.
    """
    document = _document(path)
    if not isinstance(document, list):
        raise ConfigurationError(f"the script {path} is no list; make it a list of steps")
    steps = [_step(each, f"{path}, step {at}") for at, each in enumerate(document, 1)]
    try:
        return Script(steps)
    except ConfigurationError as error:
        raise ConfigurationError(f"{path}: {error}") from error


def _document(path: Path) -> object:
    """Read the file."""
    import yaml  # it takes long to load, and few scripts need it

    is_yaml = path.suffix.lower() in {".yaml", ".yml"}
    try:
        text = path.read_text(encoding="utf-8")
        return yaml.safe_load(text) if is_yaml else json.loads(text)
    except OSError as error:
        raise ConfigurationError(
            f"the script {path} cannot be read: {error.strerror}; put a list of steps there"
        ) from error
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        kind = "YAML" if is_yaml else "JSON"
        problem = " ".join(str(error).split())
        raise ConfigurationError(
            f"the script {path} cannot be read: {problem}; make it a {kind} list of steps"
        ) from error


def _step(document: object, where: str) -> Step:
    """Make one step."""
    if not isinstance(document, dict) or document.get("do") != "repeat":
        return _plain(document, where)
    times = document.get("times")
    wrong = set(document) - {"do", "times", "steps"} or isinstance(times, bool)
    if wrong or not isinstance(times, int | None) or not isinstance(document.get("steps"), list):
        raise ConfigurationError(f"{where}: repeat takes a list of steps, and times or not")
    inner = [_plain(each, f"{where}.{at}") for at, each in enumerate(document["steps"], 1)]
    try:
        return Repeat(*inner, times=times)
    except ConfigurationError as error:
        raise ConfigurationError(f"{where}: {error}") from error


def _plain(document: object, where: str) -> Plain:
    """Make one step that is no `Repeat`."""
    if not isinstance(document, dict):
        raise ConfigurationError(f"{where}: a step is an object; give it the key do")
    given: dict[str, Any] = {str(key): value for key, value in document.items() if key != "do"}
    name = document.get("do")
    if name == "together":
        return _together(given, where)
    if not isinstance(name, str) or name not in _PLAIN:
        raise ConfigurationError(f"{where}: there is no step {name!r}; make do one of {_NAMES}")
    kind = _PLAIN[name]
    known = [field.name for field in dataclasses.fields(kind)]
    keys = ", ".join(known) or "no keys"
    for key in given:
        if key not in known:
            raise ConfigurationError(f"{where}: {name} does not know {key!r}; it takes {keys}")
    for field in dataclasses.fields(kind):
        if field.name not in given and _needed(field):
            raise ConfigurationError(f"{where}: {name} lacks {field.name!r}; it takes {keys}")
    hints = typing.get_type_hints(kind)
    for key, value in given.items():
        try:
            TypeAdapter(hints[key]).validate_python(value, strict=True)
        except ValidationError as error:
            problem = error.errors()[0]["msg"]
            raise ConfigurationError(
                f"{where}: {key!r} of {name} cannot be {value!r}: {problem}; correct it"
            ) from error
    return kind(**given)


def _together(given: dict[str, Any], where: str) -> Together:
    """Make several calls of one turn."""
    if set(given) != {"steps"} or not isinstance(given["steps"], list):
        raise ConfigurationError(f"{where}: together takes steps, a list of calls, and no more")
    calls: list[Single] = []
    for at, each in enumerate(given["steps"], 1):
        step = _plain(each, f"{where}.{at}")
        if not isinstance(step, Single):
            raise ConfigurationError(
                f"{where}.{at}: only calls go together; take write, edit, read, run or call"
            )
        calls.append(step)
    try:
        return Together(*calls)
    except ConfigurationError as error:
        raise ConfigurationError(f"{where}: {error}") from error


def _needed(field: dataclasses.Field[Any]) -> bool:
    """Whether a step cannot do without this key."""
    missing = dataclasses.MISSING
    return field.default is missing and field.default_factory is missing
