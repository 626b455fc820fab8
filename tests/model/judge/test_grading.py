from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from pytest_harness.config_models import GraderConfig, ModelTables, read_models
from pytest_harness.config_values import Values
from pytest_harness.errors import ConfigurationError
from pytest_harness.model import repeating
from pytest_harness.model.client import Client, ModelError
from pytest_harness.model.grading import REPEATS, ProjectGraders
from pytest_harness.model.selectors import Selector
from pytest_harness.model.vendors import Vendor
from pytest_harness.records import Spent
from pytest_harness.redaction import Vault
from pytest_harness.vocabulary import Fault
from tests.model.judge.doubles import PRICE, TOKENS, Said

SMALL = GraderConfig(name="small", model=Selector("openai", "mini"), temperature=0.0, max_tokens=99)
LARGE = GraderConfig(name="large", model=Selector("anthropic", "big"))
TABLES = ModelTables(graders={"small": SMALL, "large": LARGE})
KEY = "sk-abcdefgh12345678"


class Made:
    """Makes clients and keeps them."""

    def __init__(self, *clients: Said) -> None:
        self.clients = list(clients)
        self.calls: list[tuple[str, str]] = []

    def __call__(self, vendor: Vendor, model: str, environment: Mapping[str, str]) -> Client:
        self.calls.append((vendor.name, model))
        return self.clients[len(self.calls) - 1]


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Pauses are kept, and take no time."""
    found: list[float] = []

    def wait(seconds: float, ending: object) -> bool:
        found.append(seconds)
        return True

    monkeypatch.setattr(repeating, "wait", wait)
    return found


def graders(
    made: Made, chosen: str | None = None, tables: ModelTables = TABLES, vault: Vault | None = None
) -> ProjectGraders:
    environment = {"OPENAI_API_KEY": KEY, "ANTHROPIC_API_KEY": KEY}
    return ProjectGraders(tables, environment, vault or Vault(), chosen, make=made)


def test_a_grader_is_asked_with_its_own_settings_and_says_what_it_cost() -> None:
    client = Said("7")
    graded = graders(Made(client)).grader("small").ask("Grade.", "This.", 30.0)
    assert graded.text == "7"
    assert graded.spent == Spent(usage=TOKENS, cost_usd=PRICE)
    assert (client.system(), client.prompt()) == ("Grade.", "This.")
    assert client.questions[0].sampling.temperature == 0.0
    assert client.questions[0].sampling.max_tokens == 99
    assert client.limits[0] <= 30.0


def test_clients_are_made_once_and_closed_at_the_end() -> None:
    client, other = Said("1", "2"), Said("3")
    made = Made(client, other)
    all_ = graders(made)
    assert made.calls == []
    for name in ("small", "small", "large"):
        all_.grader(name).ask("s", "p", 9.0)
    assert made.calls == [("openai", "mini"), ("anthropic", "big")]
    all_.close()
    all_.close()
    assert client.closed
    assert other.closed


def test_which_grader_where_none_is_named() -> None:
    client = Said()
    assert graders(Made(client), "large").grader(None).name == "large"
    default = ModelTables(graders=TABLES.graders, default_grader="small")
    assert graders(Made(client), None, default).grader(None).name == "small"
    assert graders(Made(client), "large", default).grader(None).name == "large"
    only = ModelTables(graders={"small": SMALL})
    assert graders(Made(client), None, only).grader(None).name == "small"


@pytest.mark.parametrize(
    ("tables", "name", "said"),
    [
        (TABLES, None, "name one of small, large with --harness-grader"),
        (ModelTables(), None, "declare one in harness.toml"),
        (TABLES, "smal", "did you mean 'small'?"),
        (
            ModelTables(graders={"m": GraderConfig(name="m", model=Selector("mock", "mock"))}),
            "m",
            "no opinion of its own",
        ),
    ],
)
def test_no_grader_is_one_sentence(tables: ModelTables, name: str | None, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        graders(Made(), None, tables).grader(name)


def test_what_may_pass_is_asked_again(pauses: list[float]) -> None:
    busy = ModelError(Fault.RATE_LIMIT, "wait", retry_after=4.0, again=True)
    client = Said(busy, busy, "7")
    assert graders(Made(client)).grader("small").ask("s", "p", 60.0).text == "7"
    assert pauses == [4.0, 4.0]


@pytest.mark.parametrize(
    ("error", "requests"),
    [
        (ModelError(Fault.TRANSPORT, "broken", again=True), 1 + REPEATS),
        (ModelError(Fault.AUTH, "refused"), 1),
        (ModelError(Fault.RATE_LIMIT, "wait", retry_after=3600.0, again=True), 1),
    ],
)
def test_what_does_not_pass_is_told(pauses: list[float], error: ModelError, requests: int) -> None:
    client = Said(*([error] * 5))
    with pytest.raises(ModelError) as caught:
        graders(Made(client)).grader("small").ask("s", "p", 60.0)
    assert caught.value is error
    assert client.asked == requests


def test_secrets_are_not_sent_and_the_key_becomes_one() -> None:
    vault = Vault(["hunter2-hunter2"])
    client = Said("7")
    graders(Made(client), vault=vault).grader("small").ask(
        "s", f"+password = hunter2-hunter2 {KEY}", 9.0
    )
    assert "hunter2" not in client.prompt()
    assert KEY not in client.prompt()


def test_what_is_missing_is_told_before_anything_runs() -> None:
    without = ProjectGraders(TABLES, {"OPENAI_API_KEY": KEY}, Vault())
    assert without.missing(["small"]) is None
    found = without.missing(["small", "large"])
    assert found is not None
    assert "the grader 'large' (anthropic:big)" in found.what
    assert "ANTHROPIC_API_KEY" in found.what + found.remedy
    with pytest.raises(ConfigurationError):
        without.missing([None])


def test_what_grades_depend_on_is_in_the_settings() -> None:
    all_ = graders(Made(), "large")
    assert all_.settings([None]) != all_.settings(["small"])
    warm = GraderConfig(name="small", model=SMALL.model, temperature=1.0)
    other = graders(Made(), None, ModelTables(graders={"small": warm}))
    assert all_.settings(["small"]) != other.settings(["small"])
    assert "openai:mini" in str(all_.settings(["small"]))


@pytest.mark.parametrize("given", [2.5, -1, True, "warm"])
def test_a_temperature_that_is_none_is_said_as_one(given: object) -> None:
    table = {"graders": {"small": {"model": "openai:mini", "temperature": given}}}
    with pytest.raises(ConfigurationError) as caught:
        read_models(Values(Path("harness.toml"), {}), table)
    assert str(caught.value) == ("harness.toml: graders.small.temperature is no number from 0 to 2")
