"""Making clients."""

from __future__ import annotations

import dataclasses
import subprocess
import sys

import pytest

from pytest_harness.errors import BackendError, ConfigurationError
from pytest_harness.model.client import ModelError
from pytest_harness.model.clients.making import make_client
from pytest_harness.model.conversation import Question
from pytest_harness.model.vendors import MOCK, VENDORS, Protocol, Vendor
from pytest_harness.testing import Say, ScriptedModel, Status
from pytest_harness.vocabulary import Fault
from tests.model.clients.wires import OPENING, Speaker, every_speaker, never

LIBRARIES = ("pydantic_ai", "genai_prices", "ollama", "httpx", "httpx2", "openai", "anyio")
LOCAL = Vendor(
    name="mine", protocol=Protocol.CHAT, base_variable="MINE", keys=("MINE_KEY",), local=True
)


def test_no_library_is_imported_before_a_client_is_made() -> None:
    program = (
        "import sys, pytest_harness.model.clients.making, pytest_harness.model.prices\n"
        f"print(sorted(set({LIBRARIES!r}) & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@every_speaker
def test_a_key_is_missing(speaker: Speaker) -> None:
    if not speaker.vendor.keys:
        make_client(speaker.vendor, "m", {}).close()
        return
    with pytest.raises(BackendError, match=f"{speaker.vendor.keys[0]}") as caught:
        make_client(speaker.vendor, "m", {speaker.vendor.keys[0]: " "})
    assert caught.value.fault is Fault.UNAVAILABLE


@every_speaker
def test_a_library_is_missing(speaker: Speaker, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("pydantic_client", "ollama_client"):
        monkeypatch.delitem(sys.modules, f"pytest_harness.model.clients.{name}", raising=False)
    monkeypatch.setitem(sys.modules, "pydantic_ai", None)
    monkeypatch.setitem(sys.modules, "ollama", None)
    with pytest.raises(BackendError, match=r"pip install \"pytest-harness\[models\]\"") as caught:
        make_client(speaker.vendor, "m", speaker.environment("http://127.0.0.1:9"))
    assert caught.value.fault is Fault.UNAVAILABLE


def test_a_mock_has_no_client() -> None:
    with pytest.raises(ConfigurationError, match="mock"):
        make_client(VENDORS[MOCK], MOCK, {})


def test_an_address_that_is_none() -> None:
    with pytest.raises(ConfigurationError, match="OPENAI_BASE_URL"):
        make_client(VENDORS["openai"], "m", {"OPENAI_BASE_URL": "ftp:/x", "OPENAI_API_KEY": "k"})


@pytest.mark.parametrize("key", [None, "k"], ids=["no-key", "key"])
def test_a_server_of_ones_own_takes_a_key_if_there_is_one(key: str | None) -> None:
    with ScriptedModel([Say("Done.")]) as model:
        environment = {"MINE": model.base_url} | ({"MINE_KEY": key} if key else {})
        client = make_client(LOCAL, "m", environment)
        reply = client.ask(Question(messages=OPENING), 20.0, never)
        client.close()
    assert (reply.text, reply.cost_usd) == ("Done.", 0.0)
    assert model.requests[0].headers.get("authorization") == (f"Bearer {key}" if key else None)


@pytest.mark.parametrize(
    ("environment", "what"), [({}, "was sent none"), ({"MINE_KEY": "k"}, "MINE_KEY")]
)
def test_a_key_that_is_refused_is_named(environment: dict[str, str], what: str) -> None:
    with ScriptedModel([Status(401)]) as model:
        client = make_client(LOCAL, "m", environment | {"MINE": model.base_url})
        with pytest.raises(ModelError, match=what) as caught:
            client.ask(Question(messages=OPENING), 20.0, never)
        client.close()
    assert caught.value.fault is Fault.AUTH


def test_a_vendor_of_ones_own_that_speaks_responses() -> None:
    vendor = dataclasses.replace(LOCAL, protocol=Protocol.RESPONSES)
    with ScriptedModel([Say("Done.")]) as model:
        client = make_client(vendor, "m", {"MINE": model.base_url})
        assert client.ask(Question(messages=OPENING), 20.0, never).text == "Done."
        client.close()
