"""What was given, by origin, and what holds where origins disagree.

Each origin is read into a `Layer` by the one table of options, and the layers are laid over each
other: command line, environment, decorator, ini, built-in.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pytest_harness.backends.script_files import spelt
from pytest_harness.errors import ConfigurationError
from pytest_harness.matching import ExpectedFailure
from pytest_harness.options import OPTIONS
from pytest_harness.vocabulary import ToolFormat


@dataclass(frozen=True, slots=True)
class BackendRef:
    """A backend with the model it is paired with, if any."""

    id: str
    model: str | None = None

    def __str__(self) -> str:
        return self.id if self.model is None else f"{self.id}@{self.model}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """What one origin gave; ``None`` where it is silent."""

    backend: tuple[BackendRef, ...] | None = None
    model: tuple[str, ...] | None = None
    format: tuple[ToolFormat, ...] | None = None
    validator: str | None = None
    step_judge: str | None = None
    grader: str | None = None
    include_local: bool | None = None
    max_local_models: int | None = None
    keep_local: bool | None = None
    variant: tuple[str, ...] | None = None
    trials: int | None = None
    budget: int | None = None
    timeout: float | None = None
    retries: int | None = None
    target: tuple[str, ...] | None = None
    runtime: str | None = None
    oss: bool | None = None
    local_provider: str | None = None
    dir: str | None = None
    run_name: str | None = None
    resume: bool | None = None
    record: str | None = None
    record_traffic: str | None = None
    replay: str | None = None
    baseline: str | None = None
    fail_on_regression: bool | None = None
    max_cells: int | None = None
    max_cost: float | None = None
    max_tokens: int | None = None
    max_duration: float | None = None
    allow_unknown_cost: bool | None = None
    fail_budget: bool | None = None
    max_faults: int | None = None
    fail_unavailable: bool | None = None
    selfcheck: bool | None = None
    require_real: bool | None = None
    env_file: tuple[str, ...] | None = None
    secrets: tuple[str, ...] | None = None
    config: str | None = None
    xfail: tuple[ExpectedFailure, ...] | None = None

    def over(self, below: Layer) -> Layer:
        """Lay this over another: what is silent here comes from ``below``."""
        mine = {
            each.name: value
            for each in dataclasses.fields(self)
            if (value := getattr(self, each.name)) is not None
        }
        return dataclasses.replace(below, **mine)


BUILT_IN = Layer(
    backend=(BackendRef("fake"),),
    include_local=False,
    max_local_models=2,
    keep_local=False,
    fail_on_regression=False,
    trials=1,
    budget=1,
    retries=1,
    max_faults=10,
    allow_unknown_cost=False,
    fail_budget=False,
    dir=".harness",
    resume=False,
    fail_unavailable=False,
    selfcheck=False,
    require_real=False,
    env_file=(),
    xfail=(),
)
"""What holds where nothing is given."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What was given, by origin."""

    command_line: Layer
    environment: Layer
    ini: Layer

    @property
    def run(self) -> Layer:
        """What holds for the whole run, where no decorator has a say."""
        return self.for_target(Layer())

    def for_target(self, decorator: Layer) -> Layer:
        """What holds for one target, nothing missing that has a built-in value."""
        return self.command_line.over(
            self.environment.over(decorator.over(self.ini.over(BUILT_IN)))
        )

    @property
    def forced(self) -> Layer:
        """Command line over environment: what no decorator overrides."""
        return self.command_line.over(self.environment)

    def given(self) -> dict[str, str]:
        """What was given anywhere, as text by option name, for the run's record."""
        layer = self.forced.over(self.ini)
        texts: dict[str, str] = {}
        for each in dataclasses.fields(layer):
            value = getattr(layer, each.name)
            if value is not None and each.name != "xfail":
                texts[each.name.replace("_", "-")] = (
                    ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
                )
        return texts


def spelt_scripts(layer: Layer, root: Path) -> Layer:
    """Spell each script the same however its path was written, and name none twice."""
    backend, model = layer.backend, layer.model
    if backend is not None:
        backend = tuple(
            dict.fromkeys(
                BackendRef(ref.id, None if ref.model is None else spelt(ref.model, root))
                for ref in backend
            )
        )
    if model is not None:
        model = tuple(dict.fromkeys(spelt(each, root) for each in model))
    return dataclasses.replace(layer, backend=backend, model=model)


def read_settings(config: pytest.Config, environ: Mapping[str, str]) -> Settings:
    """Read all origins.

    Raises `ConfigurationError` that names the option in the spelling that was used.
    """
    command_line: dict[str, tuple[str, str]] = {}
    environment: dict[str, tuple[str, str]] = {}
    ini: dict[str, tuple[str, str]] = {}
    for each in OPTIONS:
        if each.command_line:
            given = config.getoption(each.dest, default=None)
            if given is not None:
                text = given if isinstance(given, str) else ",".join(given)
                command_line[each.name] = (each.option, text)
            if each.variable in environ:
                environment[each.name] = (each.variable, environ[each.variable])
        try:
            value = config.getini(each.dest)
        except (TypeError, ValueError, pytest.UsageError) as error:
            raise ConfigurationError(f"ini {each.dest}: {error}") from None
        if value is not None:
            separator = "\n" if each.ini_type == "linelist" else ","
            text = separator.join(map(str, value)) if isinstance(value, list) else str(value)
            ini[each.name] = (f"ini {each.dest}", text)
    return Settings(_layer(command_line), _layer(environment), _layer(ini))


def _layer(texts: Mapping[str, tuple[str, str]]) -> Layer:
    """Read the texts of one origin, given as spelling and text by option name."""
    values: dict[str, Any] = {}
    for each in OPTIONS:
        if each.name not in texts:
            continue
        spelling, text = texts[each.name]
        try:
            value = each.parse(text)
        except ConfigurationError as error:
            raise ConfigurationError(f"{spelling}: {error}") from None
        if each.name == "hosted":
            value = not value
        if values.get(each.into, value) != value:
            raise ConfigurationError(f"{spelling} contradicts --harness-oss; give one of them")
        values[each.into] = value
    return Layer(**values)


def decorator_layer(**given: object) -> Layer:
    """Read the keyword arguments of `harness_target` by the same rules.

    Raises `ConfigurationError`.
    """
    texts: dict[str, tuple[str, str]] = {}
    for name, value in given.items():
        if value is None:
            continue
        words = value if isinstance(value, list | tuple | set) else (value,)
        texts[name.replace("_", "-")] = (f"{name}=", ",".join(str(word) for word in words))
    return _layer(texts)
