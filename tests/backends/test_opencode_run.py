"""How OpenCode is started: its command line, settings, credentials, and plug-ins set aside."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pytest_harness.backends.adapter import SCRIPTED_KEY, Launch, Setup
from pytest_harness.backends.aside import set_aside
from pytest_harness.backends.opencode.plugins import plugins as plugins_in
from pytest_harness.backends.opencode.program import native
from pytest_harness.backends.opencode.run import OPENCODE_RUN
from pytest_harness.backends.options import AgentOptions
from pytest_harness.backends.providers import AGENTS
from pytest_harness.errors import BackendError, ConfigurationError
from pytest_harness.vocabulary import Fault, Lack, RuntimeMode
from tests.backends.rooms import PROMPT, room_of

KEY = "sk-opencode-0123456789"
AT: dict[str, Any] = {"base_url": "http://127.0.0.1:9/v1", "env_key": "MY_KEY"}


class Bench:
    """A workspace, and what a program would be started with."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.workspace = root / "ws"
        self.scratch = root / "scratch"
        self.workspace.mkdir()
        self.scratch.mkdir()

    @contextlib.contextmanager
    def launch(
        self,
        model: str | None = "m1",
        env: Mapping[str, str] | None = None,
        mode: RuntimeMode = RuntimeMode.PROFILE,
        **options: object,
    ) -> Any:
        setup = Setup(id="oc", model=model, options=AgentOptions.read(options or AT))
        source = {"PATH": os.environ["PATH"], "MY_KEY": KEY, **(env or {})}
        argv = ("/bin/opencode",)
        made = room_of(self.root, OPENCODE_RUN, setup, source, argv=argv, mode=mode, timeout=90)
        with made as room, OPENCODE_RUN.launch(room) as launch:
            yield launch

    def settings(self, **options: Any) -> dict[str, Any]:
        with self.launch(**options) as launch:
            return settings_of(launch)


def settings_of(launch: Launch) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(launch.env["OPENCODE_CONFIG_CONTENT"])
    return found


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path.resolve())


def test_command_line(bench: Bench) -> None:
    with bench.launch(**AT, agent="plan", variant="high", extra_args=["--fork"]) as launch:
        line = " ".join(launch.argv[3:])
        assert launch.argv[0] == "/bin/sh"
        assert launch.stdin == PROMPT.encode("utf-8", "replace")
    assert line.startswith("/bin/opencode run --format json --model custom/m1 --title ")
    assert line.endswith("--agent plan --variant high --fork")
    assert "--auto" not in line


def test_key_is_in_a_file_and_not_in_a_variable(bench: Bench) -> None:
    with bench.launch() as launch:
        file = Path(launch.env["HOME"]) / ".local/share/opencode/auth.json"
        assert json.loads(file.read_text()) == {"custom": {"type": "api", "key": KEY}}
        assert file.stat().st_mode & 0o777 == 0o600
        assert KEY not in str(launch.env)


