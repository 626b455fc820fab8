"""The account of a run: shared, crash-proof, continued by the next session."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pytest_harness.allowance.account import Account, Policy, Refusal
from pytest_harness.allowance.amount import Amount
from pytest_harness.allowance.book import FOLDER, Book
from pytest_harness.allowance.caps import Caps
from pytest_harness.ledger import RunWriter
from pytest_harness.records import ProposalRecord, Spent, Usage
from pytest_harness.vocabulary import Fault

TEN = Policy(caps=Caps(cost=10.0))

HOLDER = """
import contextlib, sys, time
from pathlib import Path
from pytest_harness.allowance.account import Account, Policy
from pytest_harness.allowance.amount import Amount
from pytest_harness.allowance.caps import Caps
from pytest_harness.ledger import RunWriter

writer = RunWriter(Path(sys.argv[1]), "session", "gw9")
account = Account(writer, Policy(caps=Caps(cost=10.0)))
account.start("paid", None, Amount(cost=9.0), lambda: False, contextlib.nullcontext,
              cost_matters=False)
print("held", flush=True)
time.sleep(600)
"""


def account(
    run: Path, policy: Policy = TEN, session: str = "session", process: str = "main"
) -> Account:
    run.mkdir(exist_ok=True)
    return Account(RunWriter(run, session, process), policy)


def start(of: Account, expected: float = 0.0, *, ending: bool = False) -> str | Refusal:
    return of.start(
        "paid",
        None,
        Amount(cost=expected),
        lambda: ending,
        contextlib.nullcontext,
        cost_matters=False,
    )


def proposal(
    cost: float | None = None, fault: Fault | None = None, tokens: int | None = None
) -> ProposalRecord:
    return ProposalRecord(
        backend="paid",
        provider="paid",
        runtime="host",
        completed=fault is None,
        fault=fault,
        reason="why",
        spent=Spent(cost_usd=cost, usage=Usage(input=tokens)),
    )


def settle(of: Account, key: str | Refusal, cost: float) -> None:
    assert isinstance(key, str)
    of.settle(key, "paid", None, proposal(cost))


def test_what_runs_is_reserved(tmp_path: Path) -> None:
    one, two = account(tmp_path / "run"), account(tmp_path / "run", process="gw1")
    key = start(one, 6.0)
    refused = start(two, 6.0, ending=True)
    assert isinstance(refused, Refusal)
    assert refused.fault is Fault.INTERRUPTED
    settle(one, key, 1.0)
    assert isinstance(start(two, 6.0), str)


def test_the_mean_of_the_finished_is_expected(tmp_path: Path) -> None:
    one = account(tmp_path / "run")
    settle(one, start(one), 2.0)
    settle(one, start(one), 4.0)
    assert one.expected("paid", None, Amount(cost=99.0)).cost == 3.0
    assert one.expected("paid", "other-model", Amount(cost=99.0)).cost == 99.0
    settle(one, start(one), 3.0)
    refused = start(one)
    assert isinstance(refused, Refusal)
    assert "$9.0000 of $10.0000 are spent, and another proposal" in refused.reason


def test_the_reservation_of_a_dead_process_is_dropped(tmp_path: Path) -> None:
    run = tmp_path / "run"
    mine = account(run)
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(run)], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    refused = start(mine, 9.0, ending=True)
    assert isinstance(refused, Refusal)
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    assert isinstance(start(mine, 9.0), str)


def test_another_session_goes_on_with_what_was_spent(tmp_path: Path) -> None:
    first = account(tmp_path / "run")
    settle(first, start(first), 4.0)
    start(first)  # never ends: its session was killed
    first.close()
    second = account(tmp_path / "run", session="later")
    settle(second, start(second, ending=True), 4.0)
    refused = start(second)
    assert isinstance(refused, Refusal)
    assert "$8.0000 of $10.0000 are spent" in refused.reason


def test_a_reservation_that_came_to_nothing_is_given_back(tmp_path: Path) -> None:
    one = account(tmp_path / "run")
    key = start(one, 9.0)
    assert isinstance(key, str)
    one.settle(key, "paid", None, None)
    assert isinstance(start(one, 9.0), str)


def test_checks_are_paid_from_it_too(tmp_path: Path) -> None:
    one = account(tmp_path / "run")
    one.pay(Spent(cost_usd=10.0))
    assert isinstance(one.refusal("paid"), Refusal)


@pytest.mark.parametrize(
    ("faults", "given_up"),
    [
        ([Fault.AUTH, Fault.RATE_LIMIT], True),
        ([Fault.TRANSPORT, None, Fault.TRANSPORT], False),
        ([Fault.UNSUPPORTED, Fault.INTERNAL, Fault.UNSUPPORTED], True),
        ([Fault.UNAVAILABLE, Fault.UNAVAILABLE], False),
    ],
)
def test_faults_in_a_row_give_a_backend_up(
    tmp_path: Path, faults: list[Fault | None], given_up: bool
) -> None:
    one = account(tmp_path / "run", Policy(max_faults=2))
    for fault in faults:
        one.note_fault("paid", proposal(fault=fault))
    refusal = one.refusal("paid")
    assert (refusal is not None) is given_up
    assert one.refusal("another") is None
    if refusal is not None:
        assert refusal.fault is faults[-1]


def test_tokens_without_a_cost_end_what_has_a_cap_on_cost(tmp_path: Path) -> None:
    one = account(tmp_path / "run")
    key = start(one)
    assert isinstance(key, str)
    one.settle(key, "paid", None, proposal(tokens=5))
    refused = start(one)
    assert isinstance(refused, Refusal)
    assert refused.fault is Fault.BUDGET
    allowed = account(
        tmp_path / "run", Policy(caps=Caps(cost=10.0), allow_unknown_cost=True), process="gw1"
    )
    assert isinstance(start(allowed), str)


def test_no_secret_is_written(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    writer = RunWriter(run, "session", "main")
    writer.vault.add(("sk-secret-0123456789",))
    failed = proposal(fault=Fault.AUTH).model_copy(
        update={"reason": "key sk-secret-0123456789 was refused"}
    )
    Account(writer, Policy()).note_fault("paid", failed)
    written = b"".join(path.read_bytes() for path in (run / FOLDER).iterdir())
    assert b"was refused" in written
    assert b"sk-secret" not in written


def test_a_process_that_is_killed_leaves_a_whole_file(tmp_path: Path) -> None:
    run = tmp_path / "run"
    one = account(run)
    settle(one, start(one), 1.0)
    child = os.fork()
    if not child:
        with contextlib.suppress(BaseException):
            mine = account(run, process="gw1")
            while True:
                mine.pay(Spent(cost_usd=0.0, usage=Usage(input=1)))
        os._exit(1)
    while not _tokens(run):
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert isinstance(start(one), str)
    assert _tokens(run) > 0


def _tokens(run: Path) -> int:
    return Book.from_json((run / FOLDER / "account.json").read_bytes()).tokens
