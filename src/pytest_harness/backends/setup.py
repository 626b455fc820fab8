"""The catalog of backends of a project."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pytest_harness.backends.registry import PROVIDERS, BackendFactory, Catalog, provider_of
from pytest_harness.backends.script_files import is_script
from pytest_harness.config import HarnessConfig, read_config
from pytest_harness.runtime.base import RuntimeFactory

CONFIG_FILE = "harness.toml"
"""Looked for in the root directory unless another file is named."""


def load_catalog(
    root: Path,
    config: Path | None,
    environ: Mapping[str, str],
    extra: Mapping[str, BackendFactory] | None = None,
    runtimes: Mapping[str, RuntimeFactory] | None = None,
) -> Catalog:
    """Read ``harness.toml``, if there is one, and add backends and runtimes of other plugins.

    Raises `ConfigurationError` if the file is wrong, or if it was named and is not there.
    """
    path = root / (config or CONFIG_FILE)
    if config is None and not path.exists():
        return Catalog(HarnessConfig(), extra or {}, runtimes or {}, root)
    options = {name: provider.options for name, provider in PROVIDERS.items()}
    read = read_config(path, options, environ, runtimes or {})
    catalog = Catalog(read, extra or {}, runtimes or {}, root)
    for backend in read.backends.values():
        if is_script(backend.model) and backend.id not in catalog.extra:
            catalog.check_script(backend.id, None)
        else:
            provider_of(backend).check(backend)
    return catalog
