"""What Pi is started with, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pytest_harness.backends.adapter import Launch, Setup
from pytest_harness.backends.options import AgentOptions
from pytest_harness.backends.pi.cli import PI_CLI
from pytest_harness.backends.pi.models import literal
from pytest_harness.backends.pi.program import PI
from pytest_harness.backends.pi.rpc import PI_RPC, PiConversation
from pytest_harness.backends.pi.sdk import PI_SDK
from pytest_harness.errors import BackendError, ConfigurationError
from pytest_harness.vocabulary import Fault, Lack, RuntimeMode
from tests.backends.rooms import PROMPT, room_of

KEY = "sk-0123456789-abcdef"
SOURCE = {"PATH": "/bin", "OPENAI_API_KEY": KEY}
ENDPOINT = "http://127.0.0.1:8000/v1"


def setup_of(model: str | None = "openai/gpt-x", **options: object) -> Setup:
    made = Setup(id="pi", model=model, options=AgentOptions.read(options))
    PI_CLI.check(made)
    return made


def launched(
    tmp_path: Path,
    setup: Setup,
    source: dict[str, str] | None = None,
    *,
    host: bool = False,
    adapter: Any = PI_CLI,
) -> tuple[Launch, dict[str, Any]]:
    """Return what it would be started with, and the files that were written for it."""
    source = SOURCE if source is None else source
    mode = RuntimeMode.HOST if host else RuntimeMode.PROFILE
    argv = ("/programs/node", "/programs/pi/cli.js")
    made = room_of(tmp_path, adapter, setup, source, argv=argv, mode=mode)
    with made as room, adapter.launch(room) as launch:
        place = room.profile.config if room.profile else tmp_path / "scratch"
        files = {path.name: path.read_text() for path in place.rglob("*") if path.is_file()}
        return launch, {
            name: json.loads(text) if name.endswith(".json") else text
            for name, text in files.items()
        }


def test_usual_command_line(tmp_path: Path) -> None:
    launch, files = launched(tmp_path, setup_of())
    assert launch.argv == (
        *(
            "/programs/node",
            "/programs/pi/cli.js",
            "--mode",
            "json",
            "--no-session",
            "--no-context-files",
        ),
        *("--no-approve", "--no-extensions", "--no-skills", "--no-prompt-templates", "--no-themes"),
        *("--model", "openai/gpt-x"),
    )
    assert launch.stdin == PROMPT.encode("utf-8", "replace")
    assert launch.env["PI_OFFLINE"] == launch.env["PI_SKIP_VERSION_CHECK"] == "1"
    assert launch.env["PI_TELEMETRY"] == "0"
    assert launch.env["PI_CODING_AGENT_DIR"].startswith(str(tmp_path / "scratch"))
    assert KEY not in launch.env.values()
    assert files == {
        "auth.json": {"openai": {"type": "api_key", "key": KEY}},
        "settings.json": {
            "retry": {"enabled": True, "maxRetries": 1},
            "httpIdleTimeoutMs": 150_000,
            "compaction": {"enabled": False},
            "cacheWarming": "off",
            "enableInstallTelemetry": False,
            "enableAnalytics": False,
            "defaultProjectTrust": "never",
        },
    }


def test_options(tmp_path: Path) -> None:
    setup = setup_of(
        model="m",
        base_url=ENDPOINT,
        env_key="MINE",
        api_format="responses",
        sub_provider="vllm",
        effort="max",
        retries=0,
        turns=7,
        allowed_tools=["read", "bash"],
        denied_tools=["bash"],
        system_prompt="only",
        append_system_prompt="also",
        project_settings=True,
        extra_args=["--verbose"],
    )
    launch, files = launched(tmp_path, setup, {"PATH": "/bin", "MINE": KEY})
    argv = launch.argv
    given = {word: argv[at + 1] for at, word in enumerate(argv[:-1])}
    assert (given["--provider"], given["--model"]) == ("vllm", "m")
    assert (given["--thinking"], given["--tools"]) == ("max", "read,bash")
    assert given["--exclude-tools"] == "bash"
    assert argv[-1] == "--verbose"
    assert "--approve" in argv
    assert "--no-extensions" not in argv
    assert files["settings.json"]["retry"] == {"enabled": False, "maxRetries": 0}
    assert files["auth.json"] == {"vllm": {"type": "api_key", "key": KEY}}
    assert files["models.json"]["providers"]["vllm"] == {
        "baseUrl": ENDPOINT,
        "api": "openai-responses",
        "models": [
            {
                "id": "m",
                "reasoning": True,
                "thinkingLevelMap": {"xhigh": "xhigh", "max": "max"},
            }
        ],
    }
    assert files["system.md"] == "only"
    assert files["append.md"] == "also"
    assert "asked >= 7" in files["turns.mjs"]


def test_endpoint_without_a_key(tmp_path: Path) -> None:
    launch, files = launched(tmp_path, setup_of(model="m", base_url=ENDPOINT), {"PATH": "/bin"})
    assert files["models.json"]["providers"]["custom"]["apiKey"] == "none"
    assert files["models.json"]["providers"]["custom"]["api"] == "openai-completions"
    assert files["auth.json"] == {}
    assert "--provider" in launch.argv


def test_key_of_a_command_that_was_asked_for_stays_a_variable(tmp_path: Path) -> None:
    setup = Setup(id="pi", model="openai/gpt-x", env=("OPENAI_API_KEY",))
    launch, _ = launched(tmp_path, setup)
    assert launch.env["OPENAI_API_KEY"] == KEY


def test_home_of_the_user_is_left_alone(tmp_path: Path) -> None:
    launch, files = launched(tmp_path, setup_of(append_system_prompt="also"), host=True)
    assert "PI_CODING_AGENT_DIR" not in launch.env
    assert launch.env["OPENAI_API_KEY"] == KEY
    assert "--no-extensions" not in launch.argv
    assert "--no-approve" in launch.argv
    assert files == {"append.md": "also"}
    with pytest.raises(BackendError, match=r"retries .* choose the runtime profile") as caught:
        launched(tmp_path, setup_of(retries=3), host=True)
    assert caught.value.fault is Fault.UNSUPPORTED


def test_login_is_lent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    own = tmp_path / "home" / ".pi" / "agent"
    own.mkdir(parents=True)
    login = {"anthropic": {"type": "oauth", "access": "a-token-of-twenty-letters"}}
    (own / "auth.json").write_text(json.dumps(login))
    source = {"PATH": "/bin", "HOME": str(tmp_path / "home")}
    launch, files = launched(tmp_path, setup_of("anthropic/claude"), source)
    assert files["auth.json"] == login
    assert "a-token-of-twenty-letters" in launch.secrets
    missing = PI_CLI.access(setup_of("openai/gpt-x"), source).missing
    assert missing is not None
    assert "for openai" in missing.what
    assert missing.remedy.startswith("set a key: export OPENAI_API_KEY=")


def test_access() -> None:
    assert PI_CLI.access(setup_of("gpt-x"), SOURCE).names == ("OPENAI_API_KEY",)
    both = {**SOURCE, "GEMINI_API_KEY": "k"}
    assert PI_CLI.access(setup_of(None), both).names == ("OPENAI_API_KEY", "GEMINI_API_KEY")
    assert PI_CLI.access(setup_of("google/x"), both).names == ("GEMINI_API_KEY",)
    nothing = PI_CLI.access(setup_of(None), {})
    assert nothing.missing is not None
    assert "export ANTHROPIC_API_KEY=" in nothing.missing.remedy
    named = PI_CLI.access(setup_of("m", base_url=ENDPOINT, env_key="MINE"), SOURCE)
    assert named.missing is not None
    assert "MINE" in named.missing.what
    assert PI_CLI.access(setup_of(None, base_url=ENDPOINT), {}).lacks is Lack.MODEL


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"effort": "huge"}, "give one of off, minimal"),
        ({"allowed_tools": ["Bash"]}, "give one of read, bash"),
        ({"denied_tools": ["shell"]}, "give one of read, bash"),
        ({"api_format": "chat"}, "belongs to a base_url"),
        ({"base_url": ENDPOINT, "api_format": "gemini", "effort": "max"}, "give high or less"),
        ({"extra_args": ["--tools=read"]}, "use allowed_tools instead"),
        ({"extra_args": ["--mode", "text"]}, "leave it out"),
        ({"sub_provider": "/"}, "is no name"),
    ],
)
def test_what_it_does_not_know_is_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        setup_of(**options)


def test_key_of_nobody_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="whose key"):
        setup_of("gpt-x", env_key="MINE")


def test_keys_are_taken_as_they_are() -> None:
    assert literal("sk-abc") == "sk-abc"
    assert literal("!rm") == "$!rm"
    assert literal("a$B${C}") == "a$$B$${C}"


def test_instructions_as_the_program_shows_them(tmp_path: Path) -> None:
    (tmp_path / "ws").mkdir()
    (tmp_path / "ws" / "AGENTS.md").write_bytes(b"\xef\xbb\xbfDo it \xff well.")
    launch, files = launched(tmp_path, setup_of())
    assert files["instructions.md"] == (
        "Project-specific instructions and guidelines:\n\n"
        f'<project_instructions path="{tmp_path}/ws/AGENTS.md">\n'
        "Do it \ufffd well.\n</project_instructions>\n"
    )
    at = launch.argv.index("--append-system-prompt")
    assert launch.argv[at + 1].endswith("/instructions.md")


def test_instructions_outside_of_the_workspace_are_not_told(tmp_path: Path) -> None:
    (tmp_path / "ws").mkdir()
    (tmp_path / "secret").write_text("A fence hides this.")
    (tmp_path / "ws" / "AGENTS.md").symlink_to(tmp_path / "secret")
    _, files = launched(tmp_path, setup_of())
    assert "instructions.md" not in files
    (tmp_path / "ws" / "real.md").write_text("This is ours.")
    (tmp_path / "ws" / "AGENTS.md").unlink()
    (tmp_path / "ws" / "AGENTS.md").symlink_to("real.md")
    _, files = launched(tmp_path, setup_of())
    assert "This is ours." in files["instructions.md"]


def test_conversation() -> None:
    launch_prompt = PiConversation("line\u2028separator")
    assert launch_prompt.begin() == (
        b'{"id": "prompt", "type": "prompt", "message": "line\\u2028separator"}\n'
    )
    assert launch_prompt.answer(b'{"type":"agent_end","messages":[],"willRetry":false}') == b""
    assert not launch_prompt.over
    assert json.loads(launch_prompt.end()) == {"id": "abort", "type": "abort"}
    assert not launch_prompt.over
    launch_prompt.answer(b'{"type":"agent_settled"}')
    assert launch_prompt.over


@pytest.mark.parametrize(
    ("line", "over"),
    [
        (b'{"type":"agent_end","messages":[]}', True),
        (b'{"id":"prompt","type":"response","command":"prompt","success":false}', True),
        (b'{"id":"prompt","type":"response","command":"prompt","success":true}', False),
        (b'{"type":"tool_execution_end","result":{"success":false}}', False),
        (b"no json", False),
    ],
)
def test_end_of_a_conversation(line: bytes, over: bool) -> None:
    talk = PiConversation("x")
    assert talk.answer(line) == b""
    assert talk.over is over


def test_question_of_an_extension_is_dismissed() -> None:
    talk = PiConversation("x")
    asked = b'{"type":"extension_ui_request","id":"u1","method":"confirm","title":"Sure?"}'
    assert json.loads(talk.answer(asked)) == {
        "type": "extension_ui_response",
        "id": "u1",
        "cancelled": True,
    }
    assert talk.answer(asked.replace(b"confirm", b"notify")) == b""


def test_ways_to_speak(tmp_path: Path) -> None:
    launch, _ = launched(tmp_path, setup_of(), adapter=PI_RPC)
    assert launch.argv[2:4] == ("--mode", "rpc")
    assert launch.stdin is None
    assert launch.conversation is not None
    launch, _ = launched(
        tmp_path, setup_of(denied_tools=["bash"], effort="low", turns=3), adapter=PI_SDK
    )
    assert launch.argv[0] == "/programs/node"
    assert launch.argv[1].endswith("runner.mjs")
    assert launch.argv[2] == "/programs/pi/cli.js"
    assert launch.stdin is not None
    job = json.loads(launch.stdin)
    assert (job["prompt"], job["model"]) == (PROMPT, "openai/gpt-x")
    assert (job["excludeTools"], job["thinking"], job["bare"]) == (["bash"], "low", True)
    [extension] = job["extensions"]
    assert extension.endswith("turns.mjs")


def test_program_is_found_behind_the_script_of_npm(tmp_path: Path) -> None:
    package, bins = tmp_path / "package", tmp_path / "bin"
    package.mkdir()
    bins.mkdir()
    script = package / "cli.js"
    script.write_text("#!/usr/bin/env node\n")
    script.chmod(0o755)
    (bins / "pi").symlink_to(script)
    node = bins / "node"
    assert PI.find((), str(bins)) == (str(bins / "pi"),)
    node.write_text("#!/bin/sh\n")
    node.chmod(0o755)
    assert PI.find((), str(bins)) == (str(node), str(script))
    assert PI.find((str(bins / "pi"),), str(bins)) == (str(node), str(script))
    assert PI.find(("node", str(script)), str(bins)) == (str(node), str(script))
    assert PI.asking((str(node), str(script)))[1] == "-e"
    script.write_text("\x7fELF")
    assert PI.find((), str(bins)) == (str(bins / "pi"),)
    assert PI.asking((str(bins / "pi"),)) == (str(bins / "pi"), "--version")
    assert PI.identify("0.87.1\n") == "0.87.1"
    assert PI.identify("this is pi 3.14 of 1.2.3") is None
    assert PI.find((), "/nonexistent") is None
