"""``@harness_target``: a fixture that returns a `Target` becomes one that returns a `Cell`."""

from __future__ import annotations

import contextlib
import dataclasses
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pytest_harness.errors import ConfigurationError
from pytest_harness.matching import ExpectedFailure, Rule, RuleLike, read_rules, read_xfails
from pytest_harness.settings import Layer, decorator_layer
from pytest_harness.target import PathLike, Target
from pytest_harness.variants import Variant, read_variants

DECLARATION = "__harness_target__"
"""Attribute of the fixture's function that holds its `Declaration`."""

_SEEN = "__harness_targets__"
"""Name in a module that holds the lines at which its targets are declared."""

Fixture = Callable[..., Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What ``@harness_target`` was told."""

    name: str
    """Name of the function, hence of the fixture."""
    qualified: str
    """The name with the class around it: ``TestX.name``."""
    file: Path
    """The file that declares it."""
    variants: Mapping[str, Variant]
    """Its variants by name, with absolute directories."""
    problem: str | None
    """Why it cannot be used, in one sentence."""
    layer: Layer = field(default_factory=Layer)
    """Options given to the decorator."""
    only: tuple[Rule, ...] = ()
    """Points it is limited to; empty for no limit."""
    exclude: tuple[Rule, ...] = ()
    """Points it does not have."""
    xfail: tuple[ExpectedFailure, ...] = ()
    """Failures that are expected."""


def harness_target(
    function: Callable[..., Target | Iterator[Target]] | None = None,
    /,
    *,
    backend: str | Sequence[str] | None = None,
    model: str | Sequence[str] | None = None,
    format: str | Sequence[str] | None = None,  # noqa: A002 - the name of the axis
    variant: str | Sequence[str] | None = None,
    trials: int | None = None,
    budget: int | None = None,
    timeout: float | None = None,
    retries: int | None = None,
    runtime: str | None = None,
    oss: bool | None = None,
    local_provider: str | None = None,
    validator: str | None = None,
    step_judge: str | None = None,
    variants: Mapping[str, PathLike | Variant | None] | Sequence[str] = (),
    only: RuleLike | Iterable[RuleLike] | None = None,
    exclude: RuleLike | Iterable[RuleLike] | None = None,
    xfail: Mapping[str, str] | Iterable[ExpectedFailure] | None = None,
) -> Any:
    """Declare a target: a fixture whose function returns, or yields, a `Target`.

    Tests that ask for it are parametrized over the matrix and get the finished `Cell`. The
    function may take any fixture; it runs for every such test, while each cell is computed once.

    ``backend``, ``model``, ``format``, ``variant``, ``trials``, ``budget``, ``timeout``,
    ``retries``, ``runtime``, ``oss``, ``local_provider``, ``validator`` and ``step_judge`` mean
    what the options of the same name mean and give way to the command line and the environment.
    ``only`` and ``exclude`` are constraints that nothing overrides: a backend pattern, a mapping of
    axis to patterns, or several of these. ``variants`` names the target's variants, each optionally
    with a directory laid over the workspace, or with a `Variant`, whose settings hold whatever else
    says. ``xfail`` maps backend patterns to reasons, or lists entries made by `xfail`.

    A mistake in the arguments becomes one sentence at collection.
    """
    options = {
        "backend": backend,
        "model": model,
        "format": format,
        "variant": variant,
        "trials": trials,
        "budget": budget,
        "timeout": timeout,
        "retries": retries,
        "runtime": runtime,
        "oss": oss,
        "local_provider": local_provider,
        "validator": validator,
        "step_judge": step_judge,
    }

    def decorate(function: Callable[..., Target | Iterator[Target]]) -> Fixture:
        file = Path(function.__code__.co_filename)
        declaration = Declaration(
            name=function.__name__,
            qualified=function.__qualname__.rpartition("<locals>.")[2],
            file=file,
            variants={},
            problem=_refusal(function),
        )
        try:
            declaration = dataclasses.replace(
                declaration,
                variants=read_variants(variants, file.parent),
                layer=decorator_layer(**options),
                only=read_rules(only),
                exclude=read_rules(exclude),
                xfail=read_xfails(xfail),
            )
        except ConfigurationError as error:
            declaration = dataclasses.replace(
                declaration, problem=f"target {function.__name__!r}: {error}"
            )
        return pytest.fixture(_wrap(function, declaration))

    return decorate if function is None else decorate(function)


def _refusal(function: Callable[..., Any]) -> str | None:
    """Say why such a function cannot declare a target, or return ``None``."""
    name = function.__name__
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        return f"target {name!r} is declared with 'async def'; declare it with 'def'"
    if "<locals>" in function.__qualname__:
        return None
    lines: dict[str, int] = function.__globals__.setdefault(_SEEN, {})
    line = function.__code__.co_firstlineno
    first = lines.setdefault(function.__qualname__, line)
    if first != line:
        return (
            f"target {name!r} is defined twice in one scope, at lines {first} and {line}; "
            "rename one of them"
        )
    return None


def _wrap(function: Callable[..., Any], declaration: Declaration) -> Callable[..., Iterator[Any]]:
    """Make the fixture's function: the user's parameters, and ``request``."""
    parameters = list(inspect.signature(function).parameters.values())
    names = [parameter.name for parameter in parameters]

    def fixture(*args: Any, **kwargs: Any) -> Iterator[Any]:
        from pytest_harness.fixture import serve

        request = kwargs["request"]
        if "request" not in names:
            del kwargs["request"]
        with _value(function, args, kwargs) as value:
            yield serve(declaration, value, request)

    if "request" not in names:
        # By keyword, because it may follow parameters with defaults; pytest passes all by keyword.
        parameters.append(inspect.Parameter("request", inspect.Parameter.KEYWORD_ONLY))
    # Not functools.wraps: pytest would follow __wrapped__ to a function without ``request``.
    fixture.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    for attribute in ("__name__", "__qualname__", "__module__", "__doc__"):
        setattr(fixture, attribute, getattr(function, attribute))
    setattr(fixture, DECLARATION, declaration)
    return fixture


@contextlib.contextmanager
def _value(function: Callable[..., Any], args: Any, kwargs: Any) -> Iterator[Any]:
    """Run the user's function, whether it returns or yields, with its teardown."""
    result = function(*args, **kwargs)
    if not inspect.isgeneratorfunction(function):
        yield result
        return
    with contextlib.contextmanager(lambda: result)() as value:
        yield value
