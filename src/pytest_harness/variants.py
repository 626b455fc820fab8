"""Variants of a target: what is compared side by side without any optimiser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_harness.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Variant:
    """One version of a target, or of the harness of a plain model around it."""

    files: str | Path | None = None
    """A directory laid over the workspace."""
    validator: str | None = None
    """For plain models, what ``--harness-validator`` means, and stronger than that."""
    step_judge: str | None = None
    """For plain models, what ``--harness-step-judge`` means, and stronger than that."""


def read_variants(
    given: Mapping[str, str | Path | Variant | None] | Sequence[str], base: Path
) -> dict[str, Variant]:
    """Read variants by name; directories become absolute below ``base``.

    Raises `ConfigurationError` for what is neither a path nor a `Variant`.
    """
    if not isinstance(given, Mapping):
        return {name: Variant() for name in ((given,) if isinstance(given, str) else given)}
    return {str(name): _variant(str(name), value, base) for name, value in given.items()}


def _variant(name: str, value: object, base: Path) -> Variant:
    if isinstance(value, str | Path):
        return Variant(base / value)
    if value is None:
        return Variant()
    if not isinstance(value, Variant):
        raise ConfigurationError(
            f"variant {name!r} is {value!r}; give a directory, Variant(...), or None"
        )
    files = None if value.files is None else base / value.files
    return Variant(files, value.validator, value.step_judge)
