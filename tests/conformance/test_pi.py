"""The real Pi: its options, its traps, and what differs between the ways to run it."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from pytest_harness.backends.adapter import SCRIPTED_KEY
from pytest_harness.backends.base import ProposalRequest
from pytest_harness.records import ProposalRecord, Usage
from pytest_harness.runtime.place import Place
from pytest_harness.runtime.plain import PlainRuntime
from pytest_harness.runtime.settings import RuntimeSettings
from pytest_harness.testing import (
    EditFile,
    Empty,
    Hang,
    Length,
    ReadFile,
    Repeat,
    RunCommand,
    Say,
    ScriptedModel,
    Status,
    Step,
    WriteFile,
)
from pytest_harness.vocabulary import Ended, Fault, RuntimeMode
from tests.conformance.bench import KEY, PROMPT, Bench, backend_of, bench
from tests.conformance.programs import MODULES, NODE, PI, REAL, Real, need

pytestmark = pytest.mark.conformance

ALL = [real for real in REAL if real.provider.startswith("pi-")]
CLI, RPC, SDK = ALL
SOLVED: list[Step] = [
    RunCommand("echo hello"),
    WriteFile("docs/a.md", "a\n"),
    EditFile("docs/a.md", "a", "b"),
    ReadFile("docs/a.md"),
    Say("It is done."),
]
ELSEWHERE = "http://127.0.0.1:1"


@pytest.fixture(params=ALL, ids=str)
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    need(request.param)
    with bench(tmp_path, request.param) as made:
        yield made


@pytest.fixture
def cli(tmp_path: Path) -> Iterator[Bench]:
    need(CLI)
    with bench(tmp_path, CLI) as made:
        yield made


@pytest.fixture
def rpc(tmp_path: Path) -> Iterator[Bench]:
    need(RPC)
    with bench(tmp_path, RPC) as made:
        yield made


def told(model: ScriptedModel) -> str:
    """Return all that the model was told."""
    return json.dumps([request.body for request in model.requests], ensure_ascii=False)


def propose(
    desk: Bench,
    options: Mapping[str, object],
    *,
    model: str | None = None,
    mode: RuntimeMode = RuntimeMode.PROFILE,
    env: Mapping[str, str] | None = None,
) -> ProposalRecord:
    """Let it propose as it is configured, without pointing it anywhere."""
    backend = backend_of(desk.real, options)
    backend = dataclasses.replace(backend, setup=dataclasses.replace(backend.setup, model=model))
    desk.scratch.mkdir(exist_ok=True)
    return backend.propose(
        ProposalRequest(
            workspace=desk.workspace,
            prompt=PROMPT,
            round=1,
            timeout=30,
            artifacts=desk.artifacts,
            scratch=desk.scratch,
            runner=desk.supervisor,
            runtime=PlainRuntime(RuntimeSettings(mode=mode)),
            place=Place(workspace=desk.workspace, scratch=desk.scratch),
            environment={"PATH": os.environ["PATH"], **(env or {})},
        )
    )


@pytest.mark.parametrize("api_format", ["chat", "responses", "messages", "gemini"])
def test_each_protocol(cli: Bench, api_format: str) -> None:
    record, model = cli.ask(SOLVED, options={"base_url": ELSEWHERE, "api_format": api_format})
    assert (record.completed, record.reason) == (True, "")
    assert (record.turns, len(model.asked)) == (5, 5)
    assert (record.reported_changes, record.reported_reads) == (("docs/a.md",), ("docs/a.md",))
    reasoning = None if api_format == "messages" else 25
    assert record.spent.usage == Usage(
        input=450,
        cached_input=50,
        cache_write=0,
        output=100 - (reasoning or 0),
        reasoning=reasoning,
    )
    assert record.spent.cost_usd is None


@pytest.mark.parametrize(
    ("api_format", "said"),
    [
        ("chat", {"reasoning_effort": "low"}),
        ("responses", {"reasoning": {"effort": "low", "summary": "auto"}}),
    ],
)
def test_effort_is_told(desk: Bench, api_format: str, said: Mapping[str, object]) -> None:
    options = {"base_url": ELSEWHERE, "api_format": api_format, "effort": "low"}
    record, model = desk.ask([Say("x")], options=options)
    assert record.completed
    assert said.items() <= model.asked[0].body.items()


def test_known_model_has_a_price(desk: Bench) -> None:
    with ScriptedModel([Say("x")], workspace=desk.workspace) as model:
        options = {
            "base_url": f"{model.root_url}/v1",
            "sub_provider": "openai",
            "env_key": SCRIPTED_KEY,
        }
        record = propose(desk, options, model="gpt-4.1", env={SCRIPTED_KEY: KEY})
    assert (record.completed, record.reason) == (True, "")
    assert record.spent.cost_usd is not None
    assert record.spent.cost_usd > 0
    assert model.asked[0].path.endswith("/responses")
    assert model.asked[0].headers["authorization"] == f"Bearer {KEY}"


def test_no_more_requests_than_allowed(desk: Bench) -> None:
    steps: list[Step] = [RunCommand(f"echo {number} >>n.txt") for number in range(5)]
    record, model = desk.ask([*steps, Say("x")], options={"turns": 2})
    assert (record.completed, record.fault, record.turns) == (False, None, 2)
    assert "stopped after 2 requests" in record.reason
    assert len(model.asked) == 2
    assert (desk.workspace / "n.txt").read_text() == "0\n1\n"
    just_enough, _ = desk.ask([RunCommand("true"), Say("x")], options={"turns": 2})
    assert (just_enough.completed, just_enough.turns) == (True, 2)


@pytest.mark.parametrize("retries", [0, 2])
def test_retries_are_those_that_were_asked_for(cli: Bench, retries: int) -> None:
    record, model = cli.ask([Repeat(Status(500))], options={"retries": retries})
    assert (record.fault, record.program_retries) == (Fault.TRANSPORT, retries)
    assert len(model.asked) == retries + 1


def test_retry_that_helps_is_counted(desk: Bench) -> None:
    record, model = desk.ask([Status(500), Say("done")])
    assert (record.completed, record.program_retries, len(model.asked)) == (True, 1, 2)


def test_limit_while_it_waits_after_a_refusal(desk: Bench) -> None:
    record, _ = desk.ask([Status(429), Hang(60)], timeout=6)
    assert (record.ended, record.fault) == (Ended.TIMEOUT, Fault.RATE_LIMIT)


def test_system_prompts(desk: Bench) -> None:
    options = {"system_prompt": "INSTEAD", "append_system_prompt": "/etc/hostname"}
    record, model = desk.ask([Say("x")], options=options)
    assert record.completed
    assert "INSTEAD" in told(model)
    assert "/etc/hostname" in told(model)
    assert "expert coding assistant" not in told(model)


def test_instructions_from_the_workspace_down_to_where_it_works(desk: Bench) -> None:
    below = desk.workspace / "a" / "b"
    below.mkdir(parents=True)
    (desk.root / "AGENTS.md").write_text("FOREIGN")
    (desk.workspace / "AGENTS.md").write_text("TOP")
    (desk.workspace / "CLAUDE.md").write_text("NOT-SHOWN")
    (desk.workspace / "a" / "CLAUDE.md").write_text("MIDDLE")
    (below / "AGENTS.override.md").write_text("BOTTOM")
    record, model = desk.ask([RunCommand("pwd"), Say("x")], options={"cwd": "a/b"})
    assert record.completed
    assert record.cwd == str(below)
    said = told(model)
    assert said.index("TOP") < said.index("MIDDLE") < said.index("BOTTOM")
    assert "FOREIGN" not in said
    assert "NOT-SHOWN" not in said


def test_extensions_of_the_workspace(desk: Bench) -> None:
    place = desk.workspace / ".pi" / "extensions"
    place.mkdir(parents=True)
    ran = desk.root / "ran"
    (place / "take-over.ts").write_text(
        f"import {{ writeFileSync }} from 'node:fs';\n"
        f"export default () => {{ writeFileSync({json.dumps(str(ran))}, 'x'); }};\n"
    )
    (desk.workspace / ".pi" / "settings.json").write_text('{"retry": {"maxRetries": 7}}')
    record, _ = desk.ask([Say("x")])
    assert record.completed
    assert not ran.exists()
    if desk.real is not SDK:
        record, _ = desk.ask([Say("x")], options={"project_settings": True})
        assert record.completed
        assert ran.exists()


def test_tools_that_are_offered(desk: Bench) -> None:
    def offered(**options: object) -> set[str]:
        _, model = desk.ask([Say("x")], options=options)
        return {each["function"]["name"] for each in model.asked[0].body["tools"]}

    assert offered() == {"read", "bash", "edit", "write"}
    assert offered(allowed_tools=["read", "grep"]) == {"read", "grep"}
    assert offered(denied_tools=["write", "edit"]) == {"read", "bash"}


def test_key_is_not_among_the_variables_of_commands(desk: Bench) -> None:
    record, model = desk.ask([RunCommand("env >env.txt"), Say("x")])
    assert record.completed
    assert KEY not in (desk.workspace / "env.txt").read_text()
    assert model.asked[0].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("key", ["!touch stolen-0123456789", "$HOME-$$-0123456789-${PATH}"])
def test_key_that_looks_like_a_command_or_a_variable(desk: Bench, key: str) -> None:
    desk.environment[SCRIPTED_KEY] = key
    record, model = desk.ask([Say("x")])
    assert record.completed
    assert model.asked[0].headers["authorization"] == f"Bearer {key}"
    assert list(desk.workspace.glob("stolen*")) == []


def test_separators_of_lines_in_a_text(desk: Bench) -> None:
    text = "one\u2028two\u2029three\x85four"
    record, _ = desk.ask([Say(text)])
    assert record.answer == text


def test_answer_that_was_cut_or_is_empty(desk: Bench) -> None:
    cut, _ = desk.ask([Length()])
    assert (cut.completed, cut.fault) == (False, None)
    assert "length limit" in cut.reason
    empty, _ = desk.ask([Empty()])
    assert (empty.completed, empty.answer) == (True, None)


def test_run_is_aborted_at_the_limit(rpc: Bench) -> None:
    record, _ = rpc.ask([RunCommand("touch begun; sleep 300"), Say("x")], timeout=5)
    assert (record.ended, record.completed, record.fault) == (Ended.TIMEOUT, False, None)
    assert (rpc.workspace / "begun").exists()
    # It had the time to tell how its command ended.
    [call] = record.tool_calls
    assert call.failed
    assert record.survivors == 0


def test_unknown_sub_provider(desk: Bench) -> None:
    record = propose(
        desk,
        {"sub_provider": "nobody", "env_key": SCRIPTED_KEY},
        model="x",
        env={SCRIPTED_KEY: KEY},
    )
    assert (record.completed, record.fault) == (False, Fault.UNSUPPORTED)
    assert 'Unknown provider "nobody"' in record.reason


def test_node_that_is_too_old(tmp_path: Path) -> None:
    old = shutil.which("node", path="/usr/bin")
    if old is None or not PI.exists():
        pytest.skip("there is no other Node on this machine")
    real = dataclasses.replace(CLI, command=(old, str(PI)))
    with bench(tmp_path, real) as desk:
        record, _ = desk.ask([Say("x")])
    if record.completed:
        pytest.skip("the other Node on this machine is new enough")
    assert record.fault is Fault.UNAVAILABLE
    assert "needs Node 22.19.0 or newer" in record.reason
    assert "npm install" in record.reason


def test_program_as_npm_installs_it(tmp_path: Path) -> None:
    need(CLI)
    real = dataclasses.replace(CLI, command=(str(MODULES / ".bin" / "pi"),))
    with bench(tmp_path, real) as desk:
        desk.environment["PATH"] = f"{NODE.parent}:{os.environ['PATH']}"
        record, _ = desk.ask([Say("x")])
    assert (record.completed, record.reason) == (True, "")
    assert record.argv[:2] == (str(NODE), str(PI))


def pretended(root: Path, sdk: str, cli: str = "console.log('0.87.1')") -> Real:
    """Return a package with another SDK in place of Pi's, and the real Node."""
    need(SDK)
    dist = root / "package" / "dist"
    (dist / "bundle").mkdir(parents=True)
    described = {"name": "@x/pi-coding-agent", "type": "module", "main": "./dist/index.js"}
    (dist.parent / "package.json").write_text(json.dumps(described))
    (dist / "index.js").write_text(sdk)
    script = dist / "bundle" / "cli.js"
    script.write_text(cli)
    return dataclasses.replace(SDK, command=(str(NODE), str(script)))


