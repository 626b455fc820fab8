"""What Copilot CLI and its SDK are started with, with which credentials, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pytest_harness.backends.adapter import Launch, Setup
from pytest_harness.backends.copilot import cli
from pytest_harness.backends.copilot.cli import COPILOT_CLI
from pytest_harness.backends.copilot.program import COPILOT, native
from pytest_harness.backends.copilot.sdk import COPILOT_SDK, SDK, job
from pytest_harness.backends.finding import not_found
from pytest_harness.backends.options import AgentOptions
from pytest_harness.backends.providers import AGENTS
from pytest_harness.errors import ConfigurationError
from pytest_harness.vocabulary import Lack, RuntimeMode
from tests.backends.rooms import PROMPT, room_of

KEY = "key-0123456789-abcdef"
URL = "http://127.0.0.1:8000/v1"
ENDPOINT = {"base_url": URL, "env_key": "MY_KEY"}


@pytest.fixture(autouse=True)
def without_shared_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "shared_files", lambda _room, _argv: None)


def setup_of(model: str | None = "m", **options: object) -> Setup:
    made = Setup(id="copilot", model=model, options=AgentOptions.read(options))
    COPILOT_CLI.check(made)
    return made


def launched(
    tmp_path: Path, setup: Setup, source: dict[str, str] | None = None, *, host: bool = False
) -> tuple[Launch, dict[str, Any] | None]:
    """Return what it would be started with, and what stands in its settings."""
    source = {"PATH": "/bin", "MY_KEY": KEY} if source is None else source
    mode = RuntimeMode.HOST if host else RuntimeMode.PROFILE
    made = room_of(tmp_path, COPILOT_CLI, setup, source, argv=("/bin/copilot",), mode=mode)
    with made as room:
        with COPILOT_CLI.launch(room) as launch:
            place = room.profile.config if room.profile else tmp_path / "none"
            file = place / "config.json"
            found = json.loads(file.read_text()) if file.exists() else None
        assert not (tmp_path / "scratch" / "copilot").exists()
        return launch, found


def test_usual_command_line(tmp_path: Path) -> None:
    launch, _ = launched(tmp_path, setup_of(**ENDPOINT))
    place = tmp_path / "scratch" / "copilot"
    assert launch.argv == (
        "/bin/copilot",
        "--output-format=json",
        "--no-auto-update",
        "--no-ask-user",
        "--no-remote",
        "--no-color",
        "--disable-builtin-mcps",
        "--disable-client-telemetry",
        f"--usage-output-file={place / 'usage.json'}",
        f"--log-dir={place / 'logs'}",
        "--allow-all-tools",
        "--model=m",
    )
    assert launch.stdin == PROMPT.encode("utf-8", "replace")
    assert launch.env["COPILOT_OFFLINE"] == "true"
    assert launch.env["COPILOT_AUTO_UPDATE"] == "false"
    assert launch.env["COPILOT_PROVIDER_BASE_URL"] == URL
    assert launch.env["COPILOT_PROVIDER_TYPE"] == "openai"
    assert launch.env["COPILOT_PROVIDER_API_KEY"] == KEY
    assert "COPILOT_PROVIDER_WIRE_API" not in launch.env
    assert "MY_KEY" not in launch.env


def test_options(tmp_path: Path) -> None:
    launch, _ = launched(
        tmp_path,
        setup_of(
            **ENDPOINT,
            effort="high",
            agent="reviewer",
            project_settings=True,
            allowed_tools=["write", "shell(git:*)"],
            denied_tools=["shell(rm)", "bash"],
            extra_dirs=["/opt/one"],
            extra_args=["--plain-diff"],
            cwd="sub",
        ),
    )
    assert launch.argv[10:] == (
        "--allow-tool=write",
        "--allow-tool=shell(git:*)",
        "--deny-tool=shell(rm)",
        "--excluded-tools=bash",
        "--model=m",
        "--reasoning-effort=high",
        "--agent=reviewer",
        "--trust-folder",
        "--add-dir=/opt/one",
        f"--add-dir={tmp_path / 'ws'}",
        "--plain-diff",
    )


def test_everything_is_allowed(tmp_path: Path) -> None:
    launch, _ = launched(tmp_path, setup_of(**ENDPOINT, bypass_permissions=True))
    assert "--allow-all" in launch.argv
    assert "--allow-all-tools" not in launch.argv


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"api_format": "chat"}, {"COPILOT_PROVIDER_TYPE": "openai"}),
        ({"api_format": "responses"}, {"COPILOT_PROVIDER_WIRE_API": "responses"}),
        ({"api_format": "messages"}, {"COPILOT_PROVIDER_TYPE": "anthropic"}),
        ({"sub_provider": "anthropic"}, {"COPILOT_PROVIDER_TYPE": "anthropic"}),
        (
            {"sub_provider": "azure", "api_version": "2024-10-21"},
            {
                "COPILOT_PROVIDER_TYPE": "azure",
                "COPILOT_PROVIDER_AZURE_API_VERSION": "2024-10-21",
            },
        ),
    ],
)
def test_endpoints(tmp_path: Path, options: dict[str, str], expected: dict[str, str]) -> None:
    launch, _ = launched(tmp_path, setup_of(**ENDPOINT, **options))
    assert expected.items() <= launch.env.items()


def test_a_bearer_token(tmp_path: Path) -> None:
    launch, _ = launched(tmp_path, setup_of(base_url=URL, env_token="MY_KEY"))
    assert launch.env["COPILOT_PROVIDER_BEARER_TOKEN"] == KEY
    assert "COPILOT_PROVIDER_API_KEY" not in launch.env


def test_variables_of_the_user_do_not_lead_it_astray(tmp_path: Path) -> None:
    source = {
        "PATH": "/bin",
        "MY_KEY": KEY,
        "HOME": "/home/me",
        "COPILOT_ALLOW_ALL": "true",
        "COPILOT_PROVIDER_BEARER_TOKEN": "another",
    }
    launch, _ = launched(tmp_path, setup_of(**ENDPOINT), source, host=True)
    assert "COPILOT_ALLOW_ALL" not in launch.env
    assert "COPILOT_PROVIDER_BEARER_TOKEN" not in launch.env
    assert "COPILOT_HOME" not in launch.env


def test_a_key_that_the_program_does_not_inherit(tmp_path: Path) -> None:
    setup = setup_of(base_url=URL, env_key="HARNESS_KEY")
    launch, _ = launched(tmp_path, setup, {"PATH": "/bin", "HARNESS_KEY": KEY}, host=True)
    assert launch.env["COPILOT_PROVIDER_API_KEY"] == KEY
    assert "HARNESS_KEY" not in launch.env


@pytest.mark.parametrize("name", ["COPILOT_GITHUB_TOKEN", "GH_TOKEN", "GITHUB_TOKEN"])
def test_a_token_for_github_is_kept_from_commands(tmp_path: Path, name: str) -> None:
    launch, _ = launched(tmp_path, setup_of(), {"PATH": "/bin", name: KEY})
    assert launch.env["COPILOT_GITHUB_TOKEN"] == KEY
    assert not {"GH_TOKEN", "GITHUB_TOKEN", "COPILOT_OFFLINE"} & launch.env.keys()


LOGIN = {
    "copilotTokens": {"https://github.com:me": "gho_0123456789abcdefghij"},
    "loggedInUsers": [{"host": "https://github.com", "login": "me"}],
    "lastLoggedInUser": {"host": "https://github.com", "login": "me"},
}


def test_the_users_login_is_lent_without_their_settings(tmp_path: Path) -> None:
    home = tmp_path / "home" / ".copilot"
    home.mkdir(parents=True)
    text = json.dumps({**LOGIN, "trustedFolders": ["/"]})
    (home / "config.json").write_text(f"// Settings belong elsewhere.\n{text}")
    source = {"PATH": "/bin", "HOME": str(tmp_path / "home")}
    assert COPILOT_CLI.access(setup_of(), source).login == home / "config.json"
    launch, lent = launched(tmp_path, setup_of(), source)
    assert lent == LOGIN
    assert launch.secrets == ("gho_0123456789abcdefghij",)


def test_a_login_in_the_keyring_cannot_be_lent(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({**LOGIN, "copilotTokens": {}}))
    missing = COPILOT_CLI.access(setup_of(), {"COPILOT_HOME": str(tmp_path)}).missing
    assert missing is not None
    assert missing.remedy == "set a token: export COPILOT_GITHUB_TOKEN=$(gh auth token)"


def test_what_is_missing() -> None:
    absent = COPILOT_CLI.access(setup_of(**ENDPOINT), {})
    what = f"the variable MY_KEY with the key for {URL} is not set"
    assert absent.missing == (what, "set it: export MY_KEY=...")
    assert COPILOT_CLI.access(setup_of(base_url=URL), {}).missing is None
    nameless = COPILOT_CLI.access(setup_of(model=None, base_url=URL), {})
    assert nameless.lacks is Lack.MODEL
    adrift = COPILOT_CLI.access(setup_of(api_format="responses"), {"GH_TOKEN": KEY}).missing
    assert adrift is not None
    assert "there is none" in adrift.what


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"effort": "huge"}, "effort is 'huge'; give one of none, minimal, low"),
        ({"sub_provider": "ollama"}, "sub_provider is 'ollama'; give one of openai, azure"),
        ({"api_format": "gemini"}, "give one of chat, responses, messages"),
        ({"sub_provider": "anthropic", "api_format": "chat"}, "exclude each other"),
        ({"sub_provider": "openai", "api_format": "messages"}, "exclude each other"),
        ({"api_version": "2024"}, "api_version is told to Azure alone"),
        ({"allowed_tools": ["bash"]}, "is a tool of Copilot CLI and no permission"),
        ({"denied_tools": ["shell("]}, "give permissions, such as shell"),
        ({"allowed_tools": ["write"], "bypass_permissions": True}, "exclude each other"),
    ],
)
def test_refused(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigurationError, match=sentence):
        setup_of(**options)


def test_the_native_program_is_found_behind_npms(tmp_path: Path) -> None:
    scope = tmp_path / "node_modules" / "@github"
    for name in ("copilot", "copilot-linux-x64", "copilot-linux-arm64", "copilot-darwin-arm64"):
        (scope / name).mkdir(parents=True)
    wrapper = scope / "copilot" / "npm-loader.js"
    wrapper.touch()
    assert native(wrapper) is None
    for each in scope.glob("copilot-*"):
        (each / "copilot").touch(mode=0o755)
    (tmp_path / "copilot").symlink_to(wrapper)
    found = native(tmp_path / "copilot")
    assert found is not None
    assert found.parent.name.startswith("copilot-")
    assert native(found) is None


def test_the_version_it_tells() -> None:
    assert COPILOT.identify("GitHub Copilot CLI 1.0.102.\nRun 'copilot update'.") == "1.0.102"
    assert COPILOT.identify("GitHub Copilot CLI 1.0.103-2.") == "1.0.103-2"
    assert COPILOT.identify("v22.1.0") is None


def test_logs_are_kept_without_secrets(tmp_path: Path) -> None:
    setup = setup_of(**ENDPOINT, log_dir=str(tmp_path / "kept"))
    with room_of(tmp_path, COPILOT_CLI, setup, {"MY_KEY": KEY}) as room, COPILOT_CLI.launch(room):
        room.request.vault.add((KEY,))
        logs = tmp_path / "scratch" / "copilot" / "logs"
        logs.mkdir()
        (logs / "process-1.log").write_text(f"the key is {KEY}\n")
    [kept] = (tmp_path / "kept").iterdir()
    assert kept.name.startswith("process-1-")
    assert KEY not in kept.read_text()


def test_the_scripted_model() -> None:
    root = "http://127.0.0.1:9"
    plain = COPILOT_CLI.scripted(setup_of(model=None), root)
    assert (plain.options.base_url, plain.model) == (f"{root}/v1", "scripted")
    messages = COPILOT_CLI.scripted(setup_of(sub_provider="anthropic"), root)
    assert messages.options.base_url == root


def test_the_job_of_the_sdk_has_no_credentials(tmp_path: Path) -> None:
    setup = setup_of(
        **ENDPOINT,
        api_format="responses",
        effort="low",
        append_system_prompt="also",
        denied_tools=["shell", "grep"],
        cwd="sub",
    )
    COPILOT_SDK.check(setup)
    with room_of(tmp_path, COPILOT_SDK, setup, {"MY_KEY": KEY}, argv=("/bin/copilot",)) as room:
        told = job(room)
    assert KEY not in json.dumps(told)
    assert told["cli"] == "/bin/copilot"
    assert told["directory"] == str(tmp_path / "ws" / "sub")
    assert told["permissions"] == {"allowed": [], "denied": ["shell"]}
    assert told["provider"] == {"type": "openai", "base_url": URL, "wire_api": "responses"}
    assert told["session"] == {
        "model": "m",
        "reasoning_effort": "low",
        "excluded_tools": ["grep"],
        "additional_directories": [str(tmp_path / "ws")],
        "system_message": {"mode": "append", "content": "also"},
    }


def test_the_sdk_is_given_the_program(tmp_path: Path) -> None:
    program = tmp_path / "copilot"
    program.touch(mode=0o755)
    found = SDK.find(("python3", str(program)), "/usr/bin:/bin")
    assert found is not None
    assert found[-2:] == ("copilot", str(program))
    assert SDK.find(("python3",), "/nonexistent") is None


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"allowed_tools": ["shell(git:*)"]}, "which the Copilot SDK cannot tell apart"),
        ({"system_prompt": "a", "append_system_prompt": "b"}, "exclude each other"),
    ],
)
def test_refused_by_the_sdk(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigurationError, match=sentence):
        COPILOT_SDK.check(setup_of(**options))


def test_the_sdk_has_no_option_that_only_a_command_line_has() -> None:
    assert {"extra_args", "log_dir", "agent"} & set(AGENTS["copilot-sdk"].options) == set()


def test_an_interpreter_without_the_program_is_not_said_to_be_missing(tmp_path: Path) -> None:
    python = tmp_path / "python3"
    python.write_text("#!/bin/sh\n")
    python.chmod(0o755)
    missing = not_found(COPILOT_SDK, Setup(id="sdk", command=(str(python),)), {"PATH": ""})
    assert missing.what.endswith(f"in part: {python} was found, the rest was not")
    assert "npm install -g @github/copilot" in missing.remedy
    gone = not_found(COPILOT_SDK, Setup(id="sdk", command=("/nowhere/python3",)), {"PATH": ""})
    assert "was not found as /nowhere/python3" in gone.what
