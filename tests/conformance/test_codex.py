"""The real Codex: what it does, how it fails, what it leaves behind."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from pytest_harness.backends.options import AgentOptions
from pytest_harness.records import Usage
from pytest_harness.testing import (
    Cut,
    Hang,
    Repeat,
    RunCommand,
    Say,
    ScriptedModel,
    Status,
    Step,
    WriteFile,
)
from pytest_harness.vocabulary import Ended, Fault, RuntimeMode

from .conftest import KEY, Desk

pytestmark = pytest.mark.conformance

SOLVED: list[Step] = [
    RunCommand("echo hello > hello.txt"),
    WriteFile("docs/a.md", "a\n"),
    Say("It is done."),
]


def everything_written(desk: Desk) -> bytes:
    return b"".join(path.read_bytes() for path in desk.artifacts.iterdir())


def test_edit_that_solves(desk: Desk) -> None:
    with ScriptedModel(SOLVED) as model:
        record = desk.ask(model)
    assert record.completed
    assert (record.fault, record.reason) == (None, "")
    assert (desk.workspace / "hello.txt").read_text() == "hello\n"
    assert (desk.workspace / "docs/a.md").read_text() == "a\n"
    assert record.answer == "It is done."
    assert record.reported_changes == ("docs/a.md",)
    assert [(call.name, call.summary, call.exit) for call in record.tool_calls] == [
        ("shell", "echo hello > hello.txt", 0),
        ("edit", "docs/a.md", None),
    ]
    usage = Usage(input=270, cached_input=30, cache_write=0, output=45, reasoning=15)
    assert record.spent.usage == usage
    assert record.spent.cost_usd is None
    assert record.backend_version == "0.169.0"
    assert record.first_event is not None
    assert "äöü" in model.asked[0].prompt


def test_artifacts_hold_streams_and_events(desk: Desk) -> None:
    with ScriptedModel(SOLVED) as model:
        desk.ask(model)
    names = sorted(path.name for path in desk.artifacts.iterdir())
    assert names == ["events.jsonl", "stderr.txt", "stdout.jsonl"]
    lines = (desk.artifacts / "events.jsonl").read_text().splitlines()
    kinds = [json.loads(line)["kind"] for line in lines]
    assert kinds[0] == "session"
    assert kinds.count("completed") == 1
    assert kinds.count("turn") == 3


def test_only_the_workspace_is_left(desk: Desk) -> None:
    with ScriptedModel(SOLVED) as model:
        desk.ask(model)
    assert sorted(path.name for path in desk.workspace.iterdir()) == ["docs", "hello.txt"]
    assert list(desk.scratch.iterdir()) == []


def test_commands_get_a_clean_environment_and_no_key(desk: Desk) -> None:
    with ScriptedModel([RunCommand('env; mktemp; echo "$HOME"')]) as model:
        desk.ask(model)
    [shown] = model.asked[-1].results
    assert model.asked[0].headers["authorization"] == f"Bearer {KEY}"
    assert "FAKE_KEY" not in shown
    assert f"TMPDIR={desk.scratch}" in shown
    assert f"HOME={desk.scratch}" in shown


def test_key_is_in_no_file_even_if_the_agent_prints_it(desk: Desk) -> None:
    with ScriptedModel([RunCommand(f"echo {KEY}"), Say(f"The key is {KEY}.")]) as model:
        record = desk.ask(model)
    assert record.answer == "The key is [hidden]."
    assert KEY.encode() not in everything_written(desk)
    assert KEY not in record.model_dump_json()


def test_failing_command(desk: Desk) -> None:
    with ScriptedModel([RunCommand("echo bad >&2; exit 3"), Say("It failed.")]) as model:
        record = desk.ask(model)
    assert record.completed
    assert record.fault is None
    assert [call.exit for call in record.tool_calls] == [3]


def test_refused_writes_outside_the_workspace(desk: Desk) -> None:
    outside = desk.root / "outside.txt"
    steps: list[Step] = [
        RunCommand(f"touch '{outside}'"),
        WriteFile(str(outside), "no\n"),
        Say("x"),
    ]
    with ScriptedModel(steps) as model:
        record = desk.ask(model)
    assert not outside.exists()
    assert record.completed
    assert record.reported_changes == ()
    assert "Read-only" in model.asked[-1].results[0]
    assert "rejected" in model.asked[-1].results[1]


def test_read_only_sandbox(desk: Desk) -> None:
    with ScriptedModel([RunCommand("touch a.txt")]) as model:
        record = desk.ask(model, sandbox="read-only")
    assert not (desk.workspace / "a.txt").exists()
    assert (record.completed, record.fault) == (True, None)


@pytest.mark.parametrize(
    ("step", "fault", "reason"),
    [
        (Status(401), Fault.AUTH, "401"),
        (Status(403), Fault.AUTH, "403"),
        (Status(429), Fault.RATE_LIMIT, "429"),
        (Status(400), Fault.UNSUPPORTED, "scripted 400"),
        (Status(500), Fault.TRANSPORT, "high demand"),
        (Cut(), Fault.TRANSPORT, "stream closed"),
    ],
    ids=["401", "403", "429", "400", "500", "cut"],
)
def test_faults_have_a_class(desk: Desk, step: Status | Cut, fault: Fault, reason: str) -> None:
    with ScriptedModel([Repeat(step)]) as model:
        record = desk.ask(model)
    assert (record.completed, record.fault) == (False, fault)
    assert reason in record.reason
    assert len(model.asked) <= 4


def test_refused_connection(desk: Desk) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}/v1"
        record = desk.propose(desk.backend(AgentOptions(base_url=address)))
    assert (record.ended, record.completed, record.fault) == (Ended.EXIT, False, Fault.TRANSPORT)
    assert "Connection failed" in record.reason


@pytest.mark.parametrize("step", [Status(500), Cut()], ids=["500", "cut"])
def test_recovers_from_one_fault(desk: Desk, step: Status | Cut) -> None:
    with ScriptedModel([step, *SOLVED]) as model:
        record = desk.ask(model)
    assert (record.completed, record.fault, record.reason) == (True, None, "")


def test_hang_before_the_first_event_is_a_fault(desk: Desk) -> None:
    with ScriptedModel([Hang(600)]) as model:
        record = desk.ask(model, timeout=5)
    assert (record.ended, record.completed) == (Ended.TIMEOUT, False)
    assert record.fault is Fault.TRANSPORT
    assert record.first_event is None


def test_children_at_the_limit_are_ended(desk: Desk) -> None:
    left = "setsid sleep 611 & (setsid nohup sleep 612 >/dev/null 2>&1 &); sleep 613"
    with ScriptedModel([RunCommand(left)]) as model:
        record = desk.ask(model, timeout=8, sandbox="danger-full-access")
    assert (record.ended, record.completed, record.fault) == (Ended.TIMEOUT, False, None)
    assert [call.summary for call in record.tool_calls] == [left]
    assert alive(desk.scratch) == []


def test_children_left_by_a_finished_turn_are_ended(desk: Desk) -> None:
    steps: list[Step] = [RunCommand("(setsid nohup sleep 621 >/dev/null 2>&1 &)"), Say("done")]
    with ScriptedModel(steps) as model:
        record = desk.ask(model, sandbox="danger-full-access")
    assert record.completed
    assert alive(desk.scratch) == []


def alive(home: Path) -> list[bytes]:
    """Command lines of processes that still live in the run's home."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if b"HOME=" + bytes(home) in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_bytes())
        except OSError:
            continue
    return found


