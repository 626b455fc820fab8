"""Files of ``KEY=VALUE`` lines: variables for this process only."""

from __future__ import annotations

import re
from pathlib import Path

from pytest_harness.errors import ConfigurationError

_LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")


def read_environment_file(path: Path) -> dict[str, str]:
    """Read variables; blank lines and lines that begin with ``#`` are passed over.

    Raises `ConfigurationError` with the line's number, never with what stands in it.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(
            f"env file {path} cannot be read: {error.strerror}; check the path"
        ) from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"env file {path} is not UTF-8; save it as UTF-8") from None
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        match = _LINE.fullmatch(stripped)
        if match is None:
            raise ConfigurationError(
                f"env file {path}, line {number}: it is not KEY=VALUE; correct the line"
            )
        found[match[1]] = _unquote(match[2])
    return found


def _unquote(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "'\"":
        return value[1:-1]
    return value.partition(" #")[0].rstrip()
