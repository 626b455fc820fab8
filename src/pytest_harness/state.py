"""What one pytest process knows of its harness session.

Made in ``pytest_configure`` for next to nothing; everything heavy is made when the first cell is
wanted.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import sys
import uuid
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_harness._compat import base_temporary
from pytest_harness.endings import Ending
from pytest_harness.errors import ConfigurationError, HarnessError, RunInUseError
from pytest_harness.matrix import MODEL_BACKEND, PlannedCell, pair
from pytest_harness.plain_models import is_nameless, with_selectors
from pytest_harness.run_names import LATEST, MAIN, new_run_name
from pytest_harness.settings import BackendRef, Layer, Settings, read_settings, spelt_scripts

if TYPE_CHECKING:
    from pytest_harness.allowance.account import Policy
    from pytest_harness.backends.base import Backend
    from pytest_harness.backends.cassette import Library
    from pytest_harness.backends.registry import Catalog
    from pytest_harness.cell import Workshop
    from pytest_harness.ledger import RunWriter
    from pytest_harness.model.grading import ProjectGraders
    from pytest_harness.redaction import Vault
    from pytest_harness.runtime.base import Runtime


class HarnessState:
    """One process's part of a session."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.settings: Settings = read_settings(config, os.environ)
        """What was given; `ConfigurationError` if it cannot be read."""
        given: Mapping[str, str] = getattr(config, "workerinput", {})
        self.worker: str = given.get("workerid", MAIN)
        """This process: `MAIN`, or the name of an xdist worker."""
        self.session: str = given.get("harness_session") or uuid.uuid4().hex
        """The session, the same in all its processes."""
        self.run_name: str = given.get("harness_run") or self._name_run()
        """The run's name, the same in all processes."""
        self.environment: dict[str, str] = dict(os.environ)
        """The environment of backends, env files included."""
        self.ending = Ending(config, is_worker=self.is_worker)
        """How the session ends early."""
        self.local_notes: tuple[str, ...] = ()
        """Sentences about servers of models on this machine."""
        self.refusal: str | None = None
        """Why no cell may run in this process, in one sentence."""
        self._catalog: Catalog | None = None
        self._vault: Vault | None = None
        self._writer: RunWriter | None = None
        self._workshop: Workshop | None = None
        self._recordings: Library | None = None
        self._graders: ProjectGraders | None = None
        self._local_models: tuple[BackendRef, ...] | None = None
        if "harness_local" in given:
            names = given["harness_local"].split("\n")
            self._local_models = tuple(BackendRef(MODEL_BACKEND, name) for name in names if name)
        self._open = ExitStack()
        self._cleans_up = False

    @property
    def root(self) -> Path:
        """The project's root directory."""
        return self.config.rootpath

    @property
    def run(self) -> Path:
        """The run's directory; it need not exist."""
        return self.root / (self.settings.run.dir or ".harness") / "runs" / self.run_name

    @property
    def is_worker(self) -> bool:
        """Whether this process is a worker of xdist."""
        return self.worker != MAIN

    @property
    def has_run(self) -> bool:
        """Whether the run has begun, in whichever session."""
        return (self.run / "run.json").is_file()

    @property
    def resume(self) -> bool:
        """Whether the run may exist already."""
        return bool(self.settings.run.resume)

    @property
    def selfcheck(self) -> bool:
        """Whether targets are examined, in place of the user's tests."""
        return bool(self.settings.run.selfcheck)

    @property
    def unnamed(self) -> bool:
        """Whether neither option, variable, ini nor ``harness.toml`` names a backend."""
        return (
            self.settings.forced.backend is None
            and self.settings.ini.backend is None
            and self.catalog.config.default_backend is None
        )

    @property
    def defaulted(self) -> bool:
        """Whether nothing outside decorators names a backend, so that it is the free one."""
        return not self.selfcheck and self.unnamed and not self.settings.run.include_local

    @property
    def catalog(self) -> Catalog:
        """All backends; `ConfigurationError` if ``harness.toml`` is wrong."""
        if self._catalog is None:
            from pytest_harness.backends.setup import load_catalog

            given = self.settings.run.config
            self._catalog = load_catalog(
                self.root,
                Path(given) if given else None,
                self.environment,
                self._offered(self.config.hook.pytest_harness_backends, "backend"),
                self._offered(self.config.hook.pytest_harness_runtimes, "runtime"),
            )
        return self._catalog

    def validate(self) -> None:
        """Check all that can be checked before collection; raises `HarnessError`."""
        from pytest_harness.validation import check_session

        for file in self.settings.run.env_file or ():
            from pytest_harness.environment_file import read_environment_file

            self.environment.update(read_environment_file(self.root / file))
        check_session(self)

    def _library(self, directory: str | None) -> Library | None:
        """Return the recordings below a directory, the same ones at each call."""
        if directory is None:
            return None
        if self._recordings is None:
            from pytest_harness.backends.cassette import Library

            self._recordings = Library(self.root / directory)
        return self._recordings

    def layer(self, decorator: Layer) -> Layer:
        """Resolve the settings of one target."""
        layer = spelt_scripts(self.settings.for_target(decorator), self.root)
        default = self.catalog.config.default_backend
        named = (self.settings.forced.backend, decorator.backend, self.settings.ini.backend)
        unnamed = all(each is None for each in named)
        if default is not None and unnamed:
            layer = Layer(backend=(BackendRef(default),)).over(layer)
        layer = with_selectors(self.catalog, layer)
        if not layer.include_local:
            return layer
        refs = () if default is None and unnamed else pair(layer)
        if self.local_models:
            # Who names no model means those that are found.
            refs = tuple(ref for ref in refs if not is_nameless(self.catalog, ref))
        both = tuple(dict.fromkeys((*refs, *self.local_models)))
        return dataclasses.replace(layer, backend=both, model=None)

    @property
    def local_models(self) -> tuple[BackendRef, ...]:
        """The models of servers on this machine that were asked for, found once per session."""
        if self._local_models is None:
            from pytest_harness.model.local.discovery import discover

            run = self.settings.run
            found = discover(
                self.catalog.config.models.vendors, self.environment, run.max_local_models
            )
            self.local_notes = found.notes
            self._local_models = tuple(
                BackendRef(MODEL_BACKEND, str(each)) for each in found.models
            )
        return self._local_models

    def backend(self, cell: PlannedCell) -> Backend:
        """Make the backend of a cell."""
        from pytest_harness.backends.registry import Overrides

        traffic = self.settings.run.record_traffic
        overrides = Overrides(
            runtime=cell.layer.runtime,
            oss=cell.layer.oss,
            local_provider=cell.layer.local_provider,
            record=self._library(self.settings.run.record),
            replay=self._library(self.settings.run.replay),
            record_traffic=None if traffic is None else self.root / traffic,
            format=cell.point.format,
            validator=cell.layer.validator,
            step_judge=cell.layer.step_judge,
            keep_local=bool(cell.layer.keep_local),
        )
        return self.catalog.make(cell.point.backend, cell.point.model, overrides)

    def runtime(self, cell: PlannedCell, backend: Backend) -> Runtime:
        """Make the runtime of a cell."""
        return self.catalog.runtime(cell.point.backend, backend, cell.layer.runtime)

    @property
    def vault(self) -> Vault:
        """What is kept out of everything that this process writes or shows."""
        if self._vault is None:
            from pytest_harness.redaction import Vault

            self._vault = Vault.of(self.environment, self.settings.run.secrets or ())
        return self._vault

    @property
    def writer(self) -> RunWriter:
        """The run's writer, opened; `LedgerError` if the run cannot be written."""
        if self._writer is None:
            from pytest_harness.ledger import RunWriter

            writer = RunWriter(self.run, self.session, self.worker, self.vault)
            writer.open(resume=self.resume)
            self._open.callback(writer.close)
            self._writer = writer
        return self._writer

    @property
    def graders(self) -> ProjectGraders:
        """The models that grade results."""
        if self._graders is None:
            from pytest_harness.model.grading import ProjectGraders

            self._graders = ProjectGraders(
                self.catalog.config.models,
                self.environment,
                self.vault,
                self.settings.run.grader,
                ending=lambda: self.ending.interrupts.ending,
            )
            self._open.callback(self._graders.close)
        return self._graders

    @property
    def workshop(self) -> Workshop:
        """What computes cells; made on the first call."""
        if self._workshop is None:
            self._workshop = self._make_workshop()
        return self._workshop

    def sweep(self) -> None:
        """Append to the ledger what a process that died could not, if the run is ours."""
        if self._writer is not None or self.has_run:
            self.writer.sweep()

    def watch_workers(self, terminal: int | None) -> None:
        """Be the controller of workers that compute cells: it ends and cleans up for all."""
        self.ending.begin(None, terminal)
        if not self._cleans_up:
            self._cleans_up = True
            self._claim_temporary()

    def close(self) -> None:
        """End all that this process holds."""
        try:
            self._open.close()
        finally:
            self.ending.interrupts.restore()

    @property
    def _temporary(self) -> Path:
        """The directory that all processes of this session stage their cells below."""
        base = Path(os.path.realpath(base_temporary(self.config)))
        return (base.parent if self.is_worker else base) / "harness"

    def _claim_temporary(self) -> Path:
        """Make the directory, hold it, and remove those that nobody holds any more."""
        from pytest_harness.leftovers import claim, sweep

        temporary = self._temporary
        lock = claim(temporary)
        self._open.callback(lock.release)
        if not self.is_worker:
            with contextlib.suppress(HarnessError, OSError):  # the next session tries it again
                sweep(temporary.parent.parent)
            self._open.callback(self._remove_temporary)
        return temporary

    def _remove_temporary(self) -> None:
        from pytest_harness.workspace import remove_tree

        remove_tree(self._temporary)

    def _make_workshop(self) -> Workshop:
        from pytest_harness.allowance.account import Account
        from pytest_harness.cell import Workshop
        from pytest_harness.runtime import Supervisor, stop_with
        from pytest_harness.workspace import Repositories

        supervisor = self._open.enter_context(Supervisor(self.vault))
        interrupts = self.ending.interrupts
        interrupts.on_first(lambda _number: supervisor.halt())
        temporary = self._claim_temporary()
        if self.is_worker:
            stop_with(os.getppid(), lambda: os._exit(1))
        else:
            interrupts.on_last(supervisor.close)
            interrupts.on_last(self._remove_temporary)
        account = Account(self.writer, self._policy())
        self._open.callback(account.close)
        return Workshop(
            writer=self.writer,
            runner=supervisor,
            account=account,
            sweep=supervisor.sweep,
            repositories=Repositories(temporary / "repositories", supervisor),
            environment=self.environment,
            graders=self.graders if self.catalog.config.models.graders else None,
            temporary=temporary,
            ending=lambda: interrupts.ending,
        )

    def _policy(self) -> Policy:
        from pytest_harness.allowance.account import Policy
        from pytest_harness.allowance.caps import Caps

        run = self.settings.run
        return Policy(
            caps=Caps(cost=run.max_cost, tokens=run.max_tokens, duration=run.max_duration),
            max_faults=run.max_faults or 0,
            allow_unknown_cost=bool(run.allow_unknown_cost),
        )

    def _name_run(self) -> str:
        run = self.settings.run
        if run.run_name is not None:
            return run.run_name
        latest = self.root / (run.dir or ".harness") / "runs" / LATEST
        if run.resume and latest.is_symlink():
            return latest.readlink().name
        return new_run_name(datetime.now(UTC))

    def _offered(self, hook: Callable[..., Any], what: str) -> dict[str, Any]:
        """Ask other plugins what they bring."""
        found: dict[str, Any] = {}
        for mapping in hook(config=self.config):
            for name, factory in mapping.items():
                if name in found:
                    raise ConfigurationError(
                        f"two plugins offer a {what} {name!r}; disable one of them"
                    )
                found[name] = factory
        return found


def make_state(config: pytest.Config) -> HarnessState:
    """Return this process's state; made and checked on the first call.

    Raises `HarnessError` if what was given is wrong.
    """
    state = config.stash.get(STATE, None)
    if state is None:
        state = HarnessState(config)
        try:
            state.validate()
        except (RunInUseError, ConfigurationError) as error:
            # The controller found the run free and all files right, so another session was quicker
            # to take it, or a file was changed. A worker must not raise here; the tests of cells
            # say it.
            if not state.is_worker:
                raise
            state.refusal = str(error)
        config.stash[STATE] = state
    return state


def state_of(config: pytest.Config) -> HarnessState:
    """Return the state that `make_state` made."""
    return config.stash[STATE]


def close_state(config: pytest.Config) -> None:
    """Let go of all that this process holds, if there is a state."""
    state = config.stash.get(STATE, None)
    if state is None:
        return
    try:
        state.close()
    except HarnessError as error:
        # The session is over; where its directory is of no use any more, the tests have said so.
        if state.refusal is None:
            sys.stderr.write(f"pytest-harness: {state.vault.hide(str(error))}\n")


STATE: pytest.StashKey[HarnessState] = pytest.StashKey()
"""On the configuration: this process's state."""
