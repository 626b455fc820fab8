"""Every option, environment variable and ini key, declared once.

`OPTIONS` is the one table: the command line, the variables ``HARNESS_*``, the ini keys
``harness_*`` and the reference in the documentation are made from it. pytest loads this module in
every session, so it imports next to nothing; what was given is read by `settings`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import pytest

from pytest_harness.errors import ConfigurationError

if TYPE_CHECKING:
    from pytest_harness.matching import ExpectedFailure
    from pytest_harness.settings import BackendRef
    from pytest_harness.vocabulary import ToolFormat


def _words(text: str) -> tuple[str, ...]:
    words = tuple(word.strip() for word in text.split(",") if word.strip())
    if not words:
        raise ConfigurationError("it is empty; name at least one, separated by commas")
    return words


def _models(text: str) -> tuple[str, ...]:
    """Read models; ``provider=VENDOR,model=NAME`` is one, though a comma parts it."""
    found: list[str] = []
    for word in _words(text):
        before = found[-1] if found else ""
        if word.startswith("model=") and "provider=" in before and ",model=" not in before:
            found[-1] = f"{before},{word}"
        else:
            found.append(word)
    return tuple(found)


def _backends(text: str) -> tuple[BackendRef, ...]:
    from pytest_harness.settings import BackendRef

    found: list[BackendRef] = []
    for word in _models(text):
        name, at, model = word.partition("@")
        if not name or (at and not model):
            raise ConfigurationError(f"{word!r} is no pair; write BACKEND or BACKEND@MODEL")
        ref = BackendRef(name, model or None)
        if ref in found:
            raise ConfigurationError(f"{word!r} is named twice; name it once, repeat with trials")
        found.append(ref)
    return tuple(found)


def _formats(text: str) -> tuple[ToolFormat, ...]:
    from pytest_harness.vocabulary import ToolFormat

    found = tuple(_choice(word, ToolFormat) for word in _words(text))
    for format_ in found:
        if found.count(format_) > 1:
            raise ConfigurationError(f"{str(format_)!r} is named twice; name it once")
    return found


def _choice(word: str, choices: Any) -> Any:
    try:
        return choices(word)
    except ValueError:
        known = ", ".join(map(str, choices))
        raise ConfigurationError(f"{word!r} is unknown; use one of {known}") from None


def _name(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", text.strip()):
        raise ConfigurationError(f"{text!r} is no name; use letters, digits and ._-")
    return text.strip()


def _count(text: str) -> int:
    if not re.fullmatch(r"\+?\d{1,6}", text.strip()) or int(text) < 1:
        raise ConfigurationError(f"{text!r} is no number from 1 on")
    return int(text)


def _natural(text: str) -> int:
    if not re.fullmatch(r"\+?\d{1,6}", text.strip()):
        raise ConfigurationError(f"{text!r} is no number from 0 on")
    return int(text)


def _tokens(text: str) -> int:
    if not re.fullmatch(r"\+?\d{1,15}", text.strip()) or int(text) < 1:
        raise ConfigurationError(f"{text!r} is no number of tokens from 1 on")
    return int(text)


def _dollars(text: str) -> float:
    try:
        dollars = float(text)
    except ValueError:
        dollars = 0.0
    if not 0 < dollars < 1e9:
        raise ConfigurationError(f"{text!r} is no positive number of dollars")
    return dollars


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
    from pytest_harness.matching import parse_xfail

    return tuple(parse_xfail(line.strip()) for line in text.splitlines() if line.strip())


_IniType = Literal["string", "args", "linelist", "bool", "int", "float"]

_INI_TYPES: dict[Callable[[str], object], _IniType] = {
    _words: "args",
    _backends: "args",
    _models: "args",
    _formats: "args",
    _count: "int",
    _natural: "int",
    _tokens: "int",
    _dollars: "float",
    _seconds: "float",
    _switch: "bool",
    _xfails: "linelist",
}
"""So that native TOML configuration may use its own numbers, lists and truth values."""


class Option(NamedTuple):
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
    Option("model", _models, "models for the only backend", "NAME,..."),
    Option("format", _formats, "tool formats for backend model: native, text", "NAME,..."),
    Option(
        "validator",
        _text,
        "structural validator of a plain model's turns: off, default, or a file",
        "off|default|FILE",
    ),
    Option(
        "step-judge",
        _text,
        "second model that reviews a plain model's turns: off, symmetric-cheap, asymmetric, "
        "symmetric-strong, or a file",
        "PRESET|FILE",
    ),
    Option("grader", _name, "grader of harness.toml that Judge checks ask", "NAME"),
    Option(
        "include-local",
        _switch,
        "also measure the models that servers on this machine offer",
        flag="true",
    ),
    Option("max-local-models", _count, "most models that are added so", "N"),
    Option("keep-local", _switch, "leave models loaded that cells made Ollama load", flag="true"),
    Option("variant", _words, "variants of targets that have them", "NAME,..."),
    Option("trials", _count, "repetitions of every point of the matrix", "N"),
    Option("budget", _count, "proposals that a cell may spend", "N"),
    Option("timeout", _seconds, "limit of one proposal", "SECONDS"),
    Option("retries", _natural, "further attempts after a fault of transport or a rate limit", "N"),
    Option("target", _words, "only the targets whose name matches a pattern", "PATTERN,..."),
    Option(
        "runtime",
        _name,
        "where agents and checks run: host, profile, sandbox, container, or one of harness.toml",
        "NAME",
    ),
    Option("oss", _switch, "local models, where the backend can", flag="true"),
    Option("hosted", _switch, "hosted models, whatever the target says", field="oss", flag="true"),
    Option("local-provider", _local_provider, "server of local models: ollama or lmstudio", "NAME"),
    Option("dir", _text, "directory of runs, below the root directory", "DIR"),
    Option("run-name", _text, "name of the run", "NAME"),
    Option("resume", _switch, "keep what the run has finished and do the rest", flag="true"),
    Option("record", _text, "directory in which proposals of agents are recorded", "DIR"),
    Option(
        "record-traffic",
        _text,
        "directory in which it is recorded what programs and their models say to each other",
        "DIR",
    ),
    Option("replay", _text, "directory of recorded proposals, played back for free", "DIR"),
    Option("baseline", _text, "earlier run that this one is compared with", "RUN"),
    Option(
        "fail-on-regression",
        _switch,
        "a cell that passed in the baseline and fails now fails the session",
        flag="true",
    ),
    Option("max-cells", _count, "refuse to start when more cells are selected", "N"),
    Option("max-cost", _dollars, "dollars that the run may spend", "DOLLARS"),
    Option("max-tokens", _tokens, "tokens that the run may spend", "N"),
    Option("max-duration", _seconds, "start no proposal after so long a run", "SECONDS"),
    Option(
        "allow-unknown-cost",
        _switch,
        "let run under a cap on cost what nobody knows the cost of",
        flag="true",
    ),
    Option("fail-budget", _switch, "a cap that was reached fails the session", flag="true"),
    Option(
        "max-faults",
        _natural,
        "give a backend up after so many faults of its provider in a row; 0 is never",
        "N",
    ),
    Option(
        "fail-unavailable", _switch, "a missing program or key is an error, not a skip", flag="true"
    ),
    Option("require-real", _switch, "refuse to fall back to the backend fake", flag="true"),
    Option(
        "selfcheck",
        _switch,
        "examine the targets instead of running the tests: can they be solved, and fooled",
        flag="true",
    ),
    Option("env-file", _words, "files of KEY=VALUE lines, for this process only", "FILE,..."),
    Option("secrets", _words, "further variables whose values are hidden", "NAME,..."),
    Option("config", _text, "the file that declares further backends", "FILE"),
    Option(
        "xfail",
        _xfails,
        "expected failures, one a line: 'backend=NAME ...: reason'",
        command_line=False,
    ),
)
"""All of them, in the order of the reference."""


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


def anything_given(config: pytest.Config, environ: Mapping[str, str]) -> bool:
    """Whether any option, variable or ini key of ours was given."""
    return any(
        config.getoption(each.dest, default=None) is not None
        or each.variable in environ
        or _in_ini(config, each.dest)
        for each in OPTIONS
    )


def _in_ini(config: pytest.Config, key: str) -> bool:
    try:
        return config.getini(key) is not None
    except (TypeError, ValueError, pytest.UsageError):  # given, and wrong: reading it will say so
        return True
