"""Prices of requests."""

from __future__ import annotations

import dataclasses
import socket
import sys
from pathlib import Path

import pytest

from pytest_harness.config import read_config
from pytest_harness.errors import ConfigurationError
from pytest_harness.model.prices import Priced, knows_price, price_request
from pytest_harness.model.vendors import VENDORS
from pytest_harness.records import Usage

OPENAI = VENDORS["openai"]
USAGE = Usage(input=1000, cached_input=200, output=100, reasoning=300)


def test_tokens_are_paid_by_their_kinds() -> None:
    both = price_request(OPENAI, "gpt-4.1", USAGE)
    only_input = price_request(OPENAI, "gpt-4.1", Usage(input=1000))
    only_cached = price_request(OPENAI, "gpt-4.1", Usage(cached_input=1000))
    assert both is not None
    assert only_input is not None
    assert only_cached is not None
    assert 0 < only_cached.cost_usd < only_input.cost_usd < both.cost_usd
    assert both.date is not None
    assert both.date.startswith("genai-prices ")


def test_reasoning_is_paid_as_output() -> None:
    thought = price_request(OPENAI, "gpt-4.1", Usage(input=0, output=100, reasoning=300))
    said = price_request(OPENAI, "gpt-4.1", Usage(input=0, output=400))
    assert thought == said
    assert said is not None
    assert said.cost_usd > 0


@pytest.mark.parametrize(
    ("vendor", "model"),
    [
        ("openai", "gpt-5"),
        ("anthropic", "claude-sonnet-4-5"),
        ("google", "gemini-2.5-pro"),
        ("openrouter", "anthropic/claude-sonnet-4.5"),
        ("groq", "llama-3.3-70b-versatile"),
        ("together", "meta-llama/Llama-3.3-70B-Instruct-Turbo"),
    ],
)
def test_vendors_that_are_in_the_list(vendor: str, model: str) -> None:
    priced = price_request(VENDORS[vendor], model, USAGE)
    assert knows_price(VENDORS[vendor], model)
    assert priced is not None
    assert priced.cost_usd > 0


@pytest.mark.parametrize("vendor", ["ollama", "llama.cpp", "vllm", "lmstudio", "mock"])
def test_a_server_of_ones_own_costs_nothing(vendor: str) -> None:
    priced = price_request(VENDORS[vendor], "any", Usage())
    assert knows_price(VENDORS[vendor], "any")
    assert priced is not None
    assert (priced.cost_usd, priced.date) == (0.0, None)


def test_what_nobody_knows() -> None:
    unlisted = dataclasses.replace(OPENAI, prices="")
    assert price_request(OPENAI, "no-such-model", USAGE) is None
    assert price_request(unlisted, "gpt-4.1", USAGE) is None
    assert price_request(OPENAI, "gpt-4.1", Usage()) is None
    assert not knows_price(OPENAI, "no-such-model")
    assert not knows_price(unlisted, "gpt-4.1")


def test_nothing_is_looked_up_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a price was looked up over a network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert knows_price(OPENAI, "gpt-4.1")
    assert not knows_price(OPENAI, "no-such-model")


def test_the_list_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "genai_prices", None)
    with pytest.raises(ConfigurationError, match=r"pytest-harness\[models\]"):
        price_request(OPENAI, "gpt-4.1", USAGE)
    assert knows_price(VENDORS["ollama"], "any")


def test_a_price_of_harness_toml_is_stronger_than_the_list(tmp_path: Path) -> None:
    file = tmp_path / "harness.toml"
    file.write_text(
        '[aliases]\nsmall = "openai:gpt-5-mini"\n'
        "[models.small]\ntimeout = 7\n"
        'price = { input = 1000.0, output = 0.0, date = "2026-01-01" }\n'
        '[models."gpt-oss:20b"]\nprice = { input = 1.0, output = 1.0 }\n'
    )
    config = read_config(file, {}, {})
    vendor = config.models.vendors.known["openai"]
    priced = price_request(vendor, "gpt-5-mini", Usage(input=1000, output=5))
    assert priced == Priced(cost_usd=1.0, date="2026-01-01")
    assert knows_price(vendor, "gpt-5-mini")
    assert config.model_timeouts["openai:gpt-5-mini"] == 7
