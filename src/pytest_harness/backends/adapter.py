"""What the driver needs to know of a provider: the one protocol that all adapters speak."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pytest_harness.backends.options import AgentOptions
from pytest_harness.errors import BackendError
from pytest_harness.vocabulary import Fault

if TYPE_CHECKING:
    from pytest_harness.backends.base import Missing, ProposalRequest
    from pytest_harness.backends.events import Event
    from pytest_harness.backends.program import Program
    from pytest_harness.backends.transcript import Transcript
    from pytest_harness.runtime.process import Conversation, ProcessResult
    from pytest_harness.runtime.profile import Profile
    from pytest_harness.vocabulary import Lack

SCRIPTED_KEY = "SCRIPTED_MODEL_KEY"
"""Variable with the key for a scripted model, which takes any."""
NO_KEY = "no-key"
"""Its value: no word of a sentence, because a program may hide it in all that it prints."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """How a backend is configured."""

    id: str
    """The backend's id."""
    model: str | None = None
    """The model; ``None`` leaves it to the program."""
    command: tuple[str, ...] = ()
    """Program and first arguments; empty looks for the provider's own."""
    env: tuple[str, ...] = ()
    """Names of further variables that are let through."""
    elsewhere: str | None = None
    """Where its program is, if that is not this machine."""
    options: AgentOptions = field(default_factory=AgentOptions)
    """Everything else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """With what a program reaches its model."""

    names: tuple[str, ...] = ()
    """Variables with credentials, which the program gets; never values."""
    login: Path | None = None
    """File with the user's login, if that is what is used."""
    missing: Missing | None = None
    """What is missing, if anything is."""
    lacks: Lack | None = None
    """Its kind."""
    notes: tuple[str, ...] = ()
    """Anything else worth knowing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What is ready when a program is about to be started for one proposal."""

    request: ProposalRequest
    """The proposal: workspace, prompt, time limit, scratch directory."""
    setup: Setup
    """How the backend is configured."""
    argv: tuple[str, ...]
    """The command line that starts the program, as it was found."""
    version: str
    """What the program says of itself."""
    access: Access
    """With what it reaches its model."""
    profile: Profile | None
    """Its own fresh home; ``None`` where it gets the user's."""
    env: Mapping[str, str]
    """Its environment as far as it is the same for every program: paths, harmless variables, the
    variables that were named and those of ``access``."""

    @property
    def options(self) -> AgentOptions:
        """The backend's options."""
        return self.setup.options

    @property
    def workspace(self) -> Path:
        """The directory to change, absolute and real."""
        return self.request.workspace

    @property
    def prompt(self) -> bytes:
        """All that the agent is told; what no text may hold is a question mark."""
        return self.request.prompt.encode("utf-8", "replace")

    @property
    def directories(self) -> tuple[Path, ...]:
        """The directories from the workspace down to the one in which the program starts."""
        parts = Path(self.options.cwd or "").parts
        return tuple(self.workspace.joinpath(*parts[:at]) for at in range(len(parts) + 1))

    @property
    def directory(self) -> Path:
        """The directory in which the program starts."""
        return self.directories[-1]

    @property
    def patience(self) -> float:
        """Seconds that the model's server may be silent: a quarter of the proposal's time."""
        return min(300.0, max(10.0, self.request.timeout / 4))

    def need_own_home(self, names: Iterable[str], title: str) -> None:
        """Raise `BackendError` if options called ``names``, which stand in settings, are given.

        In the runtime ``host`` the settings of the program are the user's own.
        """
        given = [name for name in names if name in self.options.given()]
        if given and self.profile is None:
            raise BackendError(
                Fault.UNSUPPORTED,
                f"{given[0]} stands in the settings of {title}, which are your own in the runtime"
                " host; choose the runtime profile, or leave it out",
            )

    @property
    def keys(self) -> dict[str, str]:
        """The credentials by the variables of ``access``.

        In the runtime ``host`` they need not be in ``env``: names that look like ours are left out.
        """
        return {name: self.request.environment[name] for name in self.access.names}

    @property
    def key(self) -> str | None:
        """The first of them, which is the only one for most programs."""
        return next(iter(self.keys.values()), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """How the program is started for one proposal."""

    argv: tuple[str, ...]
    """Its command line."""
    env: Mapping[str, str]
    """Its whole environment."""
    stdin: bytes | None = None
    """What it reads, if nobody speaks with it."""
    conversation: Conversation | None = None
    """Who speaks with it."""
    secrets: tuple[str, ...] = ()
    """Values that must not be written down, beside credentials in variables."""
    readable: tuple[Path, ...] = ()
    """What it reads beside its own files and `AgentOptions.extra_dirs`, where a runtime shows only
    what is named."""
    addresses: tuple[str, ...] = ()
    """Addresses that it asks beside `AgentOptions.base_url`, so that those on this machine are
    reachable."""
    silence: float | None = None
    """Seconds without output after which it hangs; ``None`` for no such limit."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a proposal speaks of the agent."""

    completed: bool
    """Whether the turn was finished."""
    fault: Fault | None = None
    """Why it says nothing about the agent."""
    reason: str = ""
    """One sentence about what went wrong."""


class Parser(Protocol):
    """Reads what one run of a program prints. Its memory is bounded."""

    def parse(self, line: bytes, seen: float) -> Sequence[Event]:
        """Read one line of standard output; ``seen`` is in seconds since the start.

        What is not understood becomes an event as well; nothing raises.
        """
        ...

    def finish(self, result: ProcessResult) -> Sequence[Event]:
        """Return what is known once the program has ended, from files that it wrote."""
        ...


class Adapter(Protocol):
    """A provider: how one program is started, read and judged."""

    @property
    def name(self) -> str:
        """The provider's name: ``claude-cli``."""
        ...

    @property
    def program(self) -> Program:
        """Its program."""
        ...

    def check(self, setup: Setup) -> None:
        """Raise `ConfigurationError` for values and combinations that cannot be honoured."""
        ...

    def access(self, setup: Setup, environment: Mapping[str, str]) -> Access:
        """Say with what the program would reach its model. Spends nothing."""
        ...

    def scripted(self, setup: Setup, root: str) -> Setup:
        """Return a setup that asks the scripted model at ``root``, ``http://127.0.0.1:PORT``.

        The key is in the variable `SCRIPTED_KEY`. The model is one with which the program offers
        its usual tools.
        """
        ...

    def launch(self, room: Room) -> AbstractContextManager[Launch]:
        """Write the program's settings, make its command line, and clean up afterwards.

        Raises `BackendError` when the program could not do what is asked.
        """
        ...

    def parser(self, room: Room) -> Parser:
        """Return a parser for one run."""
        ...

    def classify(self, message: str) -> Fault | None:
        """Return what a failed turn's message says of the reason; ``None``: the agent's own."""
        ...

    def explain(self, result: ProcessResult) -> tuple[Fault | None, str]:
        """Return class and reason where the program ended without asking its model."""
        ...

    def judge(self, transcript: Transcript) -> Verdict:
        """Judge a finished turn: some programs call one finished in which nothing worked."""
        ...
