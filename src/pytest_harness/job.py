"""What one cell's loop is given."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from pytest_harness.allowance.cell import Allowance, Unlimited
from pytest_harness.backends.base import Backend
from pytest_harness.backends.replaying import ReplayBackend
from pytest_harness.checks.base import Graders
from pytest_harness.phases import PhaseSeen
from pytest_harness.records import Evaluation, Point
from pytest_harness.redaction import Vault
from pytest_harness.runtime import Runner
from pytest_harness.runtime.base import Runtime
from pytest_harness.runtime.place import Place
from pytest_harness.target import ResolvedTarget
from pytest_harness.vocabulary import Oracle
from pytest_harness.workspace import Repositories
from pytest_harness.workspace.seals import files_below

BASELINE = "c0000"
"""Id of the baseline."""

BaselineSource = Callable[[Callable[[], Evaluation]], Evaluation]
"""Gives the evaluation of a baseline, by calling the function or from an earlier call."""


class RunSeals(Protocol):
    """Fingerprints of the run directory."""

    def look(self, current: str) -> None:
        """Take them; files of the candidate ``current`` are still being written."""
        ...

    def broken(self) -> tuple[str, ...]:
        """Return what changed since then that only the session itself may change."""
        ...


class NoSeals:
    """For a loop whose artifacts nobody else relies on."""

    def look(self, current: str) -> None:
        """Look at nothing."""

    def broken(self) -> tuple[str, ...]:
        """Find nothing."""
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """All that one cell's loop needs."""

    target: ResolvedTarget
    """What is under test."""
    backend: Backend
    """Who proposes."""
    runtime: Runtime
    """Where agents and checks run."""
    budget: int
    """How many proposals may be spent."""
    timeout: float
    """Seconds for one proposal."""
    stage: Path
    """The cell's own directory, below which it is staged; removed at the end."""
    shared: Path
    """A directory that the session's processes share for its time."""
    scratch: Path
    """A directory of this process for checks and agents, emptied whenever it changes hands."""
    run: Path
    """The run's directory; artifacts are named relative to it."""
    artifacts: Callable[[str], Path]
    """Makes the artifact directory of a candidate."""
    original: Path
    """Where the workspace as it was is kept once there is a winner; shared between cells."""
    runner: Runner
    """Runs processes of this machine."""
    environment: Mapping[str, str]
    """The session's environment."""
    repositories: Repositories
    """Templates of repositories."""
    vault: Vault = field(default_factory=Vault)
    """What is kept out of all that is written down."""
    project: Path | None = None
    """The project's root directory, of which a fenced process sees nothing."""
    baseline: BaselineSource = field(default=lambda evaluate_it: evaluate_it())
    """Shares the evaluation of the baseline between cells that start from the same one."""
    run_seals: RunSeals = field(default_factory=NoSeals)
    """Tell whether somebody else wrote into the run directory."""
    sweep: Callable[[], int] = field(default=lambda: 0)
    """Kills what escaped from ``runner``, and says how many processes that were."""
    ending: Callable[[], bool] = field(default=lambda: False)
    """Says whether the session is to end: then nothing more is begun."""
    oracle: Oracle | None = None
    """Who examines the target; then every proposal starts from the baseline, to the last."""
    graders: Graders | None = None
    """Models that grade results, where a project has any."""
    allowance: Allowance = field(default_factory=Unlimited)
    """Lets proposals start, and hears what everything costs."""
    retries: int = 0
    """Further attempts at a proposal that a fault on the way to the model ended."""
    on_phase: PhaseSeen = field(default=lambda _round, _phase: None)
    """Told whenever the cell does something else."""
    cell: str = ""
    """The cell's key."""
    directory: str = ""
    """The cell's directory, below those of all cells."""
    version: str | None = None
    """What the backend's program said of itself."""
    point: Point | None = None
    """Where in the matrix the cell lies."""

    @property
    def replayed(self) -> bool:
        """Whether the proposals are those of an agent that was recorded."""
        return isinstance(self.backend, ReplayBackend)

    @property
    def protected(self) -> tuple[Path, ...]:
        """What no process of the cell may see or change, whatever it is working on."""
        target = self.target
        sources = (target.workspace, *target.layers, *target.hidden, *target.overlays.values())
        return (self.run, self.stage / "store", self.shared / "repositories", *sources)

    @property
    def environment_file(self) -> Path:
        """The description of the environment, which is found out once per session."""
        return self.shared / "environment.json"

    @property
    def changed_sources(self) -> Path:
        """Where it is noted which sources of targets a proposal has changed."""
        return self.shared / "changed-sources"

    def settled_files(self) -> Iterator[str]:
        """Yield the files that the session's processes share and that nobody changes any more."""
        yield str(self.environment_file)
        yield from files_below(self.changed_sources)
        for template in self.repositories.templates():
            yield from files_below(template)

    def place(self, workspace: Path, scratch: Path) -> Place:
        """Describe where a proposal or an evaluation works."""
        solution = self.target.solution
        proof = () if solution is None else (solution.files, solution.patch)
        hidden = (*self.protected, self.shared, *(Path(each) for each in proof if each))
        return Place(workspace=workspace, scratch=scratch, hidden=hidden, project=self.project)
