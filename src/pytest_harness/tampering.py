"""Finding out whether a proposal touched what no proposal may touch."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from pytest_harness.errors import WorkspaceError
from pytest_harness.job import BASELINE, Job
from pytest_harness.runtime.witness import WitnessRunner
from pytest_harness.workspace import Manifest, Stage
from pytest_harness.workspace.changed_sources import ChangedSources
from pytest_harness.workspace.repository_changes import describe_changes, scan_repository
from pytest_harness.workspace.seals import FileSeals, LinkSeals, Tree, TreeSeals

SLACK = 0.05
"""Seconds by which the clock that stamps files may differ from ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was found after a proposal."""

    tampered: str = ""
    """What it may not have done, in one sentence; empty if nothing."""
    violation: str = ""
    """Where it wrote although it should not, in one sentence; empty if nowhere."""
    fatal: bool = False
    """Whether what the cell works with has changed, so that it cannot go on."""


class Guard:
    """Watches what one cell relies on. Nothing is looked at unless processes were run."""

    def __init__(self, job: Job, stage: Stage) -> None:
        self._job = job
        self._stage = stage
        target = job.target
        paths = [target.workspace, *target.layers, *target.hidden, *target.overlays.values()]
        if target.solution is not None and target.solution.files is not None:
            paths.append(Path(target.solution.files))
        self._sources = TreeSeals(Tree(path, target.ignore) for path in paths)
        self._changed_sources = ChangedSources(job.changed_sources)
        self._links: LinkSeals | None = None
        self._session = FileSeals(())
        self._repository: Manifest | None = None

    def admit(self) -> None:
        """Raise `WorkspaceError` if an earlier proposal of the session has changed the sources."""
        if spoilt := self._changed_sources.spoilt(self._sources.first):
            raise WorkspaceError(
                f"a proposal of another cell changed {', '.join(spoilt)}, and nothing starts from "
                "that; restore it"
            )

    def look(self, candidate: str, parent: Manifest) -> None:
        """Take fingerprints before the first process of a proposal; `judge` compares them."""
        self.look_at_run(candidate)
        self._links = LinkSeals(parent, self._stage.path)
        self._repository = scan_repository(self._stage.path)

    def look_at_run(self, candidate: str) -> None:
        """Take fingerprints of what the session's other cells read, and write to, meanwhile."""
        self._job.run_seals.look(candidate)
        self._session = FileSeals(self._job.settled_files())

    def judge(self, witness: WitnessRunner) -> Finding:
        """Say what the processes of a proposal did beside their work; they are all dead."""
        if not witness.runs:
            return Finding()
        escaped = self._job.sweep()
        if escaped:
            return Finding(tampered=f"{escaped} processes had hidden from their supervisor")
        if changed := self._changed():
            return Finding(tampered=f"changed {', '.join(changed[:5])}", fatal=True)
        if witness.detached and not self._job.target.background:
            count = "a process" if witness.detached == 1 else f"{witness.detached} processes"
            return Finding(
                tampered=f"left {count} running on purpose, detached from its output "
                "(Target(background=True) allows that)"
            )
        if late := self._written_late(witness):
            return Finding(tampered=f"wrote {late} after it had ended")
        if self._links is not None and (through := self._links.broken()):
            return Finding(violation=f"wrote through links that lead out: {', '.join(through[:5])}")
        return Finding()

    def repository_changes(self) -> tuple[str, ...]:
        """Say what became of the repository that the agent was given."""
        return describe_changes(self._repository, scan_repository(self._stage.path))

    def judge_checks(self) -> str:
        """Say what a candidate's own code changed while checks ran it; empty if nothing."""
        changed = self._changed()
        return f"changed {', '.join(changed[:5])} while checks ran it" if changed else ""

    def final(self) -> str:
        """Say at the end of the cell what changed that it only reads; empty if nothing did."""
        spoilt = self._changed_sources.spoilt(self._sources.first)
        changed = [*self._changed_targets(), *spoilt, *self._snapshots()]
        return f"changed while the cell ran: {', '.join(changed)}" if changed else ""

    def _changed(self) -> list[str]:
        in_run = [f"{path} in the run directory" for path in self._job.run_seals.broken()]
        sources = self._changed_targets()
        return [*sources, *self._snapshots(), *in_run, *self._session.broken()]

    def _changed_targets(self) -> list[str]:
        """Return what changed of the sources, and keep later cells from starting with them."""
        changed = self._sources.broken()
        for path in changed:
            self._changed_sources.note(path, self._sources.first[path])
        return [f"{what} (the target's own: restore it)" for what in changed.values()]

    def _snapshots(self) -> list[str]:
        stage = self._stage
        broken = [name for name in stage.names if not stage.is_intact(name)]
        return ["the baseline" if name == BASELINE else f"candidate {name}" for name in broken]

    def _written_late(self, witness: WitnessRunner) -> str:
        """Return a path that leftovers changed when the process that started them had gone."""
        top = str(self._stage.path)
        for life in witness.afterlives:
            for directory, below, names in os.walk(top):
                # A directory itself changes with what comes into it and goes out of it.
                inside = (os.path.join(directory, name) for name in (*names, *below))  # noqa: PTH118
                for path in (*inside, directory):
                    changed = _changed_at(path)
                    if changed is not None and life.began + SLACK < changed <= life.ended + SLACK:
                        return os.path.relpath(path, top)
        return ""


def _changed_at(path: str) -> float | None:
    """Return when the system last saw a change of a path; ``None`` where it cannot be named."""
    try:
        return os.lstat(path).st_ctime
    except OSError:
        return None
