"""The placeholders of a command line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from pytest_harness.errors import ConfigurationError
from pytest_harness.hints import did_you_mean

PROMPT = "prompt"
"""The prompt itself."""
PROMPT_FILE = "prompt_file"
"""Path of a file with the prompt."""
WORKSPACE = "workspace"
"""Path of the workspace."""
OUTPUT_FILE = "output_file"
"""Path at which the command writes its answer."""
MODEL = "model"
"""Name of the model."""
KNOWN = (PROMPT, PROMPT_FILE, WORKSPACE, OUTPUT_FILE, MODEL)
"""All of them."""

_TOKEN = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


def used(command: Sequence[str]) -> frozenset[str]:
    """Return the placeholders in a command line.

    Raises `ConfigurationError` for one that is unknown, and for a brace that stands alone.
    """
    found: set[str] = set()
    for argument in command:
        for token in _TOKEN.finditer(argument):
            name = token.group(1)
            if name is not None and name not in KNOWN:
                names = ", ".join(f"{{{each}}}" for each in KNOWN)
                raise ConfigurationError(
                    f"command has the unknown placeholder {{{name}}}; {did_you_mean(name, KNOWN)}"
                    f"known are {names}; write {{{{ and }}}} for braces"
                )
            if token.group() in {"{", "}"}:
                raise ConfigurationError(
                    f"command has a single brace in {argument!r}; write {{{{ and }}}} for braces"
                )
            if name is not None:
                found.add(name)
    return frozenset(found)


def filled(command: Sequence[str], values: Mapping[str, str]) -> tuple[str, ...]:
    """Fill the placeholders in, argument by argument: no value becomes two arguments."""

    def value(token: re.Match[str]) -> str:
        name = token.group(1)
        return token.group()[0] if name is None else values[name]

    return tuple(_TOKEN.sub(value, argument) for argument in command)
