"""What every backend is, what it is asked, and what a probe says of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

from pytest_harness.redaction import Vault
from pytest_harness.runtime.environment import base_environment
from pytest_harness.vocabulary import Tool

if TYPE_CHECKING:
    from pytest_harness.inputs import Message
    from pytest_harness.records import Point, ProposalRecord
    from pytest_harness.runtime.base import Runtime
    from pytest_harness.runtime.place import Place
    from pytest_harness.runtime.process import Runner
    from pytest_harness.target import Solution
    from pytest_harness.vocabulary import Fault, Lack


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalRequest:
    """One proposal that a backend is asked for."""

    workspace: Path
    """The directory to change, absolute and real: the cell's staging path."""
    prompt: str
    """All that the agent is told."""
    round: int
    """From 1."""
    timeout: float
    """Seconds for the whole proposal."""
    artifacts: Path
    """Where ``stdout.jsonl``, ``stderr.txt`` and ``events.jsonl`` are written as they come."""
    scratch: Path
    """A directory of this proposal alone, outside the workspace, for homes and the like."""
    runner: Runner
    """Runs processes, in the runtime."""
    runtime: Runtime
    """Where ``runner`` runs them."""
    place: Place
    """What they may change there, and what they must not see."""
    environment: Mapping[str, str]
    """The session's environment, env file included; a backend passes on what it names."""
    vault: Vault = field(default_factory=Vault)
    """What is kept out of all that is written down; a backend adds the credentials it lends."""
    solution: Solution | None = None
    """The target's solution; for `fake` and its kin only."""
    cell: str = ""
    """The cell's key."""
    directory: str = ""
    """The cell's directory, below those of all cells, as the ledger names it."""
    attempt: int = 1
    """Which attempt at this round it is, from 1."""
    version: str | None = None
    """What the backend's program said of itself when it was probed."""
    ignore: tuple[str, ...] = ()
    """Patterns of what tools make in the workspace, which is no part of its content."""
    outside: Runner | None = None
    """Runs our own processes, such as git, on this machine; ``None`` where ``runner`` can."""
    point: Point | None = None
    """Where in the matrix the cell lies."""
    ending: Callable[[], bool] = field(default=lambda: False)
    """Says whether the session is to end."""
    objective: str = ""
    """The target's objective, without what `prompt` says beside it."""
    tools: tuple[Tool, ...] = tuple(Tool)
    """The tools that a plain model is offered."""
    commands: tuple[str, ...] | None = None
    """Programs that a plain model may run; ``None`` leaves it to its backend."""
    inputs: tuple[Message, ...] = ()
    """Messages that precede the objective, with absolute paths; a plain model gets the content of
    their files, agents' programs find the addresses in `prompt`."""

    def plain_environment(self) -> dict[str, str]:
        """Return the environment of a program without credentials; makes its home in `scratch`."""
        home, tmp = self.scratch / "home", self.scratch / "tmp"
        home.mkdir(exist_ok=True)
        tmp.mkdir(exist_ok=True)
        return base_environment(self.environment, home, tmp)


class Missing(NamedTuple):
    """What stands in the way of a proposal."""

    what: str
    """What is missing, in one sentence."""
    remedy: str
    """What to do about it, in one sentence that can be followed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """Whether a backend could run here, found out without spending anything."""

    backend: str
    """Backend id."""
    provider: str
    """Its adapter."""
    ready: bool
    """Whether a proposal could be started."""
    version: str | None = None
    """What the program says of itself."""
    program: str | None = None
    """Where the program was found."""
    tested: str = ""
    """The versions that were tested: one, or the lowest and the highest."""
    credentials: tuple[str, ...] = ()
    """Names of the credentials found, never values."""
    missing: str = ""
    """What is missing, in one sentence."""
    remedy: str = ""
    """What to do about it, in one sentence that can be followed."""
    lacks: Lack | None = None
    """What kind of thing is missing, for reports."""
    notes: tuple[str, ...] = ()
    """Anything else worth knowing: the local model is there, the version is untested."""
    led_to: tuple[str, ...] = ()
    """Addresses that variables give in place of the usual ones; results depend on them."""


def not_made(
    backend: Backend, request: ProposalRequest, fault: Fault, reason: str
) -> ProposalRecord:
    """Return the record of a proposal that was not made, which says nothing about the agent."""
    from pytest_harness.records import ProposalRecord

    return ProposalRecord(
        backend=backend.id,
        provider=backend.provider,
        model=backend.model,
        runtime=request.runtime.name,
        cwd=str(request.workspace),
        completed=False,
        fault=fault,
        reason=reason,
    )


@runtime_checkable
class Queued(Protocol):
    """A backend whose proposals take turns with those of others, such as of the same server."""

    @property
    def slot(self) -> str:
        """Name of what ``max_concurrency`` counts the proposals of."""
        ...


def slot_name(backend: Backend) -> str:
    """Return the name of what a backend's ``max_concurrency`` counts the proposals of."""
    return backend.slot if isinstance(backend, Queued) else backend.id


class Backend(Protocol):
    """Something that edits a workspace."""

    @property
    def id(self) -> str:
        """The backend's id, as on the command line."""
        ...

    @property
    def provider(self) -> str:
        """The adapter's name."""
        ...

    @property
    def model(self) -> str | None:
        """The model it will ask for; ``None`` leaves it to the program."""
        ...

    @property
    def runtime(self) -> str:
        """Name of the runtime that it is meant for, where nothing else is chosen."""
        ...

    @property
    def timeout(self) -> float:
        """Seconds for one proposal unless the target or the command line says otherwise."""
        ...

    @property
    def max_concurrency(self) -> int | None:
        """How many proposals may run at once on this machine; ``None`` for no limit."""
        ...

    def settings(self) -> Mapping[str, str]:
        """All settings that a result depends on, as text, for the fingerprint; no secret value."""
        ...

    def probe(self, runner: Runner, environment: Mapping[str, str]) -> Probe:
        """Say whether a proposal could be started here. Spends nothing."""
        ...

    def propose(self, request: ProposalRequest) -> ProposalRecord:
        """Edit ``request.workspace`` and tell what happened.

        Never raises for what an agent or a provider did: that is in the record.
        """
        ...
