"""Small runs, written through the ledger as a session writes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from pytest_harness.ledger import BEST_PATCH, ORIGINAL, CandidateFile, RunWriter
from pytest_harness.records import (
    CandidateRecord,
    CellRecord,
    CheckResult,
    Evaluation,
    FileChange,
    Point,
    ProposalRecord,
    RunRecord,
    Spending,
    Spent,
    TestLine,
    Usage,
)
from pytest_harness.vocabulary import (
    CellStatus,
    ChangeKind,
    CheckStatus,
    Ended,
    Fault,
    Kind,
    Outcome,
    Phase,
    RuntimeMode,
)

NASTY = "<script>alert('x')</script> \x1b[31mred\x1b[0m \x00 & ]]>"
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PATCH = """diff --git a/AGENTS.md b/AGENTS.md
index 63d8dbd..b18e14e 100644
--- a/AGENTS.md
+++ b/AGENTS.md
@@ -1,1 +1,2 @@
-old <b>words</b>
+new words
+more words
diff --git a/scripts/test.sh b/scripts/test.sh
new file mode 100644
index 0000000..b4bd2b3
--- /dev/null
+++ b/scripts/test.sh
@@ -0,0 +1,1 @@
+python -m unittest
"""


def evaluation(score: float, reason: str = "found 1 of 2") -> Evaluation:
    checks = (
        CheckResult(
            name="git-safety",
            type="FileContains",
            weight=1.0,
            required=False,
            status=CheckStatus.PASSED if score else CheckStatus.FAILED,
            score=1.0 if score else 0.0,
            reason="AGENTS.md holds all of it",
            duration=0.01,
        ),
        CheckResult(
            name="tests-pass",
            type="Command",
            weight=2.0,
            required=True,
            status=CheckStatus.PASSED if score == 1 else CheckStatus.FAILED,
            score=1.0 if score == 1 else 0.0,
            reason=reason,
            duration=1.25,
        ),
    )
    return Evaluation(score=score, exact=None, eligible=score == 1, checks=checks)


def proposal(answer: str, *, cost: float | None, fault: Fault | None = None) -> ProposalRecord:
    return ProposalRecord(
        backend="codex",
        provider="codex-cli",
        backend_version="codex-cli 0.144.1",
        model="gpt-5.5",
        runtime=RuntimeMode.PROFILE,
        argv=("codex", "exec"),
        ended=Ended.EXIT,
        exit=0,
        completed=fault is None,
        fault=fault,
        answer=answer,
        spent=Spent(usage=Usage(input=1200, cached_input=300, output=50), cost_usd=cost),
        duration=12.5,
    )


def cell(
    *,
    target: str = "python_fixture",
    backend: str = "codex",
    model: str | None = "gpt-5.5",
    trial: int = 1,
    before: float = 0.05,
    after: float | None = 1.0,
    fault: Fault | None = None,
    kind: Kind = Kind.OPTIMIZE,
    outcome: Outcome | None = None,
    answer: str = "Done.",
    reason: str = "",
    cost: float | None = 0.25,
    variant: str | None = None,
    session: str = "s1",
    worker: str = "main",
    directory: str | None = None,
) -> CellRecord:
    """Return a finished cell with a baseline and, unless it has a fault, one proposal."""
    parts = [backend, model, variant, f"t{trial}"]
    name = "-".join(part for part in parts if part is not None)
    directory = directory or name
    folder = f"cells/{target}/{directory}/candidates"
    first = CandidateRecord(
        id="c0000",
        outcome=Outcome.BASELINE,
        score=before,
        evaluation=evaluation(before),
        artifacts=f"{folder}/c0000",
    )
    kept = outcome or (Outcome.KEEP if after is not None and after > before else Outcome.DISCARD)
    second = CandidateRecord(
        id="c0001",
        parent="c0000",
        outcome=Outcome.CRASH if fault else kept,
        fault=fault,
        reason=reason,
        score=None if fault else after,
        proposal=proposal(answer, cost=cost, fault=fault),
        evaluation=None if fault or after is None else evaluation(after, reason or "exit 0"),
        changes=(
            FileChange(path="AGENTS.md", kind=ChangeKind.MODIFIED, added_lines=2, removed_lines=1),
            FileChange(
                path="scripts/test.sh", kind=ChangeKind.ADDED, added_lines=1, removed_lines=0
            ),
        ),
        changed_files=2,
        durations={Phase.PROPOSE: 12.5, Phase.EVALUATE: 1.5},
        artifacts=f"{folder}/c0001",
    )
    better = kept is Outcome.KEEP and not fault
    return CellRecord(
        key=f"tests/test_agents.py::{target}[{name}]",
        target=target,
        target_id=target,
        id=name,
        directory=directory,
        point=Point(backend=backend, model=model, variant=variant, trial=trial),
        kind=kind,
        budget=1,
        runtime=RuntimeMode.PROFILE,
        fingerprint="f" * 8,
        status=CellStatus.FINISHED,
        session=session,
        worker=worker,
        pid=1,
        started_at=NOON,
        ended_at=NOON + timedelta(seconds=15),
        workspace=f"workspaces/{target}",
        outcome=None if fault else second.outcome,
        fault=fault,
        reason=reason,
        original=f"cells/{target}/original",
        best="c0001" if better else "c0000",
        attempt="c0001" if kind is Kind.TASK else None,
        candidates=(first, second),
        backend_version="codex-cli 0.144.1",
        spending=Spending(
            proposal=Spent(usage=Usage(input=1200, cached_input=300, output=50), cost_usd=cost)
        ),
        durations={Phase.STAGE: 0.25, Phase.PROPOSE: 12.5, Phase.DIFF: 0.1, Phase.EVALUATE: 2.0},
        duration=14.85,
    )


def started(record: CellRecord) -> CellRecord:
    """Return the record that stands on the disk while the cell runs."""
    return record.model_copy(
        update={
            "status": CellStatus.STARTED,
            "ended_at": None,
            "outcome": None,
            "fault": None,
            "best": None,
            "attempt": None,
            "candidates": (),
            "durations": {},
            "duration": 0.0,
            "spending": Spending(),
        }
    )


def line_of(
    record: CellRecord | None,
    name: str = "test_solves",
    outcome: Literal["passed", "failed", "error", "skipped", "xfailed", "xpassed"] = "passed",
    message: str = "",
    longrepr: str = "",
) -> TestLine:
    brackets = "" if record is None else f"[{record.id}]"
    return TestLine(
        nodeid=f"tests/test_agents.py::{name}{brackets}",
        cell=None if record is None else record.key,
        outcome=outcome,
        duration=15.0,
        message=message,
        longrepr=longrepr,
        session="s1",
        worker="main",
        at=NOON + timedelta(seconds=16),
    )


@dataclass(frozen=True)
class Run:
    """A run on the disk."""

    root: Path
    path: Path
    cells: tuple[CellRecord, ...]


def write_run(
    root: Path,
    cells: list[CellRecord],
    *,
    name: str = "first",
    tests: list[TestLine] | None = None,
    unfinished: list[CellRecord] | None = None,
    defaulted: bool = False,
    local_vendors: tuple[str, ...] = (),
) -> Run:
    """Write a run below ``root/.harness`` and return it."""
    path = root / ".harness" / "runs" / name
    writer = RunWriter(path, "s1", "main")
    writer.open(resume=False)
    everything = [*cells, *(unfinished or [])]
    writer.write_run(
        RunRecord(
            name=name,
            session="s1",
            started_at=NOON,
            root=str(root),
            command=("pytest", "--harness-backend=codex"),
            defaulted=defaulted,
            local_vendors=local_vendors,
            versions={"pytest-harness": "0.1.0"},
            cells=tuple(record.key for record in everything),
        )
    )
    for record in everything:
        folder = writer.cell_directory(record.target_id, record.directory)
        writer.start(folder, started(record))
        if record.status is CellStatus.STARTED or record in (unfinished or []):
            continue
        for candidate in record.candidates:
            artifacts = writer.artifacts(folder, candidate.id)
            if candidate.proposal is not None:
                (artifacts / CandidateFile.DIFF).write_text(PATCH)
                (artifacts / CandidateFile.PROMPT).write_text("Improve it.\n")
                (artifacts / CandidateFile.STDOUT).write_text('{"type": "done"}\n')
        original = folder.parent / ORIGINAL
        if not original.exists():
            original.mkdir()
            (original / "AGENTS.md").write_text("old <b>words</b>\n")
        if record.best == "c0001":
            (folder / BEST_PATCH).write_text(PATCH)
        writer.finish(folder, record)
    for line in tests or []:
        writer.append_test(line)
    writer.close()
    return Run(root, path, tuple(cells))