def test_local_model_through_ollama(desk: Desk) -> None:
    with ScriptedModel(SOLVED, models=["gpt-oss:20b"]) as model:
        backend = desk.backend(AgentOptions(oss=True, base_url=model.base_url), "gpt-oss:20b")
        probe = backend.probe(desk.supervisor, {})
        record = desk.propose(backend)
        absent = desk.backend(AgentOptions(oss=True, base_url=model.base_url), "gpt-oss:120b")
        missing = absent.probe(desk.supervisor, {})
    assert probe.ready, probe
    assert (record.completed, record.fault) == (True, None)
    assert (desk.workspace / "hello.txt").exists()
    assert not missing.ready
    assert missing.remedy == "fetch it with: ollama pull gpt-oss:120b"
    assert "authorization" not in model.asked[0].headers


def test_key_for_the_built_in_provider(desk: Desk) -> None:
    with ScriptedModel([Say("hello")]) as model:
        options = AgentOptions(extra_args=("-c", f'openai_base_url="{model.base_url}"'))
        record = desk.propose(desk.backend(options), env={"OPENAI_API_KEY": KEY})
    assert (record.completed, record.answer) == (True, "hello")
    assert model.asked[0].headers["authorization"] == f"Bearer {KEY}"
    assert KEY not in record.model_dump_json()


