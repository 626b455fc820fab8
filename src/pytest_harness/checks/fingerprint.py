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

Seen = tuple[int, ...]
"""Identities of what is being described, against circles."""


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
    return _describe(value, ())


def _describe(value: object, seen: Seen) -> str:
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
        case types.CodeType():
            return _code(value, seen)
    if id(value) in seen:
        return "(itself)"
    return _compound(value, (*seen, id(value)))


def _compound(value: object, seen: Seen) -> str:
    match value:
        case type():
            return _class(value, seen)
        case types.FunctionType():
            return _function(value, seen)
        case types.MethodType():
            return f"method({_describe(value.__func__, seen)}, {_describe(value.__self__, seen)})"
        case (
            types.BuiltinFunctionType()
            | types.MethodDescriptorType()
            | types.WrapperDescriptorType()
        ):
            return f"builtin {value.__qualname__}"
        case functools.partial():
            parts = (value.func, value.args, value.keywords)
            return f"partial({_all(parts, seen)})"
        case Mapping():
            pairs = sorted(
                (_describe(key, seen), _describe(each, seen)) for key, each in value.items()
            )
            return "{" + ", ".join(f"{key}: {each}" for key, each in pairs) + "}"
        case AbstractSet():
            return "set(" + ", ".join(sorted(_describe(each, seen) for each in value)) + ")"
        case range():
            return repr(value)
        case Sequence():
            return f"[{_all(value, seen)}]"
    return _object(value, seen)


def _all(values: Iterable[object], seen: Seen) -> str:
    return ", ".join(_describe(each, seen) for each in values)


def _named(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _tagged(value: object) -> str:
    """Describe an instance of a subclass of a plain type."""
    base = next(kind for kind in type(value).__mro__ if kind.__module__ == "builtins")
    return f"{_named(type(value))}({base.__repr__(value)})"  # type: ignore[call-arg]


def _object(value: object, seen: Seen) -> str:
    """Describe a dataclass or a plain object by its class and its fields."""
    kind = type(value)
    if dataclasses.is_dataclass(kind):
        names = [each.name for each in dataclasses.fields(kind)]
    elif hasattr(value, "__dict__") and kind.__module__ not in _OPAQUE:
        names = sorted(vars(value))
    else:
        raise TargetError(
            f"a value of type {_named(kind)} has no fingerprint; use plain values, dataclasses "
            "or functions instead"
        )
    fields = ", ".join(f"{name}={_describe(getattr(value, name), seen)}" for name in names)
    return f"{_class(kind, seen)}({fields})"


_OPAQUE = frozenset({"builtins", "_thread", "threading", "_io", "socket", "weakref"})
"""Modules whose objects hold state that no text can tell."""


def _class(kind: type, seen: Seen) -> str:
    """Name a class; of one's own classes the code of the methods counts too."""
    methods = []
    for each in kind.__mro__:
        if each.__module__.partition(".")[0] in _KNOWN_BY_VERSION:
            continue
        for name, member in sorted(vars(each).items()):
            function = getattr(member, "__func__", getattr(member, "fget", member))
            if isinstance(function, types.FunctionType) and not _generated(function):
                methods.append(f"{each.__qualname__}.{name}={_describe(function, seen)}")
    return _named(kind) + (f"<{_digest(';'.join(methods))}>" if methods else "")


_KNOWN_BY_VERSION = frozenset(
    {OWN, "builtins", "abc", "typing", "enum", "functools", "collections"}
)


def _generated(function: types.FunctionType) -> bool:
    """Whether a library made the method from the fields, as dataclasses do."""
    return function.__code__.co_filename == "<string>"


def _function(function: types.FunctionType, seen: Seen) -> str:
    """Describe a function by its name and by its code with all that the code reaches."""
    parts = [
        _describe(function.__code__, seen),
        _describe(function.__defaults__, seen),
        _describe(function.__kwdefaults__, seen),
    ]
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            held = cell.cell_contents
        except ValueError:  # the variable was never set
            continue
        parts.append(f"{name}={_reached(held, seen)}")
    for name in sorted(_global_names(function.__code__)):
        if name in function.__globals__:
            held = function.__globals__[name]
            if _same_module(held, function.__module__) or _simple(held):
                parts.append(f"{name}={_reached(held, seen)}")
    return f"{function.__module__}.{function.__qualname__}<{_digest(';'.join(parts))}>"


def _reached(value: object, seen: Seen) -> str:
    """Describe what a function uses beside its arguments; for what has no text its type stands."""
    try:
        return _describe(value, seen)
    except TargetError:
        return f"some {_named(type(value))}"


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


def _code(code: types.CodeType, seen: Seen) -> str:
    parts = (code.co_code, code.co_consts, code.co_names, code.co_varnames, code.co_freevars)
    return f"code {code.co_name}<{_digest(_all(parts, seen))}>"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
