"""Sources, hidden files, snapshots and the run directory are fingerprinted around a proposal."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_harness import Command
from pytest_harness.errors import LedgerError
from pytest_harness.vocabulary import Fault, Outcome

from .conftest import Attack

GREET = "echo hello all > a.txt"


@pytest.mark.parametrize("path", ["hidden/secret.txt", "ws/a.txt", "ws/new.txt"])
def test_the_targets_own_files(attack: Attack, project: Path, path: str) -> None:
    record = attack(f"{GREET}; echo x >> {project / path}")
    assert record.outcome is Outcome.TAMPERED
    assert f"{project / path} (the target's own: restore it)" in record.candidates[1].reason
    assert record.best == "c0000"


@pytest.mark.parametrize("script", ["chmod 600 hidden/secret.txt", "mkdir ws/empty"])
def test_a_change_of_mode_or_an_empty_directory_counts(
    attack: Attack, project: Path, script: str
) -> None:
    assert attack(f"{GREET}; cd {project}; {script}").outcome is Outcome.TAMPERED


@pytest.mark.parametrize(
    ("script", "culprit"),
    [
        ("echo all >> ../store/c0000/a.txt", "the baseline"),
        ("rm -r ../store/c0000", "the baseline"),
        ("f=$(ls -d {run}/cells/*/*/candidates/c0000); echo x > $f/candidate.json", "c0000"),
        ("echo '{{}}' > {run}/run.json", "run.json"),
        ("echo '{{}}' >> {run}/ledger.jsonl", "ledger.jsonl"),
    ],
)
def test_baseline_and_run_directory(
    attack: Attack, project: Path, script: str, culprit: str
) -> None:
    record = attack(f"{GREET}; " + script.format(run=project / ".harness/runs/run"))
    assert record.outcome is Outcome.TAMPERED
    assert culprit in record.candidates[1].reason


def test_an_earlier_cell_and_a_forged_line(attack: Attack, project: Path) -> None:
    run = project / ".harness/runs/run"
    first = attack("echo nothing > a.txt")
    assert first.outcome is Outcome.DISCARD
    forged = f"sed -i s/discard/keep/ {run}/cells/greeting/script-t1/cell.json"
    record = attack(f"{GREET}; {forged}")
    assert record.outcome is Outcome.TAMPERED
    assert "script-t1/cell.json" in record.candidates[1].reason
    line = f"tail -n 1 {run}/ledger.jsonl | sed s/tampered/keep/ >> {run}/ledger.jsonl"
    again = attack(f"{GREET}; {line}")
    assert again.outcome is Outcome.TAMPERED
    assert "ledger.jsonl" in again.candidates[1].reason
    rewritten = attack(f"{GREET}; sed -i s/greeting/greetink/ {run}/ledger.jsonl")
    assert "ledger.jsonl" in rewritten.candidates[1].reason


def test_the_kept_original_and_a_ledger_that_became_a_directory(
    attack: Attack, project: Path
) -> None:
    run = project / ".harness/runs/run"
    assert attack(GREET).outcome is Outcome.KEEP
    record = attack(f"{GREET}; echo x >> {run}/cells/greeting/original-*/a.txt")
    assert record.outcome is Outcome.TAMPERED
    assert "original-" in record.candidates[1].reason
    with pytest.raises(LedgerError):
        attack(f"{GREET}; rm {run}/ledger.jsonl; mkdir {run}/ledger.jsonl")


def test_an_honest_proposal_is_not_accused(attack: Attack) -> None:
    record = attack(f"{GREET}; git add -A; git commit -qm work; ls -R / > /dev/null 2>&1; true")
    assert record.outcome is Outcome.KEEP
    assert record.notes == ("c0001 made commits or branches",)


def test_a_candidates_code_is_watched_while_checks_run_it(attack: Attack, project: Path) -> None:
    checks = [Command("runs", "bash run.sh")]
    record = attack(f"echo 'echo x >> {project}/hidden/secret.txt' > run.sh", checks=checks)
    assert record.outcome is Outcome.TAMPERED
    assert "while checks ran it" in record.candidates[1].reason
    (project / "hidden/secret.txt").write_text("the answer\n")
    forged = f"echo 'echo {{}} >> {project}/.harness/runs/run/ledger.jsonl' > run.sh"
    record = attack(forged, checks=checks)
    assert record.outcome is Outcome.TAMPERED
    assert "ledger.jsonl" in record.candidates[1].reason


@pytest.mark.parametrize("path", ["environment.json", "repositories/*/config"])
def test_what_later_cells_of_the_session_read(attack: Attack, path: str) -> None:
    record = attack(f"{GREET}; for file in ../../../{path}; do echo x >> $file; done")
    assert record.outcome is Outcome.TAMPERED
    assert path.rpartition("/")[2] in record.candidates[1].reason


def test_no_later_cell_starts_from_changed_sources(attack: Attack, project: Path) -> None:
    word = project / "ws/a.txt"
    assert attack(f"{GREET}; echo hello all > {word}").outcome is Outcome.TAMPERED
    spoilt = attack(GREET)
    assert spoilt.fault is Fault.INTERNAL
    assert f"changed {project / 'ws'}, and nothing starts from that; restore it" in spoilt.reason
    word.write_text("hello\n")
    assert attack(GREET).outcome is Outcome.KEEP


def test_the_note_of_changed_sources_is_not_taken_away_unseen(
    attack: Attack, project: Path, tmp_path: Path
) -> None:
    assert attack(f"echo x >> {project}/ws/a.txt").outcome is Outcome.TAMPERED
    (project / "ws/a.txt").write_text("hello\n")
    record = attack(f"{GREET}; rm -r {tmp_path}/stage/changed-sources")
    assert record.outcome is Outcome.TAMPERED
    assert "changed-sources" in record.candidates[1].reason
