"""Every provider with its real program: what it does, how it fails, what it leaves behind.

What was seen is noted; ``tools/list_conformance.py`` draws the table in the documentation from it.
"""

from __future__ import annotations

import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import pytest_harness
from pytest_harness.records import ProposalRecord
from pytest_harness.testing import (
    Cut,
    EditFile,
    Hang,
    Malformed,
    Repeat,
    RunCommand,
    Say,
    ScriptedModel,
    Status,
    Step,
    WriteFile,
)
from pytest_harness.vocabulary import Ended, Fault
from tests.conformance.bench import KEY, Bench, Observer, bench
from tests.conformance.programs import REAL, Real, need

pytestmark = [
    pytest.mark.conformance,
    pytest.mark.parametrize("real", REAL, ids=str),
    pytest.mark.usefixtures("installed"),
]

DEAD = 30.0
"""Seconds in which a dead provider has ended a proposal, however busy the machine. On a quiet one
it takes less than ten, which `benchmarks/agents.py` measures."""
SOLVED: list[Step] = [
    RunCommand("echo hello > hello.txt"),
    WriteFile("docs/a.md", "a\n"),
    EditFile("docs/a.md", "a", "b"),
    Say("It is done."),
]


@pytest.fixture
def installed(real: Real) -> None:
    need(real)


@pytest.fixture
def desk(tmp_path: Path, real: Real) -> Iterator[Bench]:
    with bench(tmp_path, real) as made:
        yield made


@pytest.fixture
def observer(real: Real) -> Observer:
    return Observer(real)


def test_edit(desk: Bench, observer: Observer) -> None:
    """One run shows three things: what was done, what it is said to cost, and what is left."""
    record, model = desk.ask(SOLVED)
    assert (record.fault, record.reason) == (None, "")
    assert record.completed
    assert (desk.workspace / "hello.txt").read_text() == "hello\n"
    assert (desk.workspace / "docs/a.md").read_text() == "b\n"
    assert record.answer == "It is done."
    assert "docs/a.md" in record.reported_changes
    assert any("hello.txt" in call.summary for call in record.tool_calls)
    assert "äöü" in model.asked[0].prompt
    assert record.first_event is not None
    assert record.backend_version
    assert record.turns is None or record.turns == len(model.asked)
    observer.note("edit", "done", record.backend_version)
    usage, tokens, asked = record.spent.usage, model.tokens, len(model.asked)
    assert usage.total_input == tokens.input * asked
    assert usage.cached_input == tokens.cached * asked
    assert usage.total_output == tokens.output * asked
    parts = [name for name, value in usage.model_dump().items() if value is not None]
    cost = "cost" if record.spent.cost_usd is not None else "no cost"
    observer.note("usage", f"{', '.join(parts)}; {cost}", record.backend_version)
    left = sorted(p.name for p in desk.workspace.iterdir() if p.name != ".git")
    assert left == ["docs", "hello.txt"]
    assert list(desk.scratch.iterdir()) == []
    observer.note("litter", "none", record.backend_version)


def test_failing_command(desk: Bench, observer: Observer) -> None:
    record, _ = desk.ask([RunCommand("echo bad >&2; exit 3"), Say("It failed.")])
    assert record.completed
    assert record.fault is None
    [call] = record.tool_calls
    assert call.exit == 3 or call.failed
    told = "exit code" if call.exit == 3 else "failed, without exit code"
    observer.note("failing command", told, record.backend_version)


def test_denied_tool(desk: Bench, observer: Observer) -> None:
    steps: list[Step] = [RunCommand("echo no > denied.txt"), Say("I may not.")]
    record, _ = desk.ask(steps, options=desk.real.denying)
    assert not (desk.workspace / "denied.txt").exists()
    assert record.fault is None
    failed = [call for call in record.tool_calls if call.failed or call.exit]
    assert record.refused_tools or failed
    told = "refused tool" if record.refused_tools else "failed call"
    ended = "completed" if record.completed else "not completed"
    observer.note("denied tool", f"{told}, {ended}", record.backend_version)


