from __future__ import annotations

import http.client
import json

import pytest

from pytest_harness.model.local.loading import loaded_by_cell
from pytest_harness.testing import Say, ScriptedModel
from tests.model.local.servers import Plain, compatible, free_port, ollama


def chat(model: ScriptedModel, name: str) -> None:
    """Ask as a cell would."""
    body = {"model": name, "stream": False, "messages": [{"role": "user", "content": "Hello?"}]}
    connection = http.client.HTTPConnection("127.0.0.1", model.port, timeout=10)
    connection.request("POST", "/api/chat", json.dumps(body))
    with connection.getresponse() as response:
        assert json.load(response)["message"]["content"] == "hello"
    connection.close()


def held(model: ScriptedModel) -> list[str]:
    return list(model.loaded)


def test_what_the_cell_loaded_is_dropped() -> None:
    with ScriptedModel([Say("hello")], models=["a", "b"], loaded=["b"]) as model:
        with loaded_by_cell(ollama(model.root_url), "a", {}) as loading:
            chat(model, "a")
            assert held(model) == ["b:latest", "a:latest"]
        assert held(model) == ["b:latest"]
        assert loading.unloaded
        assert loading.notes == []


@pytest.mark.parametrize("name", ["b", "b:latest"])
def test_what_was_loaded_before_stays(name: str) -> None:
    with ScriptedModel([Say("hello")], loaded=["b"]) as model:
        with loaded_by_cell(ollama(model.root_url), name, {}) as loading:
            chat(model, "b")
        assert held(model) == ["b:latest"]
        assert not loading.unloaded


def test_a_cell_that_loaded_nothing_drops_nothing() -> None:
    with ScriptedModel([Say("hello")]) as model:
        with loaded_by_cell(ollama(model.root_url), "a", {}) as loading:
            pass
        assert not loading.unloaded
        assert [each.path for each in model.requests] == ["/api/ps", "/api/ps"]


def _fail(model: ScriptedModel) -> None:
    chat(model, "a")
    assert held(model) == ["a:latest"]
    raise KeyboardInterrupt


def test_it_is_dropped_after_an_error_too() -> None:
    with ScriptedModel([Say("hello")]) as model:
        cell = loaded_by_cell(ollama(model.root_url), "a", {})
        with pytest.raises(KeyboardInterrupt), cell:
            _fail(model)
        assert held(model) == []


def test_keep_leaves_everything() -> None:
    with ScriptedModel([Say("hello")]) as model:
        with loaded_by_cell(ollama(model.root_url), "a", {}, keep=True):
            chat(model, "a")
        assert held(model) == ["a:latest"]
        assert len(model.requests) == 1


def test_other_servers_are_asked_nothing() -> None:
    with ScriptedModel([Say("hello")]) as model:
        with loaded_by_cell(compatible(model.base_url), "a", {}):
            pass
        assert model.requests == ()


def test_a_server_that_goes_away_is_no_error() -> None:
    gone = ollama(f"http://127.0.0.1:{free_port()}")
    with loaded_by_cell(gone, "a", {}) as loading:
        pass
    assert loading.notes == []
    with (
        ScriptedModel([Say("hello")]) as model,
        loaded_by_cell(ollama(model.root_url), "a", {}) as loading,
    ):
        chat(model, "a")
        model.__exit__(None, None, None)
    assert not loading.unloaded


def test_a_server_that_does_not_tell_is_noted_and_left_alone() -> None:
    with Plain({}) as plain:
        with loaded_by_cell(ollama(plain.root_url), "a", {}) as loading:
            pass
        assert [each[:2] for each in plain.seen] == [("GET", "/api/ps")]
    assert "a may stay there" in loading.notes[0]


def test_a_model_that_cannot_be_dropped_is_a_note() -> None:
    answers: dict[str, object] = {"/api/ps": {"models": []}}
    with Plain(answers) as plain:
        with loaded_by_cell(ollama(plain.root_url), "a", {}) as loading:
            answers["/api/ps"] = {"models": [{"name": "a:latest"}]}
            answers["/api/generate"] = (500, b"{}")
        assert not loading.unloaded
    assert loading.notes == [
        "a could not be dropped from the memory of the ollama server "
        "(it answers with status 500); do it with: ollama stop a"
    ]
