"""The backend of plain models: how it is made, what it lacks, what its results depend on."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_harness.allowance.prices import Price
from pytest_harness.backends.base import Probe, slot_name
from pytest_harness.backends.registry import Catalog, Overrides
from pytest_harness.config import BackendConfig, HarnessConfig
from pytest_harness.config_models import ModelTables
from pytest_harness.errors import ConfigurationError
from pytest_harness.model.backend import ModelBackend
from pytest_harness.model.prompts import LOOP
from pytest_harness.model.selectors import SHIPPED, Selector, Vendors
from pytest_harness.vocabulary import Fault, Lack, ToolFormat
from tests.backends.rooms import NoRunner
from tests.model.loop.doubles import request_in

KEY = "sk-backend-0123456789"
TABLES = ModelTables(
    tiers={"strong": Selector("anthropic", "opus")},
    formats={"openai:gpt": ToolFormat.TEXT},
)


def made(
    model: str | None = "openai:gpt", overrides: Overrides | None = None, **options: Any
) -> ModelBackend:
    config = HarnessConfig(
        backends={"mine": BackendConfig(id="mine", provider="model", options=options)},
        models=TABLES,
    )
    backend = Catalog(config).make("mine", model, overrides or Overrides())
    assert isinstance(backend, ModelBackend)
    return backend


def probed(backend: ModelBackend, **environment: str) -> Probe:
    return backend.probe(NoRunner(), environment)


def test_without_a_model_it_can_be_made_and_nothing_else(tmp_path: Path) -> None:
    backend = Catalog().make("model", None, Overrides())
    assert (backend.model, backend.runtime, backend.max_concurrency) == (None, "profile", None)
    sentence = "backend 'model' needs a model; name one with --harness-model=VENDOR:MODEL"
    probe = backend.probe(NoRunner(), {})
    assert (probe.ready, probe.remedy) == (False, "name one: model@VENDOR:MODEL")
    for use in (backend.settings, lambda: backend.propose(request_in(tmp_path))):
        with pytest.raises(ConfigurationError) as told:
            use()
        assert str(told.value) == sentence


def test_its_model_is_named_in_full() -> None:
    assert made("provider=claude,model=opus").model == "anthropic:opus"


@pytest.mark.parametrize(
    ("model", "overrides", "word"),
    [
        ("gpt", Overrides(), "names no vendor"),
        ("openai:gpt", Overrides(validator="strict"), "validator 'strict' is unknown"),
        ("openai:gpt", Overrides(step_judge="kind"), "step judge 'kind' is unknown"),
        ("openai:gpt", Overrides(step_judge="symmetric-cheap"), "needs the tier 'cheap'"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(model: str, overrides: Overrides, word: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^backend 'mine': ") as told:
        made(model, overrides)
    assert word in str(told.value)


def test_the_format_is_the_one_asked_for_else_the_models_own() -> None:
    assert made().format is ToolFormat.TEXT
    assert made("openai:other").format is ToolFormat.NATIVE
    assert made(overrides=Overrides(format=ToolFormat.NATIVE)).format is ToolFormat.NATIVE


def test_settings_tell_all_that_a_result_depends_on() -> None:
    judged = Overrides(step_judge="asymmetric")
    kinds = [
        made(),
        made("openai:other"),
        made(overrides=Overrides(format=ToolFormat.NATIVE)),
        made(overrides=Overrides(validator="off")),
        made(overrides=judged),
        made(temperature=0.5),
        made(turns=3),
    ]
    assert len({repr(sorted(each.settings().items())) for each in kinds}) == len(kinds)
    assert "OPENAI_API_KEY" in repr(made().settings())
    assert "ANTHROPIC_API_KEY" in repr(kinds[4].settings())


def test_a_price_counts_where_dollars_are_limited() -> None:
    def settings(price: float, **options: Any) -> dict[str, str]:
        vendor = replace(SHIPPED.known["openai"], own_prices={"gpt": Price(input=price, output=1)})
        vendors = Vendors(known={**SHIPPED.known, "openai": vendor}, aliases={})
        return dict(replace(made(**options), vendors=vendors).settings())

    assert settings(1) == settings(2)
    assert settings(1, budget_usd=0.5) != settings(2, budget_usd=0.5)


def test_an_address_that_a_variable_gives_is_told() -> None:
    usual = probed(made(), OPENAI_API_KEY=KEY)
    other = probed(made(), OPENAI_API_KEY=KEY, OPENAI_BASE_URL="http://127.0.0.1:9/v1")
    assert (usual.led_to, other.led_to) == ((), ("http://127.0.0.1:9/v1",))


def test_with_a_key_it_is_ready() -> None:
    probe = probed(made(), OPENAI_API_KEY=KEY)
    assert (probe.ready, probe.version, probe.credentials) == (True, LOOP, ("OPENAI_API_KEY",))
    assert KEY not in repr(probe)


def test_a_missing_key_is_named() -> None:
    probe = probed(made())
    assert (probe.ready, probe.lacks) == (False, Lack.KEY)
    assert probe.missing == "the variable OPENAI_API_KEY is not set"
    assert probe.remedy == "set it: export OPENAI_API_KEY=..."
    assert "set, but empty" in probed(made(), OPENAI_API_KEY="").missing


def test_the_judges_key_is_needed_too() -> None:
    judged = made(overrides=Overrides(step_judge="asymmetric"))
    assert "ANTHROPIC_API_KEY" in probed(judged, OPENAI_API_KEY=KEY).missing
    both = probed(judged, OPENAI_API_KEY=KEY, ANTHROPIC_API_KEY=KEY)
    assert both.credentials == ("OPENAI_API_KEY", "ANTHROPIC_API_KEY")


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    probe = probed(made(), OPENAI_API_KEY=KEY)
    assert (probe.ready, probe.lacks) == (False, Lack.PROGRAM)
    assert 'pip install "pytest-harness[models]"' in probe.remedy


def test_a_server_that_does_not_answer_is_a_missing_model() -> None:
    probe = probed(made("llama.cpp:small"), LLAMA_CPP_BASE_URL="http://127.0.0.1:9/v1")
    assert (probe.ready, probe.lacks) == (False, Lack.MODEL)
    assert "127.0.0.1:9" in probe.missing


def test_the_mock_is_always_ready() -> None:
    assert probed(made("mock:mock")).ready


def test_without_a_key_nobody_is_asked(tmp_path: Path) -> None:
    record = made().propose(request_in(tmp_path))
    assert (record.completed, record.fault) == (False, Fault.UNAVAILABLE)
    assert "OPENAI_API_KEY is not set" in record.reason


def test_models_of_one_server_take_turns() -> None:
    first, second = made("ollama:a"), made("ollama:b")
    assert (first.max_concurrency, first.slot) == (1, "127.0.0.1:11434")
    assert slot_name(first) == slot_name(second)
    assert made("openai:gpt").max_concurrency is None
    assert (made("mock:mock").max_concurrency, made("mock:mock").slot) == (None, "mine")


def test_a_recording_is_no_script() -> None:
    with pytest.raises(ConfigurationError, match="no program"):
        Catalog().make("model", "recorded:x", Overrides())
    with pytest.raises(ConfigurationError, match="names no script"):
        Catalog().make("model", "scripted:", Overrides())


def test_all_vendors_that_ship_can_be_named() -> None:
    for name, vendor in SHIPPED.known.items():
        assert made(f"{name}:m").asked == (
            () if name == "mock" else ((Selector(name, "m"), vendor),)
        )