def test_write_outside(desk: Bench, observer: Observer) -> None:
    outside = desk.root / "outside.txt"
    record, _ = desk.ask([RunCommand(f"echo no > '{outside}'"), Say("Tried.")])
    assert record.fault is None
    told = "possible in profile" if outside.exists() else "prevented by the program"
    observer.note("write outside", told, record.backend_version)


def test_write_outside_of_a_fence(desk: Bench, observer: Observer) -> None:
    outside = desk.root / "outside.txt"
    steps: list[Step] = [
        RunCommand(f"echo no > '{outside}'"),
        WriteFile("inside.txt", "yes\n"),
        Say("x"),
    ]
    record, _ = desk.ask(steps, fenced=True)
    assert not outside.exists()
    assert (desk.workspace / "inside.txt").read_text() == "yes\n"
    assert (record.completed, record.fault) == (True, None)
    observer.note("sandbox", "works, nothing written outside", record.backend_version)


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        (401, Fault.AUTH),
        (429, Fault.RATE_LIMIT),
        (500, Fault.TRANSPORT),
    ],
)
def test_refused_by_the_vendor(desk: Bench, observer: Observer, code: int, fault: Fault) -> None:
    record, model = desk.ask([Repeat(Status(code))], timeout=DEAD)
    assert 1 <= len(model.asked) <= 6
    assert (record.completed, record.fault) == (False, fault)
    assert record.ended not in {Ended.TIMEOUT, Ended.SILENCE}
    assert record.reason
    observer.note(str(code), str(fault), record.backend_version)


def test_connection_refused(desk: Bench, observer: Observer) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        record = desk.ask_at(f"http://127.0.0.1:{taken.getsockname()[1]}", timeout=DEAD)
    assert (record.completed, record.fault) == (False, Fault.TRANSPORT)
    assert record.ended not in {Ended.TIMEOUT, Ended.SILENCE}
    observer.note("refused connection", str(record.fault), record.backend_version)


def test_cut_stream(desk: Bench, observer: Observer) -> None:
    record, model = desk.ask([Repeat(Cut())], timeout=25)
    assert (record.completed, record.fault) == (False, Fault.TRANSPORT)
    assert record.ended is not Ended.TIMEOUT
    assert len(model.asked) < 20
    observer.note("cut stream", str(record.fault), record.backend_version)


def test_hang(desk: Bench, observer: Observer) -> None:
    record, _ = desk.ask([Hang(120)], timeout=6)
    assert (record.completed, record.fault) == (False, Fault.TRANSPORT)
    observer.note("hang", str(record.fault), record.backend_version)


def test_killed_at_the_limit_with_children(desk: Bench, observer: Observer) -> None:
    left = desk.root / "pids"
    line = f"python3 -c 'import time; time.sleep(300)' & echo $! >> '{left}'; wait"
    command = f"setsid bash -c \"echo \\$\\$ >> '{left}'; sleep 300\" & {line}"
    record, _ = desk.ask([RunCommand(command)], timeout=8, options=desk_writes(desk))
    assert not record.completed
    assert record.ended is Ended.TIMEOUT
    if left.exists():
        assert [pid for pid in left.read_text().split() if alive(pid)] == []
    observer.note("children at the limit", "none alive", record.backend_version)


def desk_writes(desk: Bench) -> dict[str, object]:
    """Let a program with a fence of its own write down which processes it left."""
    if desk.real.provider.startswith("codex"):
        return {"sandbox": "danger-full-access"}
    if desk.real.provider.startswith("copilot"):
        return {"bypass_permissions": True}
    return {}


def alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    return True