@pytest.mark.parametrize(
    ("sdk", "fault", "said"),
    [
        ("import 'not-there';", Fault.UNAVAILABLE, "cannot be loaded"),
        ("export const SettingsManager = 3;", Fault.INTERNAL, "the SDK of Pi crashed"),
        ("console.log('{\"type\": 3'); process.exit(0);", Fault.UNAVAILABLE, "before the model"),
        ("process.kill(process.pid, 'SIGKILL');", None, "signal 9"),
    ],
)
def test_broken_sdk(tmp_path: Path, sdk: str, fault: Fault | None, said: str) -> None:
    with bench(tmp_path / "desk", pretended(tmp_path, sdk)) as desk:
        record, _ = desk.ask([Say("x")])
    assert (record.completed, record.fault) == (False, fault)
    assert said in record.reason


def test_program_without_its_dependencies(tmp_path: Path) -> None:
    with bench(tmp_path / "desk", pretended(tmp_path, "", cli="import 'not-there';")) as desk:
        record, _ = desk.ask([Say("x")])
    assert (record.completed, record.fault) == (False, Fault.UNAVAILABLE)
    assert "cannot be loaded: Cannot find package 'not-there'" in record.reason


def test_home_of_the_user(desk: Bench) -> None:
    home = desk.root / "home"
    own = home / ".pi" / "agent"
    own.mkdir(parents=True)
    (own / "AGENTS.md").write_text("MINE")
    with ScriptedModel([Say("x")], workspace=desk.workspace) as model:
        provider = {
            "baseUrl": f"{model.root_url}/v1",
            "api": "openai-completions",
            "apiKey": "k",
            "models": [{"id": "m1"}],
        }
        (own / "models.json").write_text(json.dumps({"providers": {"mine": provider}}))
        before = sorted(path.name for path in own.iterdir())
        record = propose(
            desk,
            {"sub_provider": "mine"},
            model="m1",
            mode=RuntimeMode.HOST,
            env={"HOME": str(home)},
        )
    assert (record.completed, record.reason) == (True, "")
    assert "MINE" in told(model)
    assert {"settings.json", "sessions"}.isdisjoint(path.name for path in own.iterdir())
    assert set(before) <= {path.name for path in own.iterdir()}
    assert list(desk.scratch.iterdir()) == []
