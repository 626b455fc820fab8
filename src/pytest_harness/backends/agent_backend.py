"""The backend behind every agent program: an adapter, and how it is configured."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pytest_harness.backends.adapter import Access, Adapter, Setup
from pytest_harness.backends.base import Missing, Probe, ProposalRequest
from pytest_harness.backends.driver import drive
from pytest_harness.backends.finding import find, not_found
from pytest_harness.backends.program import Identity, identity, span, untested
from pytest_harness.records import ProposalRecord
from pytest_harness.runtime.environment import base_environment
from pytest_harness.runtime.process import Runner
from pytest_harness.runtime.profile import host_environment
from pytest_harness.vocabulary import Lack, RuntimeMode

_VARIABLE = re.compile(r"\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentBackend:
    """Lets the program of an adapter edit the workspace."""

    adapter: Adapter
    """The provider."""
    setup: Setup
    """How it is configured."""
    runtime: str = RuntimeMode.PROFILE
    """Where it runs."""
    timeout: float = 600.0
    """Seconds for one proposal."""
    max_concurrency: int | None = None
    """How many may run at once on this machine."""

    @property
    def id(self) -> str:
        """Backend id."""
        return self.setup.id

    @property
    def provider(self) -> str:
        """The adapter's name."""
        return self.adapter.name

    @property
    def model(self) -> str | None:
        """The model; ``None`` leaves it to the program."""
        return self.setup.model

    def settings(self) -> Mapping[str, str]:
        """All settings that a result depends on, as text; names of variables, never values."""
        return {
            "provider": self.provider,
            "model": self.model or "",
            "runtime": self.runtime,
            **{f"command.{at}": each for at, each in enumerate(self.setup.command)},
            **{f"env.{at}": each for at, each in enumerate(sorted(self.setup.env))},
            **self.setup.options.settings(),
        }

    def probe(self, runner: Runner, environment: Mapping[str, str]) -> Probe:
        """Say whether a proposal could be started here. Asks no model anything."""
        setup, program = self.setup, self.adapter.program
        argv = find(self.adapter, setup, environment)
        if argv is None:
            return self._probe(
                Access(missing=not_found(self.adapter, setup, environment), lacks=Lack.PROGRAM)
            )
        told = self._identity(argv, environment, runner)
        if told.version is None:
            where = f" in {setup.elsewhere}" if setup.elsewhere else ""
            missing = Missing(f"{told.wrong}{where}", f"install it{where}: {program.install}")
            return self._probe(Access(missing=missing, lacks=Lack.PROGRAM), program=argv[0])
        access = self.adapter.access(setup, environment)
        odd = untested(program, told.version)
        notes = (*access.notes, *_empty(access, environment), *([odd] if odd else []))
        return self._probe(
            dataclasses.replace(access, notes=notes), program=argv[0], version=told.version
        )

    def propose(self, request: ProposalRequest) -> ProposalRecord:
        """Let the program edit the workspace and tell what happened."""
        return drive(self, request)

    def _identity(
        self, argv: tuple[str, ...], environment: Mapping[str, str], runner: Runner
    ) -> Identity:
        """Ask for the version, before there is a workspace."""
        program, elsewhere = self.adapter.program, self.setup.elsewhere
        if elsewhere is None:
            return identity(program, argv, host_environment(environment), Path.cwd(), runner)
        env = base_environment(environment, Path("/tmp"), Path("/tmp"))  # noqa: S108
        return identity(program, argv, env, Path("/"), runner, elsewhere=elsewhere)

    def _probe(
        self, access: Access, *, program: str | None = None, version: str | None = None
    ) -> Probe:
        """Make a probe: ready where nothing is missing."""
        missing = access.missing
        lowest, highest = self.adapter.program.tested
        return Probe(
            tested=span(lowest, highest),
            backend=self.id,
            provider=self.provider,
            ready=missing is None,
            program=program,
            version=version,
            credentials=access.names or (("login",) if access.login else ()),
            missing=missing.what if missing else "",
            remedy=missing.remedy if missing else "",
            lacks=(access.lacks or Lack.KEY) if missing else None,
            notes=access.notes,
        )


def _empty(access: Access, environment: Mapping[str, str]) -> list[str]:
    """Name the variables that are to be set, and that are set to nothing: a lost secret of CI."""
    words = _VARIABLE.findall(" ".join(access.missing or ()))
    names = [name for name in dict.fromkeys(words) if environment.get(name) == ""]
    return [f"the variable {name} is set, but empty" for name in names]