def test_login_for_the_built_in_provider(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(desk.root))
    home = desk.root / "user"
    login = home / ".codex" / "auth.json"
    login.parent.mkdir(parents=True)
    login.write_text(json.dumps({"OPENAI_API_KEY": KEY, "auth_mode": "apikey"}))
    with ScriptedModel([Say("hello")]) as model:
        options = AgentOptions(extra_args=("-c", f'openai_base_url="{model.base_url}"'))
        record = desk.propose(desk.backend(options), env={"HOME": str(home)})
    assert (record.completed, record.answer) == (True, "hello")
    assert model.asked[0].headers["authorization"] == f"Bearer {KEY}"
    assert [path.name for path in login.parent.iterdir()] == ["auth.json"]


def test_host_uses_the_users_own_home(desk: Desk) -> None:
    home = desk.root / "user"
    (home / ".codex").mkdir(parents=True)
    (home / ".codex" / "AGENTS.md").write_text("Speak of the user's own rule.")
    tmp = desk.root / "tmp"
    tmp.mkdir()
    env = {"HOME": str(home), "TMPDIR": str(tmp), "PYTEST_CURRENT_TEST": "inner"}
    with ScriptedModel([RunCommand("env"), Say("hello")]) as model:
        options = AgentOptions(base_url=model.base_url, env_key="FAKE_KEY")
        record = desk.propose(desk.backend(options, runtime=RuntimeMode.HOST), env=env)
    assert record.completed, record
    assert "the user's own rule" in json.dumps(model.asked[0].body)
    assert f"HOME={home}" in model.asked[-1].results[0]
    assert "PYTEST_CURRENT_TEST" not in model.asked[-1].results[0]


def test_refused_arguments_are_no_fault_of_the_agent(desk: Desk) -> None:
    with ScriptedModel([Say("hello")]) as model:
        record = desk.ask(model, extra_args=["--no-such-flag"])
    assert record.fault is Fault.UNSUPPORTED
    assert "--no-such-flag" in record.reason
    assert model.requests == ()


def test_probe_tells_version_and_credentials(desk: Desk) -> None:
    probe = desk.backend(AgentOptions()).probe(desk.supervisor, {"OPENAI_API_KEY": KEY})
    assert probe.ready, probe
    assert probe.version == "0.169.0"
    assert probe.program is not None
    assert probe.program.endswith("/bin/codex")
    assert "vendor" in probe.program
    assert probe.credentials == ("OPENAI_API_KEY",)
    none = desk.backend(AgentOptions()).probe(desk.supervisor, {})
    assert not none.ready
    assert none.remedy == "set CODEX_API_KEY or OPENAI_API_KEY, or run: codex login"


def said(model: ScriptedModel) -> str:
    """All that the model was told in its first request."""
    return json.dumps(model.asked[0].body, ensure_ascii=False)


def test_options_reach_the_model(desk: Desk) -> None:
    with ScriptedModel([Say("x")]) as model:
        record = desk.ask(
            model,
            effort="high",
            verbosity="high",
            system_prompt="You are a test. äöü",
            append_system_prompt='Always be "brief". 🙂',
        )
    assert record.completed, record
    body = model.asked[0].body
    assert body["reasoning"]["effort"] == "high"
    assert body["text"]["verbosity"] == "high"
    assert "You are a test. äöü" in said(model)
    assert "You are Codex" not in said(model)
    assert 'Always be \\"brief\\". 🙂' in said(model)
    assert list(desk.scratch.iterdir()) == []


def test_its_own_instructions_stay_unless_they_are_replaced(desk: Desk) -> None:
    with ScriptedModel([Say("x")]) as model:
        desk.ask(model, append_system_prompt="And one thing more.")
    assert "You are Codex" in said(model)
    assert "And one thing more." in said(model)


def test_a_token_is_sent_as_a_bearer(desk: Desk) -> None:
    with ScriptedModel([Say("x")]) as model:
        options = AgentOptions(base_url=model.base_url, env_token="MY_TOKEN")
        record = desk.propose(desk.backend(options), env={"MY_TOKEN": "tok-0123456789"})
    assert record.completed
    assert model.asked[0].headers["authorization"] == "Bearer tok-0123456789"


