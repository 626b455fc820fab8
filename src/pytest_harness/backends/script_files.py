"""The scripts and recordings that may stand in place of a model: which files a selector names."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from pytest_harness.errors import ConfigurationError

SELECTOR = "scripted:"
"""How a model begins that is a script: ``scripted:PATH``."""
RECORDED = "recorded:"
"""How a model begins that answers what was recorded: ``recorded:PATH``."""
SUFFIXES = (".json", ".yaml", ".yml")
"""How the names of scripts in a directory end."""


def is_script(model: str | None) -> bool:
    """Tell whether a model is a script or a recording: ``scripted:PATH`` or ``recorded:PATH``."""
    return model is not None and model.startswith((SELECTOR, RECORDED))


def is_recording(model: str) -> bool:
    """Tell whether a model answers what was recorded: ``recorded:PATH``."""
    return model.startswith(RECORDED)


def _parted(model: str) -> tuple[str, str]:
    """Part a selector into how it begins and its path."""
    begin = RECORDED if is_recording(model) else SELECTOR
    return begin, model.removeprefix(begin)


def spelt(model: str, root: Path) -> str:
    """Spell a model the same however its user wrote the path, if it is a script.

    A script below ``root`` is named relative to it, any other one absolutely.
    """
    begin, text = _parted(model)
    if not is_script(model) or not text.strip():
        return model
    path = located(model, root)
    inside = path.is_relative_to(root)
    return f"{begin}{path.relative_to(root).as_posix() if inside else path.as_posix()}"


def word(model: str) -> str:
    """Return what an id says of a model: of a script outside of the project its name alone."""
    begin, text = _parted(model)
    path = Path(text)
    return f"{begin}/{path.name}" if is_script(model) and path.is_absolute() else model


def located(selector: str, root: Path) -> Path:
    """Return the absolute path of a script; a relative one is relative to ``root``."""
    return Path(os.path.abspath(root / _parted(selector)[1]))  # noqa: PTH100 - keep links


def script_files(path: Path) -> tuple[Path, ...]:
    """Return the scripts at ``path``, one for each round: a file, or those of a directory by name.

    Raises `ConfigurationError` if there is none.
    """
    if not path.is_dir():
        if path.exists() and not path.is_file():
            raise ConfigurationError(f"{path} is neither a file nor a directory; name a script")
        return (path,)
    found = sorted(each for each in path.iterdir() if each.suffix.lower() in SUFFIXES)
    if not found:
        raise ConfigurationError(
            f"{path} holds no script; put one there for each round, as round1.yaml, or name a file"
        )
    return tuple(found)


def digest(path: Path) -> str:
    """Digest the contents of the scripts at ``path``, wherever they lie.

    Raises `ConfigurationError` if they cannot be read.
    """
    try:
        parts = [hashlib.sha256(each.read_bytes()).hexdigest() for each in script_files(path)]
    except OSError as error:
        raise ConfigurationError(
            f"the script {path} cannot be read: {error.strerror}; put it there"
        ) from error
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def no_program(backend: str, selector: str) -> ConfigurationError:
    """Return the refusal of a backend that asks no model."""
    return ConfigurationError(
        f"backend {backend!r} has no program that could ask {selector}; use it with an agent's "
        "program, such as codex or claude"
    )
