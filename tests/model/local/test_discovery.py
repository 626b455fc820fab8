from __future__ import annotations

import pytest

from pytest_harness.errors import ConfigurationError
from pytest_harness.model.local import discovery
from pytest_harness.model.local.discovery import Discovery, discover
from pytest_harness.model.local.servers import LARGEST
from pytest_harness.model.selectors import SHIPPED, Selector
from pytest_harness.model.vendors import MOCK, Protocol, Vendor
from pytest_harness.testing import ScriptedModel
from tests.model.local.servers import Plain, compatible, free_port, ollama, silent, vendors


def names(found: Discovery) -> list[str]:
    return [str(each) for each in found.models]


def test_all_servers_are_asked_and_their_models_sorted() -> None:
    with (
        ScriptedModel([], models=["qwen3:8b", "llama3:latest"]) as one,
        ScriptedModel([], models=["org/model-b", "org/model-a"]) as two,
    ):
        found = discover(
            vendors(ollama(one.root_url), compatible(two.base_url), compatible(two.base_url, "x")),
            {},
        )
        again = discover(
            vendors(compatible(two.base_url, "x"), ollama(one.root_url)),
            {},
        )
    assert names(found) == [
        "ollama:llama3:latest",
        "ollama:qwen3:8b",
        "x:org/model-a",
        "x:org/model-b",
    ]
    assert found == again
    assert found.notes == ()


def test_the_shipped_vendors_are_found_by_their_variables(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    nobody = f"http://127.0.0.1:{free_port()}/v1"
    with ScriptedModel([], models=["m"]) as model:
        environment = {
            "OLLAMA_HOST": f"127.0.0.1:{model.port}",
            "LLAMA_CPP_BASE_URL": nobody,
            "VLLM_BASE_URL": f"http://127.0.0.1:{free_port()}/v1",
            "LMSTUDIO_BASE_URL": f"http://127.0.0.1:{free_port()}/v1",
        }
        found = discover(SHIPPED, environment)
    assert found == Discovery(models=(Selector("ollama", "m"),))


def test_only_local_vendors_are_asked_and_never_the_mock() -> None:
    with ScriptedModel([], models=["m"]) as model:
        far = Vendor(name="far", protocol=Protocol.CHAT, base_url=model.base_url)
        mock = Vendor(name=MOCK, protocol=Protocol.MOCK, local=True)
        assert discover(vendors(far, mock), {}) == Discovery()
        assert model.requests == ()


def test_models_that_do_not_talk_are_left_out() -> None:
    tags = [
        {"name": "good:1b", "details": {"family": "llama"}},
        {"name": "nomic-embed-text:latest"},
        {"name": "minilm", "details": {"family": "bert"}},
        {"name": "BGE-Reranker"},
        {"name": "other", "capabilities": ["embedding"]},
        {"name": "able", "capabilities": ["completion", "tools"]},
        {"name": "gpt-oss:120b-cloud"},
        {"name": "far", "remote_model": "far", "remote_host": "https://example.test"},
        {"name": "line\nbreak"},
        {"name": ""},
        {"name": 3},
        "no object",
    ]
    data = [{"id": "good"}, {"id": "e", "type": "embeddings"}, {"id": "text-embedding-3"}]
    with Plain({"/api/tags": {"models": tags}, "/v1/models": {"data": data}}) as plain:
        root = plain.root_url
        found = discover(vendors(ollama(root)), {})
        assert names(found) == ["ollama:able", "ollama:good:1b"]
        assert names(discover(vendors(compatible(f"{root}/v1")), {})) == ["vllm:good"]


def test_a_limit_takes_the_first_and_says_so() -> None:
    with ScriptedModel([], models=["c", "a", "b"]) as model:
        found = discover(vendors(ollama(model.root_url)), {}, 2)
        all_ = discover(vendors(ollama(model.root_url)), {}, 3)
    assert names(found) == ["ollama:a", "ollama:b"]
    assert found.notes == (
        "1 local models are left out; raise --harness-max-local-models to take them in",
    )
    assert len(all_.models) == 3
    assert all_.notes == ()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((200, b"<html>"), "its answer is no JSON"),
        ((200, b"[" * 200_000), "its answer is no JSON"),
        ({"models": 3}, "it lists no models"),
        ([], "it lists no models"),
        ((500, b"{}"), "it answers with status 500"),
        ((302, b"http://127.0.0.1:1/"), "it answers with status 302"),
        ((200, b" " * (LARGEST + 1)), "is larger than 8 MiB"),
    ],
)
def test_a_broken_server_is_a_note(answer: object, said: str) -> None:
    with Plain({"/api/tags": answer}) as plain, ScriptedModel([], models=["m"]) as model:
        broken = ollama(plain.root_url, "broken")
        found = discover(vendors(broken, ollama(model.root_url)), {})
        assert names(found) == ["ollama:m"]
        assert len(found.notes) == 1
        assert said in found.notes[0]
        assert f"the broken server at {plain.root_url} is left out" in found.notes[0]
        assert len(plain.seen) == 1


def test_a_redirection_is_not_followed_with_the_key() -> None:
    with (
        Plain({"/v1/models": {"data": [{"id": "thief"}]}}) as other,
        Plain({"/v1/models": (302, f"{other.root_url}/v1/models".encode())}) as plain,
    ):
        vendor = compatible(f"{plain.root_url}/v1", keys=("MY_KEY",))
        found = discover(vendors(vendor), {"MY_KEY": "secret"})
        assert found.models == ()
        assert plain.seen[0][2]["Authorization"] == "Bearer secret"
        assert other.seen == []


def test_a_server_that_never_answers_holds_nobody_up() -> None:
    with silent() as port, ScriptedModel([], models=["m"]) as model:
        stuck = ollama(f"http://127.0.0.1:{port}", "stuck")
        found = discover(vendors(stuck, ollama(model.root_url)), {}, None, 0.5)
    assert names(found) == ["ollama:m"]
    assert "does not answer in time" in found.notes[0]


def test_an_address_that_is_none_is_an_error() -> None:
    with pytest.raises(ConfigurationError, match="VLLM_BASE_URL holds no address"):
        discover(SHIPPED, {"VLLM_BASE_URL": "localhost"})
    with pytest.raises(ConfigurationError, match="is no address"):
        discover(vendors(compatible("http://127.0.0.1:port/v1")), {})


def test_an_error_of_ours_is_not_taken_for_a_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(entry: object, vendor: object) -> bool:
        raise ZeroDivisionError

    monkeypatch.setattr(discovery, "_talks", broken)
    with ScriptedModel([], models=["m"]) as model, pytest.raises(ZeroDivisionError):
        discover(vendors(ollama(model.root_url)), {})
