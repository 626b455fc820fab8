from __future__ import annotations

import pytest

from pytest_harness.errors import ConfigurationError
from pytest_harness.model.local.availability import missing_local
from pytest_harness.model.vendors import VENDORS
from pytest_harness.testing import ScriptedModel
from tests.model.local.servers import Plain, compatible, free_port, ollama


@pytest.mark.parametrize(
    ("vendor", "remedy"),
    [
        ("ollama", "ollama serve"),
        ("lmstudio", "lms server start"),
        ("llama.cpp", "llama-server --alias qwen"),
        ("vllm", "vllm serve qwen"),
    ],
)
def test_a_server_that_is_not_there(vendor: str, remedy: str) -> None:
    shipped = VENDORS[vendor]
    address = f"http://127.0.0.1:{free_port()}"
    found = missing_local(shipped, "qwen", {shipped.base_variable: address})
    assert found is not None
    assert found.what == f"no {vendor} server answers at {address}"
    assert remedy in found.remedy


def test_a_model_that_is_there() -> None:
    with ScriptedModel([], models=["llama3:latest", "org/model"]) as model:
        here = ollama(model.root_url)
        assert missing_local(here, "llama3", {}) is None
        assert missing_local(here, "llama3:latest", {}) is None
        assert missing_local(here, "llama3:8b", {}) is not None
        assert missing_local(compatible(model.base_url), "org/model", {}) is None
        assert missing_local(compatible(model.base_url), "llama3", {}) is not None


def test_a_model_that_is_not_there_is_named_with_those_that_are() -> None:
    with ScriptedModel([], models=[f"m{number}" for number in range(7)]) as model:
        found = missing_local(ollama(model.root_url), "qwen3:8b", {})
        assert found is not None
        assert "has no model qwen3:8b, only m0, m1, m2, m3, m4, ..." in found.what
        assert found.remedy == "fetch it with: ollama pull qwen3:8b"
        other = missing_local(compatible(model.base_url, "mine"), "q", {})
        assert other is not None
        assert other.remedy == "load it there, or name one that it has"
    with ScriptedModel([], models=[]) as empty:
        found = missing_local(compatible(empty.base_url), "q", {})
        assert found is not None
        assert "only none at all" in found.what
        assert found.remedy == "start it with: vllm serve q"


@pytest.mark.parametrize("answer", [(404, b""), (401, b""), (500, b""), (200, b"<html>"), {}])
def test_a_server_that_does_not_list_may_have_it_all_the_same(answer: object) -> None:
    with Plain({"/v1/models": answer}) as plain:
        assert missing_local(compatible(f"{plain.root_url}/v1"), "q", {}) is None


def test_an_address_that_is_none() -> None:
    with pytest.raises(ConfigurationError, match="VLLM_BASE_URL"):
        missing_local(VENDORS["vllm"], "q", {"VLLM_BASE_URL": "nowhere"})
