"""What a proposal leaves running, or writes once it has ended."""

from __future__ import annotations

from pathlib import Path

from pytest_harness.vocabulary import Ended, Outcome

from .conftest import Attack

GREET = "echo hello all > a.txt"


def test_a_child_that_holds_the_pipe_costs_the_work_nothing(attack: Attack) -> None:
    record = attack(f"{GREET}; sleep 300 & exit 0")
    proposal = record.candidates[1].proposal
    assert proposal is not None
    assert (record.outcome, proposal.ended) == (Outcome.KEEP, Ended.EXIT)
    assert proposal.survivors == 1


def test_a_detached_daemon_is_ended_and_is_tampering(attack: Attack, project: Path) -> None:
    told = project.parent / "told"
    daemon = f"setsid sh -c 'echo $$ >{told}; sleep 300' >/dev/null 2>&1 </dev/null &"
    record = attack(f"{GREET}; {daemon} until [ -s {told} ]; do sleep 0.01; done")
    assert record.outcome is Outcome.TAMPERED
    assert "running on purpose" in record.candidates[1].reason
    assert not Path("/proc", told.read_text().strip()).exists()


def test_a_target_may_allow_what_stays_in_the_background(attack: Attack) -> None:
    record = attack(f"{GREET}; setsid sleep 300 >/dev/null 2>&1 & exit 0", background=True)
    assert record.outcome is Outcome.KEEP


def test_what_leftovers_write_is_tampering(attack: Attack) -> None:
    stubborn = "trap '' TERM; for i in 1 2 3 4 5 6 7 8 9; do sleep 0.1; echo all > late.txt; done"
    record = attack(f"{GREET}; ({stubborn}; sleep 300) & exit 0")
    assert record.outcome is Outcome.TAMPERED
    assert "wrote late.txt after it had ended" in record.candidates[1].reason


def test_what_leftovers_remove_is_tampering(attack: Attack) -> None:
    remove = "trap '' TERM; sleep 0.8; rm tests/test_a.py; sleep 300"
    record = attack(f"{GREET}; ({remove}) & exit 0")
    assert record.outcome is Outcome.TAMPERED
    assert "wrote tests after it had ended" in record.candidates[1].reason


def test_a_later_proposal_may_do_better(attack: Attack, project: Path) -> None:
    flag = project.parent / "flag"
    bad = "setsid sleep 300 >/dev/null 2>&1 &"
    record = attack(f"{GREET}; if [ -e {flag} ]; then exit 0; fi; touch {flag}; {bad}", budget=2)
    assert [each.outcome for each in record.candidates[1:]] == [Outcome.TAMPERED, Outcome.KEEP]
    assert record.outcome is Outcome.KEEP
