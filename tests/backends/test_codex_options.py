"""Settings of Codex: what is accepted, what reaches the command line and the fingerprint."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from pytest_harness.backends.codex import CodexBackend, CodexOptions, LocalProvider, Sandbox
from pytest_harness.backends.codex_command import arguments
from pytest_harness.errors import ConfigurationError


def line(options: CodexOptions, *, isolated: bool = True, model: str | None = None) -> list[str]:
    made = arguments(
        options, model=model, workspace=Path("/ws"), isolated=isolated, visible=["PATH"]
    )
    return list(made)


def config(words: list[str]) -> dict[str, object]:
    """What the arguments configure, read as Codex reads them."""
    texts = [words[at + 1] for at, word in enumerate(words) if word == "-c"]
    return tomllib.loads("\n".join(texts))


def test_options_are_read_from_plain_values() -> None:
    given = {
        "oss": True,
        "local_provider": "lmstudio",
        "sandbox": "read-only",
        "extra_args": ["-x"],
    }
    assert CodexOptions.read(given) == CodexOptions(
        oss=True,
        local_provider=LocalProvider.LMSTUDIO,
        sandbox=Sandbox.READ_ONLY,
        extra_args=("-x",),
    )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"modle": "x"}, "'modle' is no option of Codex; known are base_url"),
        ({"oss": "yes"}, "oss is 'yes'; give true or false"),
        ({"sandbox": "none"}, "sandbox is 'none'; give one of read-only"),
        ({"local_provider": 3}, "local_provider is 3"),
        ({"extra_args": "--x"}, "give a list of texts"),
        ({"retries": True}, "give a whole number"),
        ({"retries": -1}, "give 0 or more"),
        ({"base_url": ""}, "not empty"),
        ({"base_url": "127.0.0.1:8000"}, "is no address"),
        ({"env_key": "KEY"}, "env_key belongs to base_url"),
        ({"base_url": "http://x/v1", "env_key": "KEY", "oss": True}, "without oss"),
    ],
)
def test_mistakes_are_named(given: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        CodexOptions.read(given)


def test_key_in_the_place_of_its_name_is_not_shown() -> None:
    with pytest.raises(ConfigurationError) as caught:
        CodexOptions(base_url="http://x/v1", env_key="sk-secret-value")
    assert "sk-secret" not in str(caught.value)


def test_endpoint_becomes_a_provider() -> None:
    options = CodexOptions(base_url='http://h/"v1', env_key="MY_KEY", retries=0)
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


def test_openai_and_local_models_use_the_built_in_providers() -> None:
    local = CodexOptions(oss=True, base_url="http://127.0.0.1:1/v1")
    for words in (line(CodexOptions()), line(local)):
        assert "model_provider" not in config(words)
    assert line(local)[line(local).index("--local-provider") + 1] == "ollama"


def test_command_line_ends_with_the_users_arguments_and_the_prompt_comes_by_stdin() -> None:
    assert line(CodexOptions(extra_args=("--search",)))[-2:] == ["--search", "-"]


def test_model_is_left_to_codex_unless_named() -> None:
    assert "-m" not in line(CodexOptions())
    words = line(CodexOptions(), model="gpt-5.5")
    assert words[words.index("-m") + 1] == "gpt-5.5"


def test_host_keeps_the_users_settings() -> None:
    assert "--ignore-user-config" in line(CodexOptions())
    words = line(CodexOptions(), isolated=False)
    assert "--ignore-user-config" not in words
    assert "shell_environment_policy" not in config(words)


def test_dead_endpoint_ends_the_run_in_every_mode() -> None:
    for isolated in (True, False):
        assert "unbounded_connection_retries" in line(CodexOptions(), isolated=isolated)


def test_settings_are_texts_that_tell_backends_apart() -> None:
    made = [
        CodexBackend(),
        CodexBackend(model="a"),
        CodexBackend(options=CodexOptions(oss=True)),
        CodexBackend(options=CodexOptions(extra_args=("a", "b"))),
        CodexBackend(options=CodexOptions(extra_args=("b", "a"))),
        CodexBackend(command=("codex", "x")),
        CodexBackend(env=("A",)),
    ]
    settings = [tuple(sorted(each.settings().items())) for each in made]
    assert len(set(settings)) == len(made)
    assert all(isinstance(value, str) for each in settings for _, value in each)
    assert CodexBackend(timeout=1).settings() == CodexBackend(timeout=2).settings()
