"""Servers of local models."""

from __future__ import annotations

import socket

import pytest

from pytest_harness.backends.codex.local import address, missing
from pytest_harness.backends.options import AgentOptions, LocalProvider
from pytest_harness.testing import ScriptedModel


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "http://localhost:11434/v1"),
        ({"OLLAMA_HOST": "box"}, "http://box:11434/v1"),
        ({"OLLAMA_HOST": "0.0.0.0:99"}, "http://127.0.0.1:99/v1"),
        ({"OLLAMA_HOST": "https://box:99/"}, "https://box:99/v1"),
        ({"OLLAMA_HOST": "[::1]"}, "http://[::1]:11434/v1"),
        ({"OLLAMA_HOST": "box", "CODEX_OSS_PORT": "5"}, "http://localhost:5/v1"),
        ({"CODEX_OSS_BASE_URL": "http://box/v1/", "CODEX_OSS_PORT": "5"}, "http://box/v1"),
    ],
)
def test_address(environment: dict[str, str], expected: str) -> None:
    assert address(AgentOptions(oss=True), environment) == expected


def test_address_of_the_other_server() -> None:
    options = AgentOptions(oss=True, local_provider=LocalProvider.LMSTUDIO)
    assert address(options, {"OLLAMA_HOST": "box"}) == "http://localhost:1234/v1"
    assert address(AgentOptions(oss=True, base_url="http://b/v1"), {}) == "http://b/v1"


def test_model_that_is_there() -> None:
    with ScriptedModel([], models=["gpt-oss:20b", "mine:latest"]) as model:
        assert missing(model.base_url, LocalProvider.OLLAMA, None) is None
        assert missing(model.base_url, LocalProvider.OLLAMA, "mine") is None


def test_missing_model_comes_with_the_command_that_fetches_it() -> None:
    with ScriptedModel([]) as model:
        lost = missing(model.base_url, LocalProvider.LMSTUDIO, "small")
    assert lost is not None
    assert lost[1] == "fetch it with: lms get small"


def test_missing_server_comes_with_the_command_that_starts_it() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{closed.getsockname()[1]}/v1"
        lost = missing(base, LocalProvider.OLLAMA, None)
    assert lost == (f"no ollama server answers at {base}", "start it with: ollama serve")