def test_instructions_of_the_workspace_are_read_and_none_from_above(desk: Desk) -> None:
    (desk.root / ".git").mkdir()
    (desk.root / "AGENTS.md").write_text("FROM-ABOVE")
    (desk.workspace / "AGENTS.md").write_text("FROM-THE-WORKSPACE")
    (desk.workspace / "sub").mkdir()
    (desk.workspace / "sub" / "AGENTS.md").write_text("FROM-BELOW")
    with ScriptedModel([RunCommand("pwd"), Say("x")]) as model:
        desk.ask(model)
    assert "FROM-THE-WORKSPACE" in said(model)
    assert "FROM-ABOVE" not in said(model)
    with ScriptedModel([RunCommand("pwd; touch ../top.txt"), Say("x")]) as model:
        record = desk.ask(model, cwd="sub")
    assert all(each in said(model) for each in ("FROM-THE-WORKSPACE", "FROM-BELOW"))
    assert "FROM-ABOVE" not in said(model)
    assert f"{desk.workspace}/sub" in model.asked[-1].results[0]
    assert record.cwd == f"{desk.workspace}/sub"
    assert (desk.workspace / "top.txt").exists()


@pytest.mark.parametrize("wanted", [False, True])
def test_settings_and_hooks_of_the_workspace(desk: Desk, wanted: bool) -> None:
    ran = desk.workspace / "ran.txt"
    command = {"type": "command", "command": f"touch '{ran}'"}
    hooks = {"hooks": {"SessionStart": [{"hooks": [command]}]}}
    (desk.workspace / ".codex").mkdir()
    (desk.workspace / ".codex" / "config.toml").write_text('developer_instructions = "PLANTED"')
    (desk.workspace / ".codex" / "hooks.json").write_text(json.dumps(hooks))
    with ScriptedModel([Say("x")]) as model:
        record = desk.ask(model, project_settings=wanted)
    assert record.completed
    assert ("PLANTED" in said(model)) is wanted
    assert ran.exists() is wanted


def test_further_directories_can_be_written_to(desk: Desk) -> None:
    further = desk.root / "further"
    further.mkdir()
    line = f"touch '{further}/a.txt'; touch '{desk.root}/b.txt'"
    with ScriptedModel([RunCommand(line), Say("x")]) as model:
        desk.ask(model, extra_dirs=[str(further)])
    assert [path.name for path in further.iterdir()] == ["a.txt"]
    assert not (desk.root / "b.txt").exists()


def test_without_permissions_there_is_no_fence(desk: Desk) -> None:
    outside = desk.root / "outside.txt"
    with ScriptedModel([RunCommand(f"touch '{outside}'"), Say("x")]) as model:
        record = desk.ask(model, bypass_permissions=True)
    assert record.completed
    assert outside.exists()


def test_its_log_is_where_it_was_asked_for(desk: Desk) -> None:
    logs = desk.root / "logs"
    with ScriptedModel([Say("x")]) as model:
        desk.ask(model, log_dir=str(logs))
    assert any(logs.iterdir())


def test_refused_calls_are_told(desk: Desk) -> None:
    steps: list[Step] = [
        RunCommand("echo no > denied.txt"),
        WriteFile("also.txt", "no\n"),
        Say("x"),
    ]
    with ScriptedModel(steps) as model:
        record = desk.ask(model, sandbox="read-only")
    assert record.completed
    assert record.refused_tools == ("shell", "apply_patch")
    assert [(call.name, call.exit, call.failed) for call in record.tool_calls] == [
        ("shell", 1, True),
        ("edit", None, True),
    ]
    assert record.turns == 3


def test_what_was_used_is_known_at_the_limit(desk: Desk) -> None:
    with ScriptedModel([RunCommand("sleep 300")]) as model:
        record = desk.ask(model, timeout=8)
    assert record.ended is Ended.TIMEOUT
    assert record.turns == 1
    assert record.spent.usage.total_input == model.tokens.input


def test_a_command_sees_no_token(desk: Desk) -> None:
    with ScriptedModel([RunCommand("env"), Say("x")]) as model:
        options = AgentOptions(base_url=model.base_url, env_token="MYTOK")
        desk.propose(desk.backend(options), env={"MYTOK": "tok-0123456789"})
    assert "tok-0123456789" not in model.asked[-1].results[0]
