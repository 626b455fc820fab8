"""What is checked before anything runs: the settings of a session, and the cells of a target."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pytest_harness.backends.script_files import is_script
from pytest_harness.errors import ConfigurationError
from pytest_harness.matrix import MODEL_BACKEND, PlannedCell, pair
from pytest_harness.run_names import check_run_name
from pytest_harness.settings import Layer
from pytest_harness.vocabulary import NESTED

if TYPE_CHECKING:
    from pytest_harness.state import HarnessState


def check_session(state: HarnessState) -> None:
    """Check all that can be checked before collection; raises `HarnessError`."""
    settings, run = state.settings, state.settings.run
    if state.selfcheck:
        from pytest_harness.selfcheck_settings import check_settings

        check_settings(settings)
    if run.include_local and not state.is_worker and not state.local_models and state.unnamed:
        raise ConfigurationError(
            "--harness-include-local found no model on this machine and no backend is named; "
            "start a server, such as ollama serve, or give --harness-backend"
        )
    if _names_backends(state):
        for ref in state.layer(Layer()).backend or ():
            state.catalog.check(ref.id)
    _check_models(state)
    if run.runtime is not None:
        state.catalog.check_runtime(run.runtime)
    _check_recordings(state)
    _check_plain_models(state)
    if run.require_real and state.defaulted:
        raise ConfigurationError(
            "harness_require_real is set and no backend is named; "
            "give --harness-backend or HARNESS_BACKEND"
        )
    if run.max_cost is not None and not _any_cost(state) and _names_backends(state):
        for ref in pair(state.layer(Layer())):
            state.catalog.refuse_unknown_cost(ref.id, ref.model)
    if run.run_name is not None:
        check_run_name(run.run_name)
    if run.run_name is not None or run.resume or settings.forced.dir is not None:
        from pytest_harness.ledger import check_free

        check_free(state.run, state.session, resume=state.resume)


def check_cells(state: HarnessState, cells: Sequence[PlannedCell]) -> None:
    """Raise `ConfigurationError` if a cell names something unknown or forbidden."""
    for runtime in {cell.layer.runtime for cell in cells} - {None}:
        state.catalog.check_runtime(str(runtime))
    for name, model in sorted({(cell.point.backend, cell.point.model) for cell in cells}, key=str):
        state.catalog.check(name)
        state.catalog.check_script(name, model)
        provider = state.catalog.provider(name)
        if NESTED in os.environ and not (provider and provider.free):
            raise ConfigurationError(
                f"backend {name!r} is refused because a check of another cell runs this "
                "pytest; use fake there"
            )
    pairs = {(cell.point.backend, cell.layer.runtime) for cell in cells}
    for name, runtime in sorted(pairs, key=str):
        state.catalog.check_runtime_of(name, runtime)
    if state.settings.run.max_cost is not None:
        for cell in cells:
            check_cost(state, cell)
    recorded = state.settings.run.record_traffic is not None
    # Trials of one point have one backend.
    points = {dataclasses.replace(cell.point, trial=1): cell for cell in cells}
    for cell in points.values():
        if recorded or cell.point.format is not None:
            backend = state.backend(cell)
            if cell.point.format is not None and backend.model is None:
                raise ConfigurationError(
                    f"backend {backend.id!r} needs a model; name one with "
                    "--harness-model=VENDOR:MODEL"
                )


def check_cost(state: HarnessState, cell: PlannedCell) -> None:
    """Raise `ConfigurationError` if a cap on cost cannot hold for a cell, and must."""
    if not _any_cost(state):
        state.catalog.refuse_unknown_cost(cell.point.backend, cell.point.model)


def _check_models(state: HarnessState) -> None:
    """Check how models are paired, and the scripts that stand in their place."""
    forced, layer = state.settings.forced, state.layer(Layer())
    refs = (layer.backend or ()) if forced.model is None else pair(layer)
    for model in filter(is_script, layer.model or ()):
        state.catalog.check_script_files(model)
    if forced.backend is None:
        return  # targets may name one of their own
    scripts = [ref for ref in refs if state.catalog.script(ref.id, ref.model)]
    for ref in scripts:
        state.catalog.check_script(ref.id, ref.model)
    if scripts and forced.oss:
        raise ConfigurationError(
            f"--harness-oss asks a model of this machine and {scripts[0]} follows a script; "
            "leave one of them out"
        )


def _check_plain_models(state: HarnessState) -> None:
    """Check what is said of plain models: formats, reviews, graders, the baseline."""
    run, forced = state.settings.run, state.settings.forced
    backends = state.layer(Layer()).backend or ()
    plain = [ref for ref in backends if state.catalog.is_plain(ref.id)]
    for name, value in (
        ("format", forced.format),
        ("validator", forced.validator),
        ("step-judge", forced.step_judge),
    ):
        if value is not None and not plain and (forced.backend or name == "format"):
            raise ConfigurationError(
                f"--harness-{name} needs the backend {MODEL_BACKEND!r}, "
                f"not {','.join(map(str, backends))}; leave it out"
            )
    if plain:
        from pytest_harness.backends.registry import Overrides

        reviews = Overrides(validator=run.validator, step_judge=run.step_judge)
        for ref in pair(state.layer(Layer())) if forced.model else plain:
            state.catalog.make(ref.id, ref.model, reviews)
    elif run.validator is not None:
        from pytest_harness.model.validator_file import read_validator

        read_validator(run.validator, state.root)
    if run.grader is not None and run.grader not in state.catalog.config.models.graders:
        raise ConfigurationError(
            f"--harness-grader: there is no [graders.{run.grader}] in harness.toml; declare it"
        )
    if run.fail_on_regression and run.baseline is None:
        raise ConfigurationError(
            "--harness-fail-on-regression compares with an earlier run; "
            "name it with --harness-baseline"
        )
    if run.baseline is not None:
        from pytest_harness.ledger import find_run

        found = find_run(state.root / (run.dir or ".harness"), run.baseline)
        if found == state.run:
            raise ConfigurationError(
                f"--harness-baseline={run.baseline} is the run itself; name an earlier one"
            )


def _names_backends(state: HarnessState) -> bool:
    """Whether backends are named outside of decorators and ini."""
    named = state.settings.run.config or state.settings.forced.backend
    return bool(named) or (state.root / "harness.toml").exists()


def _any_cost(state: HarnessState) -> bool:
    """Whether a backend may run that nobody knows the cost of; a replay has none."""
    run = state.settings.run
    return bool(run.allow_unknown_cost) or run.replay is not None


def _check_recordings(state: HarnessState) -> None:
    """Check the directories of recordings."""
    run = state.settings.run
    given = (run.record, run.replay, run.record_traffic)
    if all(each is None for each in given):
        return
    from pytest_harness.backends.recordings import check_directories

    check_directories(state.root, *given)
