"""Whether backends could run here, found out without spending anything."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from pytest_harness.backends.base import Backend, Probe
from pytest_harness.backends.registry import Overrides
from pytest_harness.backends.setup import load_catalog
from pytest_harness.runtime import Runner, Supervisor
from pytest_harness.runtime.base import Runtime, RuntimeProbe
from pytest_harness.runtime.place import Place


def probe_backends(names: Sequence[str], config: Path | None) -> list[Probe]:
    """Probe backends, each ``BACKEND`` or ``BACKEND@MODEL``; with no name, all that are known.

    Raises `ConfigurationError` for an unknown backend or a wrong ``harness.toml``.
    """
    catalog = load_catalog(Path.cwd(), config, os.environ)
    wanted = [name.partition("@") for name in names or catalog.names]
    backends = [catalog.make(name, model or None, Overrides()) for name, _, model in wanted]
    with Supervisor() as supervisor:
        probes = []
        for (name, _, _), backend in zip(wanted, backends, strict=True):
            runtime = catalog.runtime(name, backend, None)
            look = partial(runtime.probe, supervisor, os.environ)
            probes.append(probe_in(runtime, look, backend, supervisor, os.environ))
        return probes


def probe_in(
    runtime: Runtime,
    look: Callable[[], RuntimeProbe],
    backend: Backend,
    runner: Runner,
    environment: Mapping[str, str],
) -> Probe:
    """Ask whether a backend could run in a runtime, inside where its program is not here.

    ``look`` says whether the runtime can be had, and is called in that case only. Raises
    `SupervisorError` if it cannot be entered.
    """
    if runtime.host_programs:
        return backend.probe(runner, environment)
    found = look()
    if not found.ready:
        return Probe(
            backend=backend.id,
            provider=backend.provider,
            ready=False,
            missing=f"the runtime {runtime.name} cannot be had: {found.missing}",
            remedy=found.remedy,
        )
    with tempfile.TemporaryDirectory(prefix="harness-probe-") as directory:
        place = Place(workspace=Path(directory, "workspace"), scratch=Path(directory, "scratch"))
        for path in place.writable:
            path.mkdir()
        with runtime.enter(place, runner) as inside:
            return backend.probe(inside, environment)
