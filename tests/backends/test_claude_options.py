"""What Claude Code is started with, and what is refused."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from pytest_harness.backends.adapter import SCRIPTED_KEY, Adapter, Launch, Setup
from pytest_harness.backends.claude.cli import CLAUDE_CLI
from pytest_harness.backends.claude.faults import of_message, of_start
from pytest_harness.backends.claude.program import CLAUDE
from pytest_harness.backends.claude.sdk import CLAUDE_SDK
from pytest_harness.backends.options import AgentOptions
from pytest_harness.errors import ConfigurationError
from pytest_harness.vocabulary import Fault, RuntimeMode
from tests.backends.reading import ended
from tests.backends.rooms import room_of

KEY = "sk-ant-0123456789-abcdef"
BOTH = pytest.mark.parametrize("adapter", [CLAUDE_CLI, CLAUDE_SDK], ids=lambda each: each.name)


def setup_of(
    adapter: Adapter, model: str | None = None, env: tuple[str, ...] = (), **options: Any
) -> Setup:
    made = Setup(id="claude", model=model, env=env, options=AgentOptions.read(options))
    adapter.check(made)
    return made


@contextmanager
def launched(
    tmp_path: Path,
    adapter: Adapter,
    setup: Setup,
    source: dict[str, str] | None = None,
    *,
    host: bool = False,
    timeout: float = 600,
) -> Iterator[tuple[Launch, Path]]:
    """Give what it is started with, and its directory of settings."""
    source = {"PATH": "/bin", "ANTHROPIC_API_KEY": KEY} if source is None else source
    mode = RuntimeMode.HOST if host else RuntimeMode.PROFILE
    made = room_of(tmp_path, adapter, setup, source, argv=("program",), mode=mode, timeout=timeout)
    with made as room, adapter.launch(room) as launch:
        yield launch, room.profile.config if room.profile else tmp_path / "none"


def keywords(launch: Launch) -> dict[str, Any]:
    """Return what the child of the SDK is told."""
    assert launch.stdin is not None
    options = json.loads(launch.stdin)["options"]
    assert isinstance(options, dict)
    return options


EVERY: dict[str, Any] = {
    "effort": "high",
    "agent": "Explore",
    "system_prompt": "ONLY THIS",
    "append_system_prompt": "AND THIS",
    "turns": 7,
    "budget_usd": 0.5,
    "allowed_tools": ["Bash(git *)", "WebFetch"],
    "denied_tools": ["Write"],
    "approval_policy": "dontAsk",
    "extra_dirs": ["/data"],
    "log_dir": "/logs",
    "extra_args": ["--betas", "x"],
}


def test_every_option_is_on_the_command_line(tmp_path: Path) -> None:
    setup = setup_of(CLAUDE_CLI, "sonnet", **EVERY)
    with launched(tmp_path, CLAUDE_CLI, setup) as (launch, _):
        given = launch.argv
    for each in (
        "--model=sonnet",
        "--effort=high",
        "--agent=Explore",
        "--system-prompt=ONLY THIS",
        "--append-system-prompt=AND THIS",
        "--max-turns=7",
        "--max-budget-usd=0.5",
        "--allowedTools=Bash(git *),WebFetch",
        "--disallowedTools=Write",
        "--permission-mode=dontAsk",
        "--add-dir=/data",
        "--debug-file=/logs/claude.log",
    ):
        assert each in given
    assert given[0] == "program"
    assert given[-2:] == ("--betas", "x")
    assert launch.stdin == "The prompt: ä ?".encode()


def test_every_option_reaches_the_sdk(tmp_path: Path) -> None:
    setup = setup_of(CLAUDE_SDK, "sonnet", **EVERY)
    with launched(tmp_path, CLAUDE_SDK, setup) as (launch, _):
        given = keywords(launch)
    assert given["model"] == "sonnet"
    assert given["effort"] == "high"
    assert given["system_prompt"] == "ONLY THIS"
    assert (given["max_turns"], given["max_budget_usd"]) == (7, 0.5)
    assert given["allowed_tools"] == ["Bash(git *)", "WebFetch"]
    assert given["disallowed_tools"] == ["Write"]
    assert given["permission_mode"] == "dontAsk"
    assert "/data" in given["add_dirs"]
    assert given["extra_args"] == {
        "betas": "x",
        "no-session-persistence": None,
        "append-system-prompt": "AND THIS",
        "debug-file": "/logs/claude.log",
    }
    assert launch.argv == ("program",)


def test_the_sdk_is_told_to_be_claude_code(tmp_path: Path) -> None:
    with launched(tmp_path, CLAUDE_SDK, setup_of(CLAUDE_SDK)) as (launch, _):
        assert keywords(launch)["system_prompt"] == {"type": "preset", "preset": "claude_code"}
    setup = setup_of(CLAUDE_SDK, append_system_prompt="AND THIS")
    with launched(tmp_path, CLAUDE_SDK, setup) as (launch, _):
        assert keywords(launch)["system_prompt"]["append"] == "AND THIS"


def test_defaults_work_unasked_and_let_no_project_take_over(tmp_path: Path) -> None:
    with launched(tmp_path, CLAUDE_CLI, setup_of(CLAUDE_CLI)) as (launch, config):
        assert {
            "--permission-mode=acceptEdits",
            "--allowedTools=Bash",
            "--setting-sources=user",
            "--strict-mcp-config",
            "--no-session-persistence",
        } <= set(launch.argv)
        assert launch.env["CLAUDE_CONFIG_DIR"] == str(config)
        assert launch.env["CLAUDE_CODE_MAX_RETRIES"] == "1"
        assert launch.env["CLAUDE_CODE_DISABLE_NONSTREAMING_FALLBACK"] == "1"
        assert launch.env["DISABLE_TELEMETRY"] == "1"
        assert "IS_SANDBOX" not in launch.env


@pytest.mark.parametrize(("timeout", "waits"), [(600, "150000"), (20, "10000"), (10_000, "300000")])
def test_it_waits_for_a_quarter_of_its_time(tmp_path: Path, timeout: float, waits: str) -> None:
    setup = setup_of(CLAUDE_CLI)
    with launched(tmp_path, CLAUDE_CLI, setup, timeout=timeout) as (launch, _):
        assert launch.env["API_TIMEOUT_MS"] == waits
        assert launch.env["CLAUDE_BYTE_STREAM_IDLE_TIMEOUT_MS"] == waits


def test_a_variable_that_was_let_through_wins(tmp_path: Path) -> None:
    setup = setup_of(CLAUDE_CLI, env=("API_TIMEOUT_MS",), retries=4)
    source = {"ANTHROPIC_API_KEY": KEY, "API_TIMEOUT_MS": "5", "DISABLE_TELEMETRY": "0"}
    with launched(tmp_path, CLAUDE_CLI, setup, source) as (launch, _):
        assert launch.env["API_TIMEOUT_MS"] == "5"
        assert launch.env["DISABLE_TELEMETRY"] == "1"
        assert launch.env["CLAUDE_CODE_MAX_RETRIES"] == "4"


@BOTH
def test_without_permissions(tmp_path: Path, adapter: Adapter) -> None:
    setup = setup_of(adapter, bypass_permissions=True)
    with launched(tmp_path, adapter, setup) as (launch, _):
        if adapter is CLAUDE_CLI:
            assert "--permission-mode=bypassPermissions" in launch.argv
            assert not [each for each in launch.argv if each.startswith("--allowedTools")]
        else:
            assert keywords(launch)["permission_mode"] == "bypassPermissions"
        assert ("IS_SANDBOX" in launch.env) == (os.geteuid() == 0)


@BOTH
def test_instructions_are_those_of_the_workspace(tmp_path: Path, adapter: Adapter) -> None:
    below = tmp_path / "ws" / "sub"
    below.mkdir(parents=True)
    (tmp_path / "AGENTS.md").write_text("FOREIGN")
    (tmp_path / "ws" / "AGENTS.md").write_text("OWN")
    before = sorted((tmp_path / "ws").rglob("*"))
    with launched(tmp_path, adapter, setup_of(adapter, cwd="sub")) as (launch, _):
        if adapter is CLAUDE_CLI:
            given = [a.partition("=")[2] for a in launch.argv if a.startswith("--add-dir=")]
        else:
            given = keywords(launch)["add_dirs"]
        workspace, lower, linked = map(Path, given)
        assert (workspace, lower) == (tmp_path / "ws", below)
        assert (linked / "CLAUDE.md").read_text() == "OWN"
        assert launch.env["CLAUDE_CODE_ADDITIONAL_DIRECTORIES_CLAUDE_MD"] == "1"
    assert not linked.exists()
    assert sorted((tmp_path / "ws").rglob("*")) == before
    assert (tmp_path / "ws" / "AGENTS.md").read_text() == "OWN"


@BOTH
def test_settings_of_the_project(tmp_path: Path, adapter: Adapter) -> None:
    setup = setup_of(adapter, project_settings=True)
    with launched(tmp_path, adapter, setup) as (launch, _):
        if adapter is CLAUDE_CLI:
            assert "--setting-sources=user,project,local" in launch.argv
            assert "--strict-mcp-config" not in launch.argv
            settings = next(a for a in launch.argv if a.startswith("--settings="))
            document = json.loads(settings.partition("=")[2])
        else:
            given = keywords(launch)
            assert given["setting_sources"] == ["user", "project", "local"]
            document = json.loads(given["settings"])
    assert f"{tmp_path}/CLAUDE.md" in document["claudeMdExcludes"]
    assert f"{tmp_path}/ws/CLAUDE.md" not in document["claudeMdExcludes"]


def test_the_users_own_home(tmp_path: Path) -> None:
    source = {"HOME": str(tmp_path), "ANTHROPIC_API_KEY": KEY, "API_TIMEOUT_MS": "7"}
    setup = setup_of(CLAUDE_CLI, project_settings=True)
    with launched(tmp_path, CLAUDE_CLI, setup, source, host=True) as (launch, _):
        assert "CLAUDE_CONFIG_DIR" not in launch.env
        assert launch.env["API_TIMEOUT_MS"] == "7"
        assert "--strict-mcp-config" not in launch.argv
        settings = next(a for a in launch.argv if a.startswith("--settings="))
        assert f"{tmp_path}/.claude/**" not in settings
    assert sorted(path.name for path in tmp_path.iterdir()) == ["scratch", "ws"]


@pytest.mark.parametrize(
    ("options", "key", "token"),
    [
        ({"env_key": "MY_KEY"}, KEY, None),
        ({"env_token": "MY_KEY"}, None, KEY),
        ({}, "the-endpoint-wants-no-key", None),
    ],
)
def test_an_endpoint_gets_the_credentials_that_were_named(
    tmp_path: Path, options: dict[str, Any], key: str | None, token: str | None
) -> None:
    setup = setup_of(CLAUDE_CLI, base_url="http://127.0.0.1:8000/v1/", **options)
    source = {"MY_KEY": KEY, "ANTHROPIC_AUTH_TOKEN": "another", "ANTHROPIC_API_KEY": "third"}
    with launched(tmp_path, CLAUDE_CLI, setup, source, host=True) as (launch, _):
        assert launch.env["ANTHROPIC_BASE_URL"] == "http://127.0.0.1:8000"
        assert launch.env.get("ANTHROPIC_API_KEY") == key
        assert launch.env.get("ANTHROPIC_AUTH_TOKEN") == token
        assert launch.addresses == ("http://127.0.0.1:8000",)


@BOTH
def test_access_in_order_of_preference(tmp_path: Path, adapter: Adapter) -> None:
    names = ["ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_API_KEY", "CLAUDE_CODE_OAUTH_TOKEN"]
    source = {"HOME": str(tmp_path), **dict.fromkeys(names, KEY)}
    for name in names:
        assert adapter.access(setup_of(adapter), source).names == (name,)
        del source[name]
    missing = adapter.access(setup_of(adapter), source).missing
    assert missing is not None
    assert "export ANTHROPIC_API_KEY=" in missing.remedy
    missing = adapter.access(setup_of(adapter, env_key="MY_KEY"), source).missing
    assert missing is not None
    assert "export MY_KEY=" in missing.remedy
    assert adapter.access(setup_of(adapter, base_url="http://h"), source).missing is None
    cloud = setup_of(adapter, env=("CLAUDE_CODE_USE_BEDROCK",))
    assert adapter.access(cloud, {"CLAUDE_CODE_USE_BEDROCK": "1"}).missing is None
    gateway = {"ANTHROPIC_AUTH_TOKEN": KEY, "ANTHROPIC_BASE_URL": "http://gateway"}
    [note] = adapter.access(setup_of(adapter), gateway).notes
    assert "ANTHROPIC_BASE_URL" in note


def test_a_login_is_lent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    login = tmp_path / ".claude" / ".credentials.json"
    login.parent.mkdir()
    old, new = ({"claudeAiOauth": {"accessToken": each * 30, "expiresAt": 1}} for each in "ab")
    login.write_text(json.dumps(old))
    source = {"HOME": str(tmp_path), "PATH": "/bin"}
    with launched(tmp_path, CLAUDE_CLI, setup_of(CLAUDE_CLI), source) as (launch, config):
        lent = config / ".credentials.json"
        assert json.loads(lent.read_text()) == old
        assert launch.secrets == ("a" * 30,)
        lent.write_text(json.dumps(new))
    assert json.loads(login.read_text()) == new


@BOTH
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"effort": "silly"}, "give one of low, medium"),
        ({"approval_policy": "yolo"}, "give one of acceptEdits"),
        ({"approval_policy": "plan", "bypass_permissions": True}, "exclude each other"),
        ({"extra_args": ["--output-format=text"]}, "leave it out"),
    ],
)
def test_what_is_refused(adapter: Adapter, options: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        setup_of(adapter, **options)


def test_an_argument_without_a_name_is_refused_by_the_sdk() -> None:
    with pytest.raises(ConfigurationError, match="--name=value"):
        setup_of(CLAUDE_SDK, extra_args=["--betas=x", "y"])


@BOTH
def test_scripted(adapter: Adapter) -> None:
    made = adapter.scripted(setup_of(adapter, env_token="T"), "http://127.0.0.1:9")
    assert (made.options.base_url, made.options.env_key) == ("http://127.0.0.1:9", SCRIPTED_KEY)
    assert made.options.env_token is None


@pytest.mark.parametrize("nested", [False, True])
def test_the_native_program_is_found_behind_the_package(tmp_path: Path, nested: bool) -> None:
    scope = tmp_path / "node_modules" / "@anthropic-ai"
    script = scope / "claude-code" / "bin" / "claude.exe"
    script.parent.mkdir(parents=True)
    script.write_text("#!/bin/sh\nexit 1\n")
    script.chmod(0o755)
    link = tmp_path / "node_modules" / ".bin" / "claude"
    link.parent.mkdir()
    link.symlink_to(script)
    assert CLAUDE.find((str(link),), "") == (str(link),)
    system = os.uname()
    machine = {"x86_64": "x64", "aarch64": "arm64"}.get(system.machine, system.machine)
    home = scope / "claude-code" / "node_modules" / "@anthropic-ai" if nested else scope
    program = home / f"claude-code-{system.sysname.lower()}-{machine}" / "claude"
    program.parent.mkdir(parents=True)
    program.touch(mode=0o755)
    assert CLAUDE.find((str(link),), "") == (str(program),)
    assert CLAUDE.identify("2.1.329 (Claude Code)") == "2.1.329"
    assert CLAUDE.identify("claude 1.2.3, another program") is None


@pytest.mark.parametrize(
    ("stderr", "fault", "said"),
    [
        ("error: unknown option '--nonsense'", Fault.UNSUPPORTED, "--nonsense"),
        ("--agent 'x' not found. Available agents: y", Fault.UNSUPPORTED, "Available"),
        ("Not logged in", Fault.AUTH, "Not logged in"),
        ("panic: out of luck", Fault.UNAVAILABLE, "out of luck"),
        ("", Fault.UNAVAILABLE, "printed nothing"),
    ],
)
def test_a_program_that_does_not_start(stderr: str, fault: Fault, said: str) -> None:
    found, reason = of_start(ended(stderr))
    assert found is fault
    assert said in reason


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        ("Invalid API key · Fix external API key", Fault.AUTH),
        ("Not logged in · Please run /login", Fault.AUTH),
        ("Credit balance is too low", Fault.RATE_LIMIT),
        ("API Error: Repeated 529 Overloaded errors", Fault.TRANSPORT),
        ("Request timed out. Set API_TIMEOUT_MS above 3000.", Fault.TRANSPORT),
        ("API Error: Connection dropped (ECONNRESET).", Fault.TRANSPORT),
        ("API Error: JSON Parse error: Expected '}'", Fault.TRANSPORT),
        ("Prompt is too long (status 400)", None),
        ("error_max_turns: Reached maximum number of turns (2)", None),
        ("TypeError: unexpected keyword argument 'effort'", Fault.UNSUPPORTED),
        ("CLINotFoundError: Claude Code not found", Fault.UNAVAILABLE),
    ],
)
def test_messages(message: str, fault: Fault | None) -> None:
    assert of_message(message) is fault
