from __future__ import annotations

import http.client
import json
from typing import Any

from pytest_harness.testing import Say, ScriptedModel


def ask(model: ScriptedModel, path: str, body: dict[str, Any] | None = None) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", model.port, timeout=10)
    if body is None:
        connection.request("GET", path)
    else:
        connection.request("POST", path, json.dumps({"stream": False, **body}))
    with connection.getresponse() as response:
        found = json.load(response)
    connection.close()
    return found


def held(model: ScriptedModel) -> list[str]:
    return [each["name"] for each in ask(model, "/api/ps")["models"]]


def test_models_are_loaded_by_use_and_dropped_on_request() -> None:
    with ScriptedModel([Say("hello")], loaded=["b:1b"]) as model:
        assert held(model) == ["b:1b"]
        ask(model, "/api/chat", {"model": "a", "messages": [{"role": "user", "content": "?"}]})
        assert held(model) == ["b:1b", "a:latest"]
        assert model.loaded == ("b:1b", "a:latest")
        dropped = ask(model, "/api/generate", {"model": "a:latest", "keep_alive": 0})
        assert dropped["done_reason"] == "unload"
        assert held(model) == ["b:1b"]
        # What is about the memory alone is no step of the script.
        assert len(model.asked) == 1


def test_a_request_without_words_loads() -> None:
    with ScriptedModel([Say("hello")]) as model:
        loaded = ask(model, "/api/generate", {"model": "a"})
        assert loaded["done_reason"] == "load"
        assert ask(model, "/api/chat", {"model": "c", "messages": []})["done_reason"] == "load"
        assert held(model) == ["a:latest", "c:latest"]
        assert model.asked == ()


def test_a_question_may_drop_its_model_afterwards() -> None:
    with ScriptedModel([Say("hello")]) as model:
        body = {"model": "a", "prompt": "Hello?", "keep_alive": 0}
        assert ask(model, "/api/generate", body)["response"] == "hello"
        assert model.loaded == ()
