"""Whole cells of the mock: both formats do the same, and every run gives the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from pytest_harness import Cell, FileContains, Solution, Target
from pytest_harness.backends.base import Backend
from pytest_harness.backends.registry import Catalog, Overrides
from pytest_harness.records import ProposalRecord
from pytest_harness.runtime import Supervisor
from pytest_harness.script import run
from pytest_harness.testing import (
    CallTool,
    Cut,
    EditFile,
    ReadFile,
    RunCommand,
    Say,
    Status,
    Step,
    WriteFile,
)
from pytest_harness.vocabulary import Fault, Outcome, RejectedBy, ToolFormat
from tests.model.loop.doubles import request_in

STEPS = (
    ReadFile("sum.py"),
    CallTool("read_file", {"path": "../secret"}),
    EditFile("sum.py", "a - b", "a + b"),
    RunCommand("python -c 'import sum; print(sum.add(1, 2))'"),
    WriteFile("notes.txt", "fixed\n"),
    Say("It adds now."),
)
TIMED = {"duration", "first_event", "cwd"}


def backend(format_: ToolFormat, model: str = "mock:mock") -> Backend:
    return Catalog().make("model", model, Overrides(format=format_))


def propose(
    tmp_path: Path, format_: ToolFormat, steps: Sequence[Step] = STEPS, **more: Any
) -> ProposalRecord:
    tmp_path.mkdir(exist_ok=True)
    with Supervisor() as supervisor:
        request = request_in(
            tmp_path, runner=supervisor, solution=Solution(steps=tuple(steps)), **more
        )
        (request.workspace / "sum.py").write_text("def add(a, b):\n    return a - b\n")
        return backend(format_).propose(request)


@pytest.mark.parametrize("format_", ToolFormat)
def test_it_works_with_real_tools(tmp_path: Path, format_: ToolFormat) -> None:
    record = propose(tmp_path, format_)
    assert (record.completed, record.fault, record.answer) == (True, None, "It adds now.")
    assert (tmp_path / "ws/sum.py").read_text() == "def add(a, b):\n    return a + b\n"
    calls = [(call.name, call.exit, call.failed) for call in record.tool_calls]
    assert calls == [
        ("read_file", None, False),
        ("replace_text", None, False),
        ("run_command", 0, False),
        ("write_file", None, False),
    ]
    assert record.reported_changes == ("sum.py", "notes.txt")
    assert record.refused_tools == ("read_file",)
    assert [(each.by, each.turn) for each in record.rejections] == [(RejectedBy.TOOL, 2)]
    assert (record.rejected_calls, record.turns, record.spent.cost_usd) == (1, 6, 0.0)
    assert not (tmp_path / "scratch/profile").exists()


@pytest.mark.parametrize("format_", ToolFormat)
def test_every_run_gives_the_same_bytes(tmp_path: Path, format_: ToolFormat) -> None:
    found = []
    for name in ("one", "another"):
        record = propose(tmp_path / name, format_)
        transcript = (tmp_path / name / "artifacts/transcript.jsonl").read_bytes()
        found.append((record.model_dump(exclude=TIMED), transcript))
    assert found[0] == found[1]


def test_both_formats_leave_the_same_record(tmp_path: Path) -> None:
    found = [
        propose(tmp_path / format_, format_).model_dump(exclude=TIMED) for format_ in ToolFormat
    ]
    assert found[0] == found[1]


@pytest.mark.parametrize("format_", ToolFormat)
@pytest.mark.parametrize(
    ("step", "fault"),
    [(Status(401), Fault.AUTH), (Status(429, retry_after=90), Fault.RATE_LIMIT)],
)
def test_a_fault_is_in_the_record(
    tmp_path: Path, format_: ToolFormat, step: Step, fault: Fault
) -> None:
    record = propose(tmp_path, format_, [ReadFile("sum.py"), step])
    assert (record.completed, record.fault) == (False, fault)
    assert record.retry_after == (90 if fault is Fault.RATE_LIMIT else None)
    assert len(record.tool_calls) == 1


def test_it_recovers_from_a_fault_that_passes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pytest_harness.model.repeating.wait", lambda *_: True)
    record = propose(tmp_path, ToolFormat.NATIVE, [ReadFile("sum.py"), Cut(), Say("So.")])
    assert (record.completed, record.program_retries) == (True, 1)


def test_commands_see_no_key(tmp_path: Path) -> None:
    environment = {"PATH": "/usr/bin:/bin", "OPENAI_API_KEY": "sk-mock-0123456789", "HOME": "/x"}
    show = "import os; print(sorted(k for k in os.environ if 'KEY' in k), os.environ['HOME'])"
    record = propose(
        tmp_path,
        ToolFormat.NATIVE,
        [CallTool("run_command", {"argv": ["python", "-c", show]}), Say("So.")],
        environment=environment,
    )
    assert record.completed
    transcript = (tmp_path / "artifacts/transcript.jsonl").read_text()
    assert "[] <scratch>/profile/home" in transcript


def cell(tmp_path: Path, solution: Solution | None, model: str = "mock:mock") -> Cell:
    (tmp_path / "ws").mkdir(exist_ok=True)
    (tmp_path / "ws/a.txt").write_text("one\n")
    target = Target(
        workspace="ws",
        objective="Write two.",
        kind="task",
        checks=[FileContains("two", "a.txt", ["two"])],
        solution=solution,
    )
    return run(target, backend="model", model=model, root=tmp_path)


def test_it_plays_the_files_of_a_solution(tmp_path: Path) -> None:
    (tmp_path / "solved").mkdir()
    (tmp_path / "solved/a.txt").write_text("two\n")
    found = cell(tmp_path, Solution(files="solved"))
    assert (found.outcome, found.best.score) == (Outcome.KEEP, 1.0)


def test_without_a_solution_it_can_do_nothing(tmp_path: Path) -> None:
    found = cell(tmp_path, None)
    assert found.fault is Fault.UNSUPPORTED


def test_a_change_of_its_steps_is_another_cell(tmp_path: Path) -> None:
    prints = {
        cell(tmp_path, Solution(steps=[WriteFile("a.txt", text), Say("So.")])).record.fingerprint
        for text in ("two\n", "two!\n", "two\n")
    }
    assert len(prints) == 2


def test_a_script_is_played_in_process(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text("- {do: write, path: a.txt, text: two}\n- {do: say, text: So}")
    found = cell(tmp_path, None, "scripted:s.yaml")
    assert found.best.score == 1.0
    proposal = found.best.proposal
    assert proposal is not None
    assert (proposal.model, proposal.answer) == ("scripted:s.yaml", "So")
