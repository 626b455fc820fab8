"""What Gemini CLI is started with, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pytest_harness.backends.adapter import Launch, Setup
from pytest_harness.backends.gemini.access import AuthType
from pytest_harness.backends.gemini.cli import GEMINI_CLI
from pytest_harness.backends.gemini.shield import shielded
from pytest_harness.backends.options import AgentOptions
from pytest_harness.errors import BackendError, ConfigurationError
from pytest_harness.vocabulary import Fault, RuntimeMode
from tests.backends.rooms import PROMPT, room_of

KEY = "key-0123456789-abcdef"


def setup_of(model: str | None = "gemini-x", **options: object) -> Setup:
    made = Setup(id="gemini", model=model, options=AgentOptions.read(options))
    GEMINI_CLI.check(made)
    return made


def launched(
    tmp_path: Path, setup: Setup, source: dict[str, str] | None = None, *, host: bool = False
) -> tuple[Launch, dict[str, Any], Path]:
    """Return what it would be started with, its settings, and its home."""
    source = {"PATH": "/bin", "GEMINI_API_KEY": KEY} if source is None else source
    mode = RuntimeMode.HOST if host else RuntimeMode.PROFILE
    made = room_of(tmp_path, GEMINI_CLI, setup, source, argv=("gemini",), mode=mode)
    with made as room, GEMINI_CLI.launch(room) as launch:
        home = room.profile.config if room.profile else tmp_path / "none"
        file = home / ".gemini" / "settings.json"
        settings = json.loads(file.read_text()) if file.exists() else {}
        memory = home / ".gemini" / "GEMINI.md"
        settings["_memory"] = memory.read_text() if memory.exists() else None
        prompt = launch.env.get("GEMINI_SYSTEM_MD")
        settings["_system"] = Path(prompt).read_text() if prompt else None
        return launch, settings, home


def test_usual_command_line(tmp_path: Path) -> None:
    launch, settings, home = launched(tmp_path, setup_of())
    assert launch.argv == (
        *("gemini", "--output-format", "stream-json", "--approval-mode", "yolo"),
        *("--skip-trust", "--model", "gemini-x"),
    )
    assert launch.stdin == PROMPT.encode("utf-8", "replace")
    assert launch.env["GEMINI_CLI_HOME"] == str(home)
    assert launch.env["GEMINI_CLI_NO_RELAUNCH"] == "true"
    assert launch.env["GEMINI_API_KEY"] == KEY
    assert not Path(launch.env["GEMINI_CLI_SYSTEM_SETTINGS_PATH"]).exists()
    assert settings["security"]["auth"]["selectedType"] == "gemini-api-key"
    assert settings["privacy"] == {"usageStatisticsEnabled": False}
    assert settings["telemetry"] == {"enabled": False}
    assert settings["general"]["enableAutoUpdate"] is False
    assert settings["general"]["maxAttempts"] == 1
    assert settings["context"] == {
        "fileName": ["AGENTS.md", "GEMINI.md"],
        "memoryBoundaryMarkers": [],
    }
    assert settings["advanced"] == {"ignoreLocalEnv": True}
    assert settings["model"] == {"maxSessionTurns": -1}


def test_model_is_left_to_the_program_and_that_is_said(tmp_path: Path) -> None:
    launch, _, _ = launched(tmp_path, setup_of(model=None))
    assert "--model" not in launch.argv
    [note] = GEMINI_CLI.access(setup_of(model=None), {"GEMINI_API_KEY": KEY}).notes
    assert "no model is named" in note


def test_options(tmp_path: Path) -> None:
    launch, settings, _ = launched(
        tmp_path,
        setup_of(
            approval_policy="auto_edit",
            turns=7,
            retries=0,
            allowed_tools=["a"],
            denied_tools=["b"],
            extra_dirs=["/opt/one", "/opt/two"],
            extra_args=["--debug"],
            system_prompt="only",
            append_system_prompt="also",
            cwd="sub",
        ),
    )
    argv = launch.argv
    assert argv[argv.index("--approval-mode") + 1] == "auto_edit"
    included = [argv[at + 1] for at, word in enumerate(argv) if word == "--include-directories"]
    assert included == ["/opt/one", "/opt/two", str(tmp_path / "ws")]
    assert argv[-1] == "--debug"
    assert settings["tools"] == {"allowed": ["a"], "exclude": ["b"]}
    assert settings["model"] == {"maxSessionTurns": 7}
    assert settings["general"]["maxAttempts"] == 1
    assert settings["general"]["retryFetchErrors"] is False
    assert (settings["_system"], settings["_memory"]) == ("only", "also")


def test_settings_of_the_project_are_trusted(tmp_path: Path) -> None:
    (tmp_path / "ws").mkdir()
    (tmp_path / "ws" / ".env").write_text("A=b\n")
    launch, settings, _ = launched(tmp_path, setup_of(project_settings=True))
    assert "--skip-trust" not in launch.argv
    assert launch.env["GEMINI_CLI_TRUST_WORKSPACE"] == "true"
    assert settings["advanced"] == {"ignoreLocalEnv": False}


def test_endpoint_with_and_without_a_key(tmp_path: Path) -> None:
    source = {"PATH": "/bin", "MY_KEY": KEY}
    named = setup_of(base_url="http://127.0.0.1:8000", env_key="MY_KEY")
    launch, _, _ = launched(tmp_path, named, source)
    assert launch.env["GOOGLE_GEMINI_BASE_URL"] == "http://127.0.0.1:8000"
    assert launch.env["GEMINI_API_KEY"] == KEY
    assert "MY_KEY" not in launch.env
    launch, _, _ = launched(tmp_path, setup_of(base_url="http://127.0.0.1:8000"), {"PATH": "/bin"})
    assert launch.env["GEMINI_API_KEY"] == "unused"


def test_access(tmp_path: Path) -> None:
    setup = setup_of()
    assert GEMINI_CLI.access(setup, {"GEMINI_API_KEY": KEY}).names == ("GEMINI_API_KEY",)
    assert GEMINI_CLI.access(setup, {"GOOGLE_API_KEY": KEY}).names == ("GOOGLE_API_KEY",)
    missing = GEMINI_CLI.access(setup, {"HOME": str(tmp_path)}).missing
    assert missing is not None
    assert "export GEMINI_API_KEY" in missing.remedy
    missing = GEMINI_CLI.access(setup_of(env_key="NONE"), {"GEMINI_API_KEY": KEY}).missing
    assert missing is not None
    assert "NONE" in missing.what


def test_vertex_key_selects_vertex(tmp_path: Path) -> None:
    source = {"PATH": "/bin", "GOOGLE_API_KEY": KEY}
    launch, settings, _ = launched(tmp_path, setup_of(), source)
    assert settings["security"]["auth"]["selectedType"] == AuthType.VERTEX
    assert launch.env["GOOGLE_API_KEY"] == KEY
    assert "GEMINI_API_KEY" not in launch.env


def test_login_is_lent(tmp_path: Path) -> None:
    home = tmp_path / "user"
    (home / ".gemini").mkdir(parents=True)
    token = "ya29.a0123456789-abcdefghij"
    (home / ".gemini" / "oauth_creds.json").write_text(json.dumps({"access_token": token}))
    source = {"PATH": "/bin", "HOME": str(home)}
    launch, settings, _ = launched(tmp_path, setup_of(), source)
    assert settings["security"]["auth"]["selectedType"] == AuthType.LOGIN
    assert token in launch.secrets


def test_own_home_of_the_user_is_left_alone(tmp_path: Path) -> None:
    user = tmp_path / "user"
    user.mkdir()
    source = {"PATH": "/bin", "HOME": str(user), "GEMINI_API_KEY": KEY}
    setup = setup_of(allowed_tools=["a"], system_prompt="only")
    launch, settings, _ = launched(tmp_path, setup, source, host=True)
    assert settings["_system"] == "only"
    assert "GEMINI_CLI_HOME" not in launch.env
    assert launch.argv[-2:] == ("--allowed-tools", "a")
    assert list(user.iterdir()) == []
    assert list((tmp_path / "scratch").iterdir()) == []
    with pytest.raises(BackendError, match="turns stands in the settings") as caught:
        launched(tmp_path, setup_of(turns=3), source, host=True)
    assert caught.value.fault is Fault.UNSUPPORTED


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"approval_policy": "never"}, "default, auto_edit, yolo, plan"),
        ({"retries": 10}, "at most 9"),
        ({"extra_dirs": ["/a,b"]}, "comma"),
    ],
)
def test_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        setup_of(**options)


def test_version_is_asked_without_leaving_anything() -> None:
    assert GEMINI_CLI.program.asking(("/opt/gemini",)) == ("/opt/gemini", "--version")
    assert GEMINI_CLI.program.quiet["GEMINI_CLI_HOME"] == "/dev/null"


def test_what_the_agent_puts_in_the_place_of_hidden_variables_stays(tmp_path: Path) -> None:
    workspace, scratch = tmp_path / "ws", tmp_path / "scratch"
    hidden = workspace / ".gemini" / ".env"
    hidden.parent.mkdir(parents=True)
    scratch.mkdir()
    hidden.write_text("A=b\n")
    with shielded([workspace], scratch):
        assert not hidden.exists()
        hidden.write_text("mine\n")
    assert hidden.read_text() == "mine\n"
    with pytest.raises(RuntimeError), shielded([workspace], scratch):
        raise RuntimeError
    assert hidden.read_text() == "mine\n"
    assert list(scratch.iterdir()) == []