def test_in_the_users_own_home_nothing_is_written(bench: Bench, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with bench.launch(env={"HOME": str(home)}, mode=RuntimeMode.HOST) as launch:
        client = settings_of(launch)["provider"]["custom"]["options"]
        assert client["apiKey"] == "{env:MY_KEY}"
        assert launch.env["MY_KEY"] == KEY
        assert list(home.iterdir()) == []


def test_nothing_is_ever_asked(bench: Bench) -> None:
    rules = bench.settings(**AT, extra_dirs=["/data/"])["permission"]
    assert rules["*"] == "allow"
    assert rules["question"] == "deny"
    assert rules["external_directory"] == {
        "*": "deny",
        f"{bench.scratch}/profile/tmp/*": "allow",
        "/data/*": "allow",
    }
    assert '"ask"' not in json.dumps(rules)


def test_tools(bench: Bench) -> None:
    rules = bench.settings(**AT, allowed_tools=["bash", "read"], denied_tools=["webfetch"])
    assert list(rules["permission"].items())[:3] == [
        ("*", "deny"),
        ("bash", "allow"),
        ("read", "allow"),
    ]
    assert list(rules["permission"].items())[-1] == ("webfetch", "deny")


@pytest.mark.parametrize(
    ("options", "npm"),
    [
        ({}, "@ai-sdk/openai-compatible"),
        ({"api_format": "responses"}, "@ai-sdk/openai"),
        ({"api_format": "messages"}, "@ai-sdk/anthropic"),
        ({"api_format": "gemini"}, "@ai-sdk/google"),
        ({"sub_provider": "anthropic"}, None),
        ({"sub_provider": "house"}, "@ai-sdk/openai-compatible"),
    ],
)
def test_protocols(bench: Bench, options: dict[str, str], npm: str | None) -> None:
    settings = bench.settings(**AT, **options)
    vendor = options.get("sub_provider", "custom")
    assert settings["provider"][vendor].get("npm") == npm
    assert settings["model"] == settings["small_model"] == f"{vendor}/m1"
    assert settings["enabled_providers"] == [vendor]


def test_names_of_models_at_an_address_keep_their_slashes(bench: Bench) -> None:
    assert bench.settings(model="org/m1", **AT)["model"] == "custom/org/m1"


def test_vendors_need_no_address(bench: Bench) -> None:
    with bench.launch(model="anthropic/m1", env={"ANTHROPIC_API_KEY": KEY}, agent="plan") as launch:
        provider = settings_of(launch)["provider"]["anthropic"]
        assert "baseURL" not in provider["options"]
        assert provider["models"] == {"m1": {}}
        assert "ANTHROPIC_API_KEY" not in launch.env


def test_idle_time_is_bounded(bench: Bench) -> None:
    client = bench.settings()["provider"]["custom"]["options"]
    assert (client["headerTimeout"], client["chunkTimeout"]) == (22_500, 22_500)


def test_turns_and_variant(bench: Bench) -> None:
    settings = bench.settings(**AT, turns=3, agent="plan", variant="high")
    assert settings["agent"] == {"plan": {"steps": 3}}
    assert settings["provider"]["custom"]["models"] == {"m1": {"reasoning": True}}


def test_instructions_of_the_workspace_and_none_from_above(bench: Bench) -> None:
    (bench.workspace / "sub").mkdir()
    (bench.workspace.parent / "AGENTS.md").write_text("above")
    (bench.workspace / "CLAUDE.md").write_text("top")
    assert bench.settings()["instructions"] == [f"{bench.workspace}/CLAUDE.md"]
    (bench.workspace / "AGENTS.md").write_text("top")
    (bench.workspace / "sub" / "AGENTS.md").write_text("below")
    assert bench.settings(**AT, cwd="sub")["instructions"] == [
        f"{bench.workspace}/sub/AGENTS.md",
        f"{bench.workspace}/AGENTS.md",
    ]


def test_appended_prompt(bench: Bench) -> None:
    with bench.launch(**AT, append_system_prompt="Be brief.") as launch:
        [path] = settings_of(launch)["instructions"]
        assert Path(path).read_text() == "Be brief."
    assert not Path(path).exists()


def test_traffic_at_the_start_is_switched_off(bench: Bench) -> None:
    with bench.launch() as launch:
        for name in ("AUTOUPDATE", "MODELS_FETCH", "SHARE", "PROJECT_CONFIG", "CLAUDE_CODE"):
            assert launch.env[f"OPENCODE_DISABLE_{name}"] == "1"
        lock = Path(launch.env["HOME"]) / ".config/opencode/package-lock.json"
        packages = json.loads(lock.read_text())["packages"]
        assert packages[""]["dependencies"] == {"@opencode-ai/plugin": "1.0.0"}


def test_plugins_are_away_meanwhile_and_back_afterwards(bench: Bench) -> None:
    plugin = bench.workspace / ".opencode" / "plugins" / "a.js"
    plugin.parent.mkdir(parents=True)
    plugin.write_text("a")
    plugin.chmod(0o640)
    before = plugin.stat()
    with contextlib.suppress(ZeroDivisionError), bench.launch():
        assert not plugin.parent.exists()
        raise ZeroDivisionError
    after = plugin.stat()
    assert (before.st_ino, before.st_mtime_ns, before.st_mode) == (
        after.st_ino,
        after.st_mtime_ns,
        after.st_mode,
    )
    with bench.launch(**AT, project_settings=True) as launch:
        assert plugin.exists()
        assert "OPENCODE_DISABLE_PROJECT_CONFIG" not in launch.env
        assert "OPENCODE_PURE" not in launch.env


def test_plugins_that_were_made_meanwhile_stay(tmp_path: Path) -> None:
    plugins = tmp_path / ".opencode" / "plugin"
    plugins.mkdir(parents=True)
    (plugins / "old.js").write_text("old")
    (plugins / "both.js").write_text("old")
    with set_aside(plugins_in(tmp_path), tmp_path / "held"):
        plugins.mkdir()
        (plugins / "both.js").write_text("new")
        (plugins / "new.js").write_text("new")
    found = {path.name: path.read_text() for path in plugins.iterdir()}
    assert found == {"old.js": "old", "both.js": "new", "new.js": "new"}
    assert not (tmp_path / "held").exists()


def test_plugins_come_back_where_their_folder_was_removed(tmp_path: Path) -> None:
    plugins = tmp_path / ".opencode" / "plugin"
    plugins.mkdir(parents=True)
    (plugins / "old.js").write_text("old")
    with set_aside(plugins_in(tmp_path), tmp_path / "held"):
        (tmp_path / ".opencode").rmdir()
    assert (plugins / "old.js").read_text() == "old"


def test_plugins_are_not_put_back_through_a_link(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    workspace = tmp_path / "workspace"
    plugins = workspace / ".opencode" / "plugin"
    plugins.mkdir(parents=True)
    (plugins / "old.js").write_text("old")
    with set_aside(plugins_in(workspace), tmp_path / "held"):
        (workspace / ".opencode").rmdir()
        (workspace / ".opencode").symlink_to(outside)
    assert list(outside.iterdir()) == []


def test_folder_that_is_a_link_is_set_aside_itself(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    (outside / "plugin").mkdir(parents=True)
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    link = workspace / ".opencode"
    link.symlink_to(outside)
    with set_aside(plugins_in(workspace), tmp_path / "held"):
        assert not link.is_symlink()
        assert (outside / "plugin").exists()
    assert link.readlink() == outside


def test_plugins_above_the_workspace_are_refused(bench: Bench) -> None:
    (bench.workspace.parent / ".opencode" / "plugin").mkdir(parents=True)
    with pytest.raises(BackendError, match="above the workspace") as caught, bench.launch():
        pass
    assert caught.value.fault is Fault.UNSUPPORTED
    (bench.workspace / ".git").mkdir()
    with bench.launch():
        pass


@pytest.mark.parametrize(
    ("model", "options", "sentence"),
    [
        ("m1", {}, "does not say whose it is"),
        ("a/m1", {"env_key": "K"}, "belongs to a base_url"),
        ("a/m1", {"api_format": "chat"}, "belongs to a base_url"),
        ("m1", {"sub_provider": "a/b"}, "holds a slash"),
        ("a/m1", {"agent": "general"}, "give one of build, plan"),
        ("a/m1", {"denied_tools": ["write"]}, "give one of bash, edit"),
        ("a/m1", {"allowed_tools": ["Bash"]}, "give one of bash, edit"),
        ("a/m1", {"extra_args": ["--model=x"]}, "use model instead"),
        ("a/m1", {"extra_args": ["--auto"]}, "leave it out"),
    ],
)
def test_wrong_settings_are_refused(model: str, options: dict[str, object], sentence: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        OPENCODE_RUN.check(Setup(id="oc", model=model, options=AgentOptions.read(options)))
    assert sentence in str(caught.value)


def access(model: str | None, env: Mapping[str, str], **options: object) -> Any:
    setup = Setup(id="oc", model=model, options=AgentOptions.read(options))
    return OPENCODE_RUN.access(setup, env)


def test_access_by_key() -> None:
    keys = {"GEMINI_API_KEY": "k", "GOOGLE_API_KEY": "k", "OPENAI_API_KEY": "k"}
    assert access("google/m1", keys).names == ("GEMINI_API_KEY",)
    assert access("m1", keys, sub_provider="openai").names == ("OPENAI_API_KEY",)
    assert access("m1", {}, base_url="http://h/v1").missing is None
    missing = access("m1", {}, base_url="http://h/v1", env_key="MY_KEY").missing
    assert missing.remedy == "set it: export MY_KEY=..."
    missing = access("anthropic/m1", keys).missing
    assert missing.remedy == "set ANTHROPIC_API_KEY, or run: opencode auth login"


def test_access_by_login(tmp_path: Path) -> None:
    file = tmp_path / ".local/share/opencode/auth.json"
    file.parent.mkdir(parents=True)
    file.write_text('{"github-copilot": {"type": "oauth"}}')
    home = {"HOME": str(tmp_path)}
    assert access("github-copilot/m1", home).login == file.resolve()
    assert access("openai/m1", home).missing is not None
    file.write_text("no json")
    assert access("github-copilot/m1", home).missing is not None


def test_without_a_model_it_says_so() -> None:
    found = access(None, {})
    assert found.lacks is Lack.MODEL


def test_scripted_model() -> None:
    setup = Setup(id="oc", options=AgentOptions(sub_provider="anthropic"))
    scripted = OPENCODE_RUN.scripted(setup, "http://127.0.0.1:9")
    assert scripted.options.base_url == "http://127.0.0.1:9/v1"
    assert scripted.options.env_key == SCRIPTED_KEY
    OPENCODE_RUN.check(scripted)


def test_every_option_in_the_table_is_one() -> None:
    known = set(AgentOptions.__dataclass_fields__)
    assert set(AGENTS["opencode-run"].options) <= known


def test_native_program_is_found_behind_npms(tmp_path: Path) -> None:
    system = os.uname()
    machine = {"x86_64": "x64", "aarch64": "arm64"}.get(system.machine, system.machine)
    wrapper = tmp_path / "opencode-ai" / "bin" / "opencode.exe"
    program = tmp_path / f"opencode-{system.sysname.lower()}-{machine}" / "bin" / "opencode"
    for path in (wrapper, program):
        path.parent.mkdir(parents=True)
        path.touch(mode=0o755)
    assert native(wrapper) == program
    assert native(program) is None
