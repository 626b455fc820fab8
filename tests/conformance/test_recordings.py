"""Real programs with a recorded model, and their proposals played back without them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_harness import Command, FileContains, Target
from pytest_harness.records import CellRecord
from pytest_harness.script import run
from pytest_harness.testing import EditFile, RunCommand, Say, ScriptedModel, Step, Think, WriteFile
from tests.conformance.bench import KEY
from tests.conformance.programs import REAL, Real, need

PROGRAMS = {
    "codex-cli": ("/v1", "gpt-5.5"),
    "claude-cli": ("", "claude-sonnet-4-5"),
}
"""Where each program finds its model below an address, and how it is called."""
TARGET = Target(
    workspace="workspace",
    objective="Do as the script says.",
    checks=[
        FileContains("edited", "docs/a.md", "b"),
        Command("path", 'grep -q "$PWD" here.txt'),
    ],
)

pytestmark = [
    pytest.mark.conformance,
    pytest.mark.parametrize(
        "real", [each for each in REAL if each.name in PROGRAMS], ids=str, indirect=True
    ),
]


@pytest.fixture
def real(request: pytest.FixtureRequest) -> Real:
    made: Real = request.param
    need(made)
    return made


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "workspace").mkdir()
    (tmp_path / "workspace" / "README.md").write_text("hello\n")
    monkeypatch.setenv("REAL_KEY", KEY)
    return tmp_path


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    """The model that is recorded."""
    steps: list[Step] = [
        Think("hm"),
        RunCommand("pwd > here.txt"),
        WriteFile("docs/a.md", "a\n"),
        EditFile("docs/a.md", "a", "b"),
        Say("It is done."),
    ]
    with ScriptedModel(steps) as running:
        yield running


def configure(root: Path, real: Real, address: str, command: str | None = None) -> None:
    below, model = PROGRAMS[real.name]
    (root / "harness.toml").write_text(
        f'[backends.real]\nprovider = "{real.provider}"\nmodel = "{model}"\n'
        f'command = ["{command or real.command[0]}"]\nbase_url = "{address}{below}"\n'
        'env_key = "REAL_KEY"\n'
    )


def facts(record: CellRecord) -> object:
    proposal = record.candidates[1].proposal
    assert proposal is not None
    changes = [(each.path, each.kind) for each in record.candidates[1].changes]
    calls = [(each.name, each.failed) for each in proposal.tool_calls]
    return record.outcome, record.reason, changes, calls, proposal.answer, proposal.turns


def test_a_recorded_model_lets_the_program_do_the_same(
    real: Real, root: Path, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(root, real, model.root_url)
    recorded = run(TARGET, backend="real", root=root, record_traffic="traffic")
    assert recorded.best.score == 1.0, recorded.record
    asked = len(model.requests)
    for path in (root / "traffic").rglob("*.jsonl"):
        text = path.read_text()
        assert KEY not in text
        assert "/script.target/" not in text
    monkeypatch.delenv("REAL_KEY")
    configure(root, real, "https://api.example.invalid")
    played = run(TARGET, backend="real", model="recorded:traffic", root=root)
    assert facts(played.record) == facts(recorded.record)
    assert played.record.notes == recorded.record.notes
    assert played.cost == 0
    assert len(model.requests) == asked


def test_a_recorded_proposal_needs_no_program(
    real: Real, root: Path, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The command is found on the way to programs, so that its settings stay the same.
    (root / "bin").mkdir()
    (root / "bin" / "agent").symlink_to(real.command[0])
    monkeypatch.setenv("PATH", f"{root / 'bin'}{os.pathsep}{os.environ['PATH']}")
    configure(root, real, model.root_url, command="agent")
    recorded = run(TARGET, backend="real", root=root, record="proposals")
    assert recorded.best.score == 1.0, recorded.record
    asked = len(model.requests)
    monkeypatch.delenv("REAL_KEY")
    (root / "bin" / "agent").unlink()
    played = run(TARGET, backend="real", root=root, replay="proposals")
    assert facts(played.record) == facts(recorded.record)
    assert played.record.fingerprint == recorded.record.fingerprint
    assert len(model.requests) == asked
    for name in ("events.jsonl", "stdout.jsonl", "stderr.txt"):
        then, now = (
            (cell.directory / "candidates" / "c0001" / name).read_text()
            for cell in (recorded, played)
        )
        assert len(then.splitlines()) == len(now.splitlines())
