"""Settings of Codex: what is accepted, what reaches the command line and the fingerprint."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_harness.backends.adapter import Setup
from pytest_harness.backends.agent_backend import AgentBackend
from pytest_harness.backends.codex.cli import CODEX_CLI
from pytest_harness.backends.codex.command import exec_arguments
from pytest_harness.backends.codex.settings import Situation, toml
from pytest_harness.backends.options import AgentOptions
from pytest_harness.backends.registry import PROVIDERS, Catalog, Overrides
from pytest_harness.config import BackendConfig, HarnessConfig
from pytest_harness.errors import ConfigurationError

LOCAL = AgentOptions(oss=True, base_url="http://127.0.0.1:1/v1")


def line(
    options: AgentOptions, *, model: str | None = None, isolated: bool = True, **told: Any
) -> list[str]:
    situation = Situation(
        workspace=Path("/place/ws"), isolated=isolated, visible=["PATH", "HOME"], **told
    )
    return list(exec_arguments(options, situation, model=model))


def config(words: list[str]) -> dict[str, Any]:
    """What the arguments configure, read as Codex reads them."""
    texts = [words[at + 1] for at, word in enumerate(words) if word == "-c"]
    return tomllib.loads("\n".join(texts))


def make(options: dict[str, object], **overrides: Any) -> AgentBackend:
    declared = BackendConfig(id="mine", provider="codex-cli", options=options)
    catalog = Catalog(HarnessConfig(backends={"mine": declared}))
    backend = catalog.make("mine", None, Overrides(**overrides))
    assert isinstance(backend, AgentBackend)
    return backend


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"oss": "yes"}, "oss is 'yes'; give true or false"),
        ({"sandbox": "none"}, "sandbox is 'none'; give one of read-only"),
        ({"local_provider": 3}, "local_provider is 3"),
        ({"extra_args": "--x"}, "give a list of texts"),
        ({"retries": True}, "give a whole number"),
        ({"retries": -1}, "give a whole number from 0 on"),
        ({"base_url": ""}, "not empty"),
        ({"base_url": "127.0.0.1:8000"}, "is no address"),
        ({"base_url": "http://x/v1", "env_key": "KEY", "oss": True}, "a local model takes no key"),
        ({"env_token": "TOKEN"}, "env_token belongs to base_url"),
        ({"verbosity": "loud"}, "verbosity is 'loud'; give one of low, medium, high"),
        ({"approval_policy": "on-request"}, "use the provider codex-app-server"),
        ({"api_format": "chat"}, "does not speak any more; give 'responses'"),
        ({"api_format": "gemini"}, "Codex speaks 'responses' only"),
        ({"bypass_permissions": True, "sandbox": "read-only"}, "give it or sandbox, not both"),
    ],
)
def test_mistakes_are_named(given: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        make(given)
    assert str(caught.value).startswith("backend 'mine': ")


def test_key_in_the_place_of_its_name_is_not_shown() -> None:
    with pytest.raises(ConfigurationError) as caught:
        make({"base_url": "http://x/v1", "env_key": "sk-secret-value"})
    assert "sk-secret" not in str(caught.value)


def test_the_command_lines_choice_of_a_local_model_wins() -> None:
    made = make({"oss": False}, oss=True, local_provider="lmstudio").setup.options
    assert (made.oss, made.local_provider) == (True, "lmstudio")
    assert not make({"oss": True}, oss=False).setup.options.oss
    assert make({"oss": True}).setup.options.oss


def test_endpoint_becomes_a_provider() -> None:
    options = AgentOptions(base_url='http://h/"v1', env_key="MY_KEY", retries=0)
    made = config(line(options))
    assert made["model_provider"] == "harness"
    assert made["model_providers"] == {
        "harness": {
            "name": "pytest-harness",
            "base_url": 'http://h/"v1',
            "env_key": "MY_KEY",
            "wire_api": "responses",
            "request_max_retries": 0,
            "stream_max_retries": 0,
            "supports_websockets": False,
        }
    }
    token = config(line(AgentOptions(base_url="http://h/v1", env_token="MY_TOKEN")))
    assert token["model_providers"]["harness"]["env_key"] == "MY_TOKEN"


def test_openai_and_local_models_use_the_built_in_providers() -> None:
    for words in (line(AgentOptions()), line(LOCAL)):
        assert "model_provider" not in config(words)
    assert line(LOCAL)[line(LOCAL).index("--local-provider") + 1] == "ollama"


def test_command_line_ends_with_the_users_arguments_and_the_prompt_comes_by_stdin() -> None:
    assert line(AgentOptions(extra_args=("--search",)))[-2:] == ["--search", "-"]


def test_model_is_left_to_codex_unless_named() -> None:
    assert "-m" not in line(AgentOptions())
    words = line(AgentOptions(), model="gpt-5.5")
    assert words[words.index("-m") + 1] == "gpt-5.5"


def test_what_is_left_to_codex_is_not_set() -> None:
    made = config(line(AgentOptions()))
    unset = {"model_reasoning_effort", "model_verbosity", "developer_instructions", "log_dir"}
    assert not made.keys() & {*unset, "model_instructions_file"}


def test_options_become_settings() -> None:
    options = AgentOptions(
        effort="high",
        verbosity="low",
        append_system_prompt='Say "é"\n🙂\x7f',
        log_dir="/logs",
        approval_policy="never",
        network=True,
    )
    made = config(line(options, instructions=Path("/scratch/instructions.md")))
    assert made["model_reasoning_effort"] == "high"
    assert made["model_verbosity"] == "low"
    assert made["developer_instructions"] == 'Say "é"\n🙂\x7f'
    assert made["model_instructions_file"] == "/scratch/instructions.md"
    assert made["log_dir"] == "/logs"
    assert made["approval_policy"] == "never"
    assert made["sandbox_workspace_write"]["network_access"] is True


def test_further_directories_are_writable() -> None:
    words = line(AgentOptions(extra_dirs=("/a", "/b"), cwd="sub"))
    named = [words[at + 1] for at, word in enumerate(words) if word == "--add-dir"]
    assert named == ["/place/ws", "/a", "/b"]
    assert words[words.index("-C") + 1] == "/place/ws/sub"


def test_bypassing_permissions_leaves_no_fence() -> None:
    words = line(AgentOptions(bypass_permissions=True))
    assert "--dangerously-bypass-approvals-and-sandbox" in words
    assert "-s" not in words
    assert not config(words).keys() & {"approval_policy", "sandbox_workspace_write"}


def test_settings_in_the_workspace_count_only_if_they_are_wanted() -> None:
    words = line(AgentOptions())
    assert "projects" not in config(words)
    assert "--dangerously-bypass-hook-trust" not in words
    words = line(AgentOptions(project_settings=True, cwd="sub"))
    trusted = {"trust_level": "trusted"}
    assert config(words)["projects"] == {"/place/ws": trusted, "/place/ws/sub": trusted}
    assert "--dangerously-bypass-hook-trust" in words
    assert "--ignore-rules" not in words


def test_nothing_above_the_workspace_is_read() -> None:
    assert config(line(AgentOptions()))["project_root_markers"] == []
    assert config(line(AgentOptions(cwd="sub")))["project_root_markers"] == ["../ws"]


def test_host_keeps_the_users_settings() -> None:
    assert "--ignore-user-config" in line(AgentOptions())
    words = line(AgentOptions(), isolated=False)
    assert "--ignore-user-config" not in words
    assert "shell_environment_policy" not in config(words)


def test_dead_endpoint_ends_the_run_in_every_mode() -> None:
    for isolated in (True, False):
        features = config(line(AgentOptions(), isolated=isolated))["features"]
        assert features["unbounded_connection_retries"] is False


def test_settings_are_texts_that_tell_backends_apart() -> None:
    setups = [
        Setup(id="a"),
        Setup(id="a", model="a"),
        Setup(id="a", options=AgentOptions(oss=True)),
        Setup(id="a", options=AgentOptions(extra_args=("a", "b"))),
        Setup(id="a", options=AgentOptions(extra_args=("b", "a"))),
        Setup(id="a", command=("codex", "x")),
        Setup(id="a", env=("A",)),
    ]
    made = [AgentBackend(adapter=CODEX_CLI, setup=setup).settings() for setup in setups]
    settings = [tuple(sorted(each.items())) for each in made]
    assert len(set(settings)) == len(made)
    assert all(isinstance(value, str) for each in settings for _, value in each)


def test_access_names_variables_and_never_values() -> None:
    def names(options: AgentOptions, **environment: str) -> tuple[str, ...]:
        return CODEX_CLI.access(Setup(id="a", options=options), environment).names

    both = {"OPENAI_API_KEY": "a", "CODEX_API_KEY": "b"}
    assert names(AgentOptions(), **both) == ("CODEX_API_KEY",)
    assert names(AgentOptions(env_key="MINE"), MINE="c", **both) == ("MINE",)
    here = "http://h/v1"
    assert names(AgentOptions(base_url=here, env_token="TOKEN"), TOKEN="t", **both) == ("TOKEN",)
    assert names(AgentOptions(base_url=here), **both) == ()
    found = CODEX_CLI.access(Setup(id="a", options=AgentOptions(base_url=here)), both)
    assert found.missing is None


def test_missing_access_comes_with_a_remedy(tmp_path: Path) -> None:
    def missing(options: AgentOptions) -> tuple[str, ...]:
        found = CODEX_CLI.access(Setup(id="a", options=options), {"HOME": str(tmp_path)})
        return tuple(found.missing or ())

    assert missing(AgentOptions())[1].endswith("or run: codex login")
    named = missing(AgentOptions(base_url="http://h/v1", env_key="MINE"))
    assert named == (
        "the variable MINE with the key for http://h/v1 is not set",
        "set it: export MINE=...",
    )
    assert missing(AgentOptions(env_key="MINE"))[0].endswith("with a key is not set")


def test_all_options_of_the_provider_are_options_of_agents() -> None:
    known = {*AgentOptions().settings(), *AgentOptions.__dataclass_fields__}
    assert set(PROVIDERS["codex-cli"].options) <= known


_texts = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.recursive(_texts | st.booleans() | st.integers(0, 9), lambda i: st.lists(i, max_size=3)))
def test_every_value_is_read_as_it_was_written(value: object) -> None:
    assert tomllib.loads(f"key={toml(value)}")["key"] == value


@given(st.dictionaries(_texts, _texts, max_size=4))
def test_every_table_is_read_as_it_was_written(value: dict[str, str]) -> None:
    assert tomllib.loads(f"key={toml(value)}")["key"] == value
