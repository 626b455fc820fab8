"""Every option, environment variable and ini key, declared once.

`OPTIONS` is the one table: the command line, the variables ``HARNESS_*``, the ini keys
``harness_*`` and the reference in the documentation are made from it. What was given is read into
one `Layer` per origin, and the layers are laid over each other: command line, environment,
decorator, ini, built-in.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pytest_harness.errors import ConfigurationError
from pytest_harness.matching import ExpectedFailure, parse_xfail
from pytest_harness.vocabulary import RuntimeMode, ToolFormat

if TYPE_CHECKING:
    import pytest


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
    variant: tuple[str, ...] | None = None
    trials: int | None = None
    budget: int | None = None
    timeout: float | None = None
    target: tuple[str, ...] | None = None
    runtime: RuntimeMode | None = None
    oss: bool | None = None
    local_provider: str | None = None
    dir: str | None = None
    run_name: str | None = None
    resume: bool | None = None
    max_cells: int | None = None
    fail_unavailable: bool | None = None
    require_real: bool | None = None
    env_file: tuple[str, ...] | None = None
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
    trials=1,
    budget=1,
    dir=".harness",
    resume=False,
    fail_unavailable=False,
    require_real=False,
    env_file=(),
    xfail=(),
)
"""What holds where nothing is given."""


def _words(text: str) -> tuple[str, ...]:
    words = tuple(word.strip() for word in text.split(",") if word.strip())
    if not words:
        raise ConfigurationError("it is empty; name at least one, separated by commas")
    return words


def _backends(text: str) -> tuple[BackendRef, ...]:
    found: list[BackendRef] = []
    for word in _words(text):
        name, at, model = word.partition("@")
        if not name or (at and not model):
            raise ConfigurationError(f"{word!r} is no pair; write BACKEND or BACKEND@MODEL")
        ref = BackendRef(name, model or None)
        if ref in found:
            raise ConfigurationError(f"{word!r} is named twice; name it once, repeat with trials")
        found.append(ref)
    return tuple(found)


def _formats(text: str) -> tuple[ToolFormat, ...]:
    return tuple(_choice(word, ToolFormat) for word in _words(text))


def _choice(word: str, choices: Any) -> Any:
    try:
        return choices(word)
    except ValueError:
        known = ", ".join(map(str, choices))
        raise ConfigurationError(f"{word!r} is unknown; use one of {known}") from None


def _runtime(text: str) -> RuntimeMode:
    mode: RuntimeMode = _choice(text, RuntimeMode)
    if mode not in {RuntimeMode.HOST, RuntimeMode.PROFILE}:
        raise ConfigurationError(f"{text!r} is not available in this version; use host or profile")
    return mode


def _count(text: str) -> int:
    if not re.fullmatch(r"\+?\d{1,6}", text.strip()) or int(text) < 1:
        raise ConfigurationError(f"{text!r} is no number from 1 on")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 1e7:
        raise ConfigurationError(f"{text!r} is no positive number of seconds")
    return seconds


def _switch(text: str) -> bool:
    word = text.strip().lower()
    if word in {"1", "true", "yes", "on"}:
        return True
    if word in {"0", "false", "no", "off"}:
        return False
    raise ConfigurationError(f"{text!r} is neither true nor false")


def _text(text: str) -> str:
    if not text.strip():
        raise ConfigurationError("it is empty; give a value or leave it out")
    return text


def _local_provider(text: str) -> str:
    if text not in {"ollama", "lmstudio"}:
        raise ConfigurationError(f"{text!r} is unknown; use ollama or lmstudio")
    return text


def _xfails(text: str) -> tuple[ExpectedFailure, ...]:
    return tuple(parse_xfail(line.strip()) for line in text.splitlines() if line.strip())


_IniType = Literal["string", "args", "linelist", "bool", "int", "float"]

_INI_TYPES: dict[Callable[[str], object], _IniType] = {
    _words: "args",
    _backends: "args",
    _formats: "args",
    _count: "int",
    _seconds: "float",
    _switch: "bool",
    _xfails: "linelist",
}
"""So that native TOML configuration may use its own numbers, lists and truth values."""


@dataclass(frozen=True, slots=True)
class Option:
    """One option in all its spellings."""

    name: str
    """With hyphens: ``max-cells``."""
    parse: Callable[[str], object]
    """Reads the text; raises `ConfigurationError` without naming the option."""
    help: str
    """For ``--help`` and the reference: one sentence without a full stop."""
    metavar: str = ""
    """Placeholder of the value; empty for a flag."""
    field: str = ""
    """The field of `Layer` it fills; by default its own name."""
    flag: str = ""
    """What a flag on the command line means, as text for ``parse``."""
    command_line: bool = True
    """Whether it can be given there, and in the environment; all but a few can."""

    @property
    def ini_type(self) -> _IniType:
        """How pytest reads the ini key."""
        return _INI_TYPES.get(self.parse, "string")

    @property
    def option(self) -> str:
        """Spelling on the command line."""
        return f"--harness-{self.name}"

    @property
    def dest(self) -> str:
        """Spelling as an ini key."""
        return f"harness_{self.name.replace('-', '_')}"

    @property
    def variable(self) -> str:
        """Spelling in the environment."""
        return self.dest.upper()

    @property
    def into(self) -> str:
        """The field of `Layer` it fills."""
        return self.field or self.name.replace("-", "_")


OPTIONS = (
    Option("backend", _backends, "backends, each BACKEND or BACKEND@MODEL", "NAME,..."),
    Option("model", _words, "models for the only backend", "NAME,..."),
    Option("format", _formats, "tool formats for backend model: native, text", "NAME,..."),
    Option("variant", _words, "variants of targets that have them", "NAME,..."),
    Option("trials", _count, "repetitions of every point of the matrix", "N"),
    Option("budget", _count, "proposals that a cell may spend", "N"),
    Option("timeout", _seconds, "limit of one proposal", "SECONDS"),
    Option("target", _words, "only the targets whose name matches a pattern", "PATTERN,..."),
    Option("runtime", _runtime, "where backends run: host or profile", "MODE"),
    Option("oss", _switch, "local models, where the backend can", flag="true"),
    Option("hosted", _switch, "hosted models, whatever the target says", field="oss", flag="true"),
    Option("local-provider", _local_provider, "server of local models: ollama or lmstudio", "NAME"),
    Option("dir", _text, "directory of runs, below the root directory", "DIR"),
    Option("run-name", _text, "name of the run", "NAME"),
    Option("resume", _switch, "keep what the run has finished and do the rest", flag="true"),
    Option("max-cells", _count, "refuse to start when more cells are selected", "N"),
    Option(
        "fail-unavailable", _switch, "a missing program or key is an error, not a skip", flag="true"
    ),
    Option("require-real", _switch, "refuse to fall back to the backend fake", flag="true"),
    Option("env-file", _words, "files of KEY=VALUE lines, for this process only", "FILE,..."),
    Option("config", _text, "the file that declares further backends", "FILE"),
    Option(
        "xfail",
        _xfails,
        "expected failures, one a line: 'backend=NAME ...: reason'",
        command_line=False,
    ),
)
"""All of them, in the order of the reference."""


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


def add_options(parser: pytest.Parser) -> None:
    """Declare all options and ini keys."""
    group = parser.getgroup("harness", "benchmarks of coding agents")
    for each in OPTIONS:
        if each.command_line and each.flag:
            group.addoption(
                each.option, dest=each.dest, action="store_const", const=each.flag, help=each.help
            )
        elif each.command_line:
            group.addoption(
                each.option, dest=each.dest, action="append", metavar=each.metavar, help=each.help
            )
        parser.addini(each.dest, each.help, type=each.ini_type, default=None)


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
        except (TypeError, ValueError) as error:
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
