"""Whether backends could run here, found out without spending anything."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from pytest_harness.backends.base import Probe
from pytest_harness.backends.registry import Overrides
from pytest_harness.backends.setup import load_catalog
from pytest_harness.runtime import Supervisor


def probe_backends(names: Sequence[str], config: Path | None) -> list[Probe]:
    """Probe backends, each ``BACKEND`` or ``BACKEND@MODEL``; with no name, all that are known.

    Raises `ConfigurationError` for an unknown backend or a wrong ``harness.toml``.
    """
    catalog = load_catalog(Path.cwd(), config, os.environ)
    wanted = [name.partition("@") for name in names or catalog.names]
    backends = [catalog.make(name, model or None, Overrides()) for name, _, model in wanted]
    with Supervisor() as supervisor:
        return [backend.probe(supervisor, os.environ) for backend in backends]
