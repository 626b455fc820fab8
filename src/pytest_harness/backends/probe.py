"""Whether backends could run here, found out without spending anything unless that is asked for."""

from __future__ import annotations

import dataclasses
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pytest_harness.backends.base import Backend, Probe
from pytest_harness.backends.registry import Catalog, Overrides
from pytest_harness.backends.setup import load_catalog
from pytest_harness.backends.trial_run import Turn, TurnResult, take_turn
from pytest_harness.errors import ConfigurationError
from pytest_harness.runtime import Runner, Supervisor
from pytest_harness.runtime.base import Runtime, RuntimeProbe
from pytest_harness.runtime.place import Place
from pytest_harness.runtime.registry import make_runtime
from pytest_harness.runtime.settings import RuntimeSettings
from pytest_harness.vocabulary import RuntimeMode


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendReport:
    """All that was found out about a backend."""

    probe: Probe
    """Whether it could run."""
    runtimes: tuple[str, ...] = ()
    """Runtimes in which it could run here; none if its program is not here."""
    turn: TurnResult | None = None
    """How a turn went, if one was taken."""


def probe_backends(
    names: Sequence[str], config: Path | None, turn: Turn | None = None
) -> list[BackendReport]:
    """Probe backends, each ``BACKEND`` or ``BACKEND@MODEL``; with no name, all that are known.

    With ``turn`` those that have what it takes then work for one turn. Raises `ConfigurationError`
    for an unknown backend, a script that cannot be followed, or a wrong ``harness.toml``.
    """
    catalog = load_catalog(Path.cwd(), config, os.environ)
    wanted = [name.partition("@") for name in names or catalog.shown]
    for name, _, model in wanted:
        catalog.check(name)
        catalog.check_script(name, model or None)
    backends = [catalog.make(name, model or None, Overrides()) for name, _, model in wanted]
    with Supervisor() as supervisor:
        possible = _possible(catalog, supervisor)
        reports = []
        for (name, at, model), backend in zip(wanted, backends, strict=True):
            runtime = catalog.runtime(name, backend, None)
            look = partial(runtime.probe, supervisor, os.environ)
            probe = probe_in(runtime, look, backend, supervisor, os.environ)
            # A scripted model needs the program, and no credentials.
            able = probe.ready or (turn is Turn.LIVE and probe.version is not None)
            result = None
            if turn is not None and able:
                result = take_turn(turn, backend, runtime, supervisor, os.environ)
            here = probe.ready or probe.version is not None
            # As it was named: one backend may be asked about with several models.
            probe = dataclasses.replace(probe, backend=f"{name}{at}{model}")
            reports.append(
                BackendReport(probe=probe, runtimes=possible if here else (), turn=result)
            )
        return reports


def _possible(catalog: Catalog, supervisor: Supervisor) -> tuple[str, ...]:
    """Return the runtimes that can be had here, each with the settings that it would get."""
    found: list[str] = []
    for name in (*RuntimeMode, *catalog.runtimes):
        try:
            settings = catalog.config.runtimes.get(name) or RuntimeSettings(mode=name)
            runtime = make_runtime(settings, catalog.runtimes)
        except ConfigurationError:
            continue  # It needs settings that nobody gave, such as an image.
        if runtime.probe(supervisor, os.environ).ready:
            found.append(name)
    return tuple(found)


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
