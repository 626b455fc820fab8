"""The user's credentials, looked for in the same way whatever the program."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from pytest_harness.backends.adapter import Access, Setup
from pytest_harness.backends.base import Missing


def named(setup: Setup, environment: Mapping[str, str]) -> Access | None:
    """Return what the options say: the variable that they name, or an endpoint without a key.

    ``None`` where they name neither.
    """
    options = setup.options
    variable = options.env_key or options.env_token
    if variable is None:
        return None if options.base_url is None else Access()
    if environment.get(variable):
        return Access(names=(variable,))
    key = f"the key for {options.base_url}" if options.base_url else "a key"
    what = f"the variable {variable} with {key} is not set"
    return Access(missing=Missing(what, f"set it: export {variable}=..."))


def first_set(names: Iterable[str], environment: Mapping[str, str]) -> str | None:
    """Return the first of some variables that holds anything."""
    return next((name for name in names if environment.get(name)), None)


def user_directory(environment: Mapping[str, str], variable: str, below: str) -> Path | None:
    """Return where a program keeps what is the user's: in ``variable``, or ``below`` the home."""
    told, home = environment.get(variable), environment.get("HOME")
    if told:
        return Path(told)
    return Path(home) / below if home else None


def login_file(directory: Path | None, name: str) -> Path | None:
    """Return the file with the user's login, if it is there."""
    file = None if directory is None else directory / name
    return file.resolve() if file is not None and file.is_file() else None
