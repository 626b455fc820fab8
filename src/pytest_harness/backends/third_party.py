"""Providers of the user's: ``provider = "package.module:callable"``."""

from __future__ import annotations

import importlib
import importlib.util
import re
import sys
from collections.abc import Callable
from importlib.machinery import PathFinder
from typing import cast

from pytest_harness.backends.base import Backend
from pytest_harness.config import BackendConfig
from pytest_harness.errors import ConfigurationError

_PARTS = (
    "id",
    "provider",
    "model",
    "runtime",
    "timeout",
    "max_concurrency",
    "settings",
    "probe",
    "propose",
)
_METHODS = ("settings", "probe", "propose")


def check(config: BackendConfig) -> None:
    """Raise `ConfigurationError` if there is no such module. Imports nothing."""
    module, _ = _named(config)
    if module not in sys.modules and not _is_there(module):
        raise ConfigurationError(
            f"backend {config.id!r}: provider {config.provider!r} names the module {module}, "
            "which is not there; install it, or put its directory on PYTHONPATH"
        )


def make(config: BackendConfig) -> Backend:
    """Import the provider, and let it make the backend.

    Raises `ConfigurationError` if it cannot be imported, fails, or makes something else.
    """
    check(config)
    module, name = _named(config)
    where = f"backend {config.id!r}: provider {config.provider!r}"
    try:
        found: object = importlib.import_module(module)
    except Exception as error:
        raise ConfigurationError(f"{where} cannot be imported: {_said(error)}") from error
    for part in name.split("."):
        if not hasattr(found, part):
            raise ConfigurationError(f"{where}: there is no {name} in {module}; name what is there")
        found = getattr(found, part)
    if not callable(found):
        raise ConfigurationError(f"{where} is no callable; name a function that makes a backend")
    try:
        made = cast("Callable[[BackendConfig], object]", found)(config)
    except ConfigurationError as error:
        raise ConfigurationError(f"backend {config.id!r}: {error}") from error
    except Exception as error:
        raise ConfigurationError(f"{where} failed: {_said(error)}") from error
    return _checked(made, config, where)


def _checked(made: object, config: BackendConfig, where: str) -> Backend:
    """Return what was made if it is a backend, and the one that was asked for."""
    missing = [name for name in _PARTS if not hasattr(made, name)]
    missing += [name for name in _METHODS if not callable(getattr(made, name, None))]
    if missing:
        raise ConfigurationError(
            f"{where} made no backend: {type(made).__name__} has no {missing[0]}; "
            "see pytest_harness.backends.base.Backend"
        )
    backend = cast("Backend", made)
    if backend.id != config.id:
        raise ConfigurationError(
            f"{where} made a backend called {backend.id!r}; give it the id of its configuration"
        )
    return backend


def _named(config: BackendConfig) -> tuple[str, str]:
    """Return module and callable; raises `ConfigurationError` if they are not written as such."""
    module, _, name = config.provider.partition(":")
    if not all(re.fullmatch(r"[^\W\d]\w*(\.[^\W\d]\w*)*", each) for each in (module, name)):
        raise ConfigurationError(
            f"backend {config.id!r}: provider {config.provider!r} does not say where it is; "
            'write it like "package.module:callable"'
        )
    return module, name


def _is_there(module: str) -> bool:
    """Look for a module without importing the packages around it."""
    top, *below = module.split(".")
    try:
        spec = importlib.util.find_spec(top)
    except ValueError:
        return False
    name = top
    for each in below:
        if spec is None or spec.submodule_search_locations is None:
            return False
        name = f"{name}.{each}"
        spec = PathFinder.find_spec(name, spec.submodule_search_locations)
    return spec is not None


def _said(error: Exception) -> str:
    """Return an error as one sentence."""
    return " ".join(f"{type(error).__name__}: {error}".split())
