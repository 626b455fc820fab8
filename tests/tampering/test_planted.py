"""What a proposal plants where the harness is about to write gains and breaks nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_harness import Command
from pytest_harness.vocabulary import Outcome

from .conftest import Attack

GREET = "echo hello all > a.txt"
OWN = "{run}/cells/greeting/script-t1/candidates/c0001"


@pytest.mark.parametrize(
    "script",
    [
        "mkdir -p ../store/c0001/x",
        "echo x > ../store/c0001",
        "ln -s /nowhere ../store/c0001",
        f"mkfifo {OWN}/workspace.diff",
        f"mkfifo {OWN}/candidate.json",
        f"mkdir -p {OWN}/evaluation.json/x",
        f"ln -s {{project}}/outside.txt {OWN}/workspace.diff",
        f"rm -r {OWN}",
    ],
)
def test_the_record_is_what_it_would_be(attack: Attack, project: Path, script: str) -> None:
    run = project / ".harness/runs/run"
    record = attack(f"{GREET}; {script.format(run=run, project=project)}")
    assert record.outcome is Outcome.KEEP, record.reason
    artifacts = run / record.candidates[1].artifacts
    assert b"hello all" in (artifacts / "workspace.diff").read_bytes()
    assert (artifacts / "candidate.json").is_file()
    assert (project / "outside.txt").read_text() == "precious\n"


def test_an_overlay_finds_its_place_free(attack: Attack, project: Path) -> None:
    (project / "overlays/over").mkdir(parents=True)
    checks = [Command("greets", "grep -q all a.txt", overlay="over")]
    assert attack(f"{GREET}; mkdir -p ../aside/x", checks=checks).outcome is Outcome.KEEP


def test_protected_files_among_what_tools_make(attack: Attack, project: Path) -> None:
    (project / "ws/venv").mkdir()
    (project / "ws/venv/grade").write_text("exit 1\n")
    script = "echo exit 0 > venv/grade; echo b > b.txt"
    checks = [Command("grades", "bash venv/grade")]
    record = attack(script, checks=checks, keep_ignored=True, protected=["venv/grade"])
    assert record.candidates[1].score == 0.0
    assert attack(script, checks=checks, keep_ignored=True).outcome is Outcome.KEEP