def test_secrets_are_in_no_file(desk: Bench, observer: Observer) -> None:
    record, _ = desk.ask([RunCommand(f"echo {KEY}"), Say(f"The key is {KEY}.")])
    # Copilot hides the values of its own variables itself.
    assert record.answer in {"The key is [hidden].", "The key is ******."}
    assert KEY.encode() not in desk.written()
    assert KEY not in record.model_dump_json()
    observer.note("secrets", "hidden", record.backend_version)


def test_commands_do_not_get_the_key(desk: Bench, observer: Observer) -> None:
    seen = desk.workspace / "seen.txt"
    record, _ = desk.ask([RunCommand("env > seen.txt"), Say("x")])
    assert record.completed
    told = "visible to commands" if KEY in seen.read_text() else "not visible to commands"
    observer.note("key", told, record.backend_version)


def test_two_at_once(tmp_path: Path, real: Real, observer: Observer) -> None:
    records: dict[int, ProposalRecord] = {}
    failed: list[BaseException] = []

    def work(number: int) -> None:
        try:
            with bench(tmp_path / str(number), real) as desk:
                records[number], _ = desk.ask([WriteFile("a.txt", f"{number}\n"), Say("x")])
        except BaseException as error:  # noqa: BLE001 - raised below, in the test's own thread
            failed.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    for number, record in records.items():
        assert (record.completed, record.fault, record.reason) == (True, None, "")
        assert (tmp_path / str(number) / "workspace/a.txt").read_text() == f"{number}\n"
    observer.note("two at once", "both done", records[1].backend_version)


def test_foreign_repository_around(desk: Bench, observer: Observer) -> None:
    subprocess.run(["git", "init", "-q", str(desk.root)], check=True)
    for name in ("AGENTS.md", "CLAUDE.md", "GEMINI.md", ".github/copilot-instructions.md"):
        path = desk.root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("FOREIGN-INSTRUCTIONS\n")
    (desk.workspace / "AGENTS.md").write_text("OWN-INSTRUCTIONS\n")
    record, model = desk.ask([WriteFile("a.txt", "a\n"), Say("x")])
    assert record.completed
    said = [str(request.body) for request in model.requests]
    assert not any("FOREIGN-INSTRUCTIONS" in each for each in said)
    assert any("OWN-INSTRUCTIONS" in each for each in said)
    observer.note("instructions", "its own, none from above", record.backend_version)


def test_benchmark_from_end_to_end(
    tmp_path: Path, real: Real, observer: Observer, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "workspace").mkdir()
    (tmp_path / "workspace" / "readme.txt").write_text("Greet in hello.txt.\n")
    command = ", ".join(f'"{word}"' for word in real.command)
    (tmp_path / "harness.toml").write_text(
        f'[backends.real]\nprovider = "{real.provider}"\ncommand = [{command}]\n'
    )
    (tmp_path / "script.json").write_text(
        '[{"do": "write", "path": "hello.txt", "text": "hello\\n"}, {"do": "say", "text": "done"}]'
    )
    monkeypatch.delenv("PYTEST_HARNESS_NESTED", raising=False)
    cell = pytest_harness.run(
        pytest_harness.Target(
            workspace="workspace",
            objective="Write a greeting to hello.txt.",
            checks=[pytest_harness.FileContains("greets", "hello.txt", ["hello"])],
        ),
        backend="real",
        model="scripted:script.json",
        root=tmp_path,
        config="harness.toml",
    )
    assert cell.fault is None, cell
    assert cell.baseline.score == 0
    assert cell.best.score == 1.0
    assert cell.cost == 0
    [proposal] = [each.proposal for each in cell.candidates if each.proposal is not None]
    observer.note("solves a benchmark", "yes", proposal.backend_version)


def test_malformed_answer(desk: Bench, observer: Observer) -> None:
    with ScriptedModel([Repeat(Malformed())], workspace=desk.workspace) as model:
        record = desk.ask_at(model.root_url, timeout=25)
    assert not record.completed
    assert record.reason
    observer.note("no stream at all", str(record.fault), record.backend_version)
