"""Canonical text of values, for fingerprints: the same in every process, or an error."""

from __future__ import annotations

import dataclasses
import enum
import functools
import hashlib
import re
import types
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from fractions import Fraction
from pathlib import PurePath

from pytest_harness.checks.base import Check
from pytest_harness.errors import TargetError

OWN = "pytest_harness"
"""Classes of this package are told apart by the package's version, not by their code."""


def describe_check(check: Check) -> str:
    """Return canonical text of all that ``check`` depends on: class, fields, and its code.

    Raises `TargetError` when a field holds something that has no such text.
    """
    try:
        return describe_value(check)
    except TargetError as error:
        raise TargetError(f"check {check.name!r}: {error}") from None


def describe_value(value: object) -> str:
    """Return canonical text of ``value``: equal text for equal values, in whichever process.

    Understands plain values, mappings, sequences, sets, paths, enums, regular expressions,
    fractions, dataclasses, callables with the code they are made of, and plain objects of these.
    Raises `TargetError` for anything else.
    """
    return _Describer().describe(value)


class _Describer:
    """Describes one value, a function or a class in full only where it is met first."""

    def __init__(self) -> None:
        self._open: list[int] = []
        self._known: set[int] = set()

    def describe(self, value: object) -> str:
        match value:
            case enum.Enum():
                return f"{_named(type(value))}.{value.name}"
            case None | bool() | int() | float() | complex() | str() | bytes():
                return repr(value) if type(value).__module__ == "builtins" else _tagged(value)
            case Fraction():
                return f"Fraction({value})"
            case PurePath():
                return f"Path({str(value)!r})"
            case re.Pattern():
                return f"Pattern({value.pattern!r}, {int(value.flags)})"
            case types.EllipsisType():
                return "..."
            case types.ModuleType():
                return f"module {value.__name__}"
            case type() | types.FunctionType() if id(value) in self._known:
                return _named(value)
        if id(value) in self._open:
            return "(itself)"
        self._open.append(id(value))
        try:
            return self._compound(value)
        finally:
            self._open.pop()

    def _compound(self, value: object) -> str:
        match value:
            case type():
                return self._class(value)
            case types.FunctionType():
                return self._function(value)
            case types.CodeType():
                return self._code(value)
            case types.MethodType():
                return f"method({self._all((value.__func__, value.__self__))})"
            case types.BuiltinFunctionType() | types.MethodDescriptorType():
                return f"builtin {value.__qualname__}"
            case functools.partial():
                return f"partial({self._all((value.func, value.args, value.keywords))})"
            case Mapping():
                return self._mapping(value)
            case AbstractSet():
                # A set has no order, so no element may lean on one before it.
                return f"set({', '.join(sorted(describe_value(each) for each in value))})"
            case Sequence():
                return f"[{self._all(value)}]"
        return self._object(value)

    def _all(self, values: Iterable[object]) -> str:
        return ", ".join(self.describe(each) for each in values)

    def _mapping(self, mapping: Mapping[object, object]) -> str:
        keys = sorted(mapping, key=describe_value)
        return (
            "{" + ", ".join(f"{self.describe(k)}: {self.describe(mapping[k])}" for k in keys) + "}"
        )

    def _object(self, value: object) -> str:
        """Describe a dataclass or a plain object by its class and its fields."""
        kind = type(value)
        if dataclasses.is_dataclass(kind):
            names = [each.name for each in dataclasses.fields(kind)]
        elif hasattr(value, "__dict__") and kind.__module__ not in _OPAQUE:
            names = sorted(vars(value))
        else:
            raise TargetError(
                f"a value of type {_named(kind)} has no fingerprint; use plain values, "
                "dataclasses or functions instead"
            )
        fields = [f"{name}={self.describe(getattr(value, name))}" for name in names]
        return f"{self.describe(kind)}({', '.join(fields)})"

    def _class(self, kind: type) -> str:
        """Name a class; of one's own classes the code of the methods counts too."""
        self._known.add(id(kind))
        methods = []
        for each in kind.__mro__:
            if each.__module__.partition(".")[0] in _KNOWN_BY_VERSION:
                continue
            for name, member in sorted(vars(each).items()):
                function = getattr(member, "__func__", getattr(member, "fget", member))
                if isinstance(function, types.FunctionType) and not _generated(function):
                    methods.append(f"{each.__qualname__}.{name}={self.describe(function)}")
        return _named(kind) + (f"<{_digest(methods)}>" if methods else "")

    def _function(self, function: types.FunctionType) -> str:
        """Describe a function by its name and by its code with all that the code reaches."""
        self._known.add(id(function))
        code = function.__code__
        parts = [self._all((code, function.__defaults__, function.__kwdefaults__))]
        for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
            try:
                held = cell.cell_contents
            except ValueError:  # the variable was never set
                continue
            parts.append(f"{name}={self._reached(held)}")
        for name in sorted(_global_names(code)):
            held = function.__globals__.get(name)
            if _same_module(held, function.__module__) or _simple(held):
                parts.append(f"{name}={self._reached(held)}")
        return f"{_named(function)}<{_digest(parts)}>"

    def _reached(self, value: object) -> str:
        """Describe what a function uses; for what has no text its type stands."""
        try:
            return self.describe(value)
        except TargetError:
            return f"some {_named(type(value))}"

    def _code(self, code: types.CodeType) -> str:
        parts = (code.co_code, code.co_consts, code.co_names, code.co_varnames, code.co_freevars)
        return f"code {code.co_name}<{_digest([self._all(parts)])}>"


_OPAQUE = frozenset({"builtins", "_thread", "threading", "_io", "socket", "weakref"})
"""Modules whose objects hold state that no text can tell."""
_KNOWN_BY_VERSION = frozenset(
    {OWN, "builtins", "abc", "typing", "enum", "functools", "collections"}
)
"""Packages whose classes are told by their names alone."""


def _named(thing: type | types.FunctionType) -> str:
    return f"{thing.__module__}.{thing.__qualname__}"


def _tagged(value: object) -> str:
    """Describe an instance of a subclass of a plain type."""
    base = next(kind for kind in type(value).__mro__ if kind.__module__ == "builtins")
    return f"{_named(type(value))}({base.__repr__(value)})"  # type: ignore[call-arg]


def _generated(function: types.FunctionType) -> bool:
    """Whether a library made the method from the fields, as dataclasses do."""
    return function.__code__.co_filename == "<string>"


def _global_names(code: types.CodeType) -> set[str]:
    names = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names |= _global_names(constant)
    return names


def _same_module(value: object, module: str) -> bool:
    return isinstance(value, types.FunctionType | type) and value.__module__ == module


def _simple(value: object) -> bool:
    if isinstance(value, tuple | frozenset):
        return all(_simple(each) for each in value)
    return isinstance(value, int | float | str | bytes | Fraction | PurePath | re.Pattern)


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256(";".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
