"""The real Codex behind the fence."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pytest_harness.backends.base import ProposalRequest
from pytest_harness.backends.options import AgentOptions
from pytest_harness.records import ProposalRecord
from pytest_harness.runtime.place import Place
from pytest_harness.runtime.sandbox.runtime import SandboxRuntime
from pytest_harness.runtime.settings import RuntimeSettings
from pytest_harness.testing import RunCommand, Say, ScriptedModel, Step, WriteFile
from pytest_harness.vocabulary import Fault, Network

from .conftest import KEY, Desk

pytestmark = pytest.mark.conformance

SOLVED: list[Step] = [
    RunCommand("echo hello > hello.txt"),
    WriteFile("docs/a.md", "a\n"),
    Say("It is done."),
]


def ask(
    desk: Desk, model: ScriptedModel, network: Network, options: AgentOptions | None = None
) -> ProposalRecord:
    """Let Codex propose in the sandbox, as the loop does."""
    given = options or AgentOptions(base_url=model.base_url, env_key="FAKE_KEY")
    runtime = SandboxRuntime(RuntimeSettings(mode="sandbox", network=network))
    probe = runtime.probe(desk.supervisor, os.environ)
    if not probe.ready:
        pytest.skip(f"{probe.missing}; {probe.remedy}")
    desk.scratch.mkdir(exist_ok=True)
    place = Place(workspace=desk.workspace, scratch=desk.scratch, hidden=(desk.root / "hidden",))
    with runtime.enter(place, desk.supervisor) as runner:
        return desk.backend(given).propose(
            ProposalRequest(
                workspace=desk.workspace,
                prompt="Do as the script says.",
                round=1,
                timeout=60,
                artifacts=desk.artifacts,
                scratch=desk.scratch,
                runner=runner,
                runtime=runtime,
                place=place,
                environment={"PATH": os.environ["PATH"], "FAKE_KEY": KEY},
            )
        )


@pytest.mark.parametrize("network", [Network.ON, Network.LOOPBACK])
def test_it_edits_its_workspace(desk: Desk, network: Network) -> None:
    with ScriptedModel(SOLVED) as model:
        record = ask(desk, model, network)
    assert (record.completed, record.fault, record.reason) == (True, None, "")
    assert record.runtime == "sandbox"
    assert (desk.workspace / "hello.txt").read_text() == "hello\n"
    assert (desk.workspace / "docs/a.md").read_text() == "a\n"
    assert sorted(path.name for path in desk.workspace.iterdir()) == ["docs", "hello.txt"]
    assert list(desk.scratch.iterdir()) == []


def test_it_cannot_leave_its_workspace(desk: Desk) -> None:
    outside = desk.root / "outside.txt"
    hidden = desk.root / "hidden" / "answer.txt"
    hidden.parent.mkdir()
    hidden.write_text("the answer")
    steps: list[Step] = [
        RunCommand(f"mkdir -p '{outside.parent}'; echo no > '{outside}'; echo no > /usr/no"),
        WriteFile(str(outside), "no\n"),
        RunCommand(f"cat '{hidden}'; cat /proc/1/root'{hidden}'"),
        RunCommand(f"ls -A '{Path.home()}/.ssh' '{Path.home()}/.bash_history'"),
        Say("done"),
    ]
    with ScriptedModel(steps) as model:
        record = ask(desk, model, Network.ON)
    assert record.completed
    assert not outside.exists()
    assert not Path("/usr/no").exists()
    results = "\n".join(model.asked[-1].results)
    assert "Read-only file system" in results
    assert "the answer" not in results
    assert results.count("No such file or directory") >= 3


def test_only_named_ports_are_reached_without_network(desk: Desk) -> None:
    with ScriptedModel([Say("other")]) as other, ScriptedModel(SOLVED) as model:
        address = other.base_url.partition("//")[2].partition("/")[0].replace(":", "/")
        steps: list[Step] = [RunCommand(f"exec 3<>/dev/tcp/{address} && echo reached"), Say("x")]
        with ScriptedModel(steps) as asked:
            record = ask(desk, asked, Network.LOOPBACK)
            results = asked.asked[-1].results
        refused = ask(desk, model, Network.OFF)
    assert record.completed
    assert "reached" not in results[0]
    assert (refused.completed, refused.fault) == (False, Fault.TRANSPORT)


def test_its_own_sandbox_is_what_the_user_says(desk: Desk) -> None:
    with ScriptedModel([RunCommand("touch a.txt"), Say("x")]) as model:
        options = AgentOptions.read(
            {"base_url": model.base_url, "env_key": "FAKE_KEY", "sandbox": "read-only"}
        )
        record = ask(desk, model, Network.ON, options)
    assert not (desk.workspace / "a.txt").exists()
    assert record.argv[record.argv.index("-s") + 1] == "read-only"
