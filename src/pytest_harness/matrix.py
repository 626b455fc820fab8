"""The matrix: which cells a target has, what they are called and how they are marked."""

from __future__ import annotations

import fnmatch
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from pytest_harness.backends.script_files import word
from pytest_harness.errors import ConfigurationError
from pytest_harness.failures import CellFailed
from pytest_harness.ids import clean
from pytest_harness.settings import BackendRef, Layer
from pytest_harness.vocabulary import FaultScope, ToolFormat

if TYPE_CHECKING:
    from pytest_harness.declare import Declaration
    from pytest_harness.matching import ExpectedFailure, Names

MODEL_BACKEND = "model"
"""The backend of plain models, which have tool formats."""

Formats = Callable[[BackendRef], Sequence[ToolFormat]]
"""Returns the tool formats in which a backend is asked where none is given; none if it has none."""


def usual_formats(backend: BackendRef) -> Sequence[ToolFormat]:
    """Return the tool formats of a backend as far as its id tells."""
    return (ToolFormat.NATIVE,) if backend.id == MODEL_BACKEND else ()


@dataclass(frozen=True, slots=True)
class MatrixPoint:
    """A point of the matrix of one target."""

    backend: str
    model: str | None = None
    format: ToolFormat | None = None
    variant: str | None = None
    trial: int = 1

    @property
    def id(self) -> str:
        """What stands in the test's brackets: a function of the point alone."""
        model = None if self.model is None else word(self.model)
        if model is not None and self.format is not None:
            # A vendor's name holds no colon, so that nothing is lost.
            model = model.replace(":", "-", 1)
        parts = (self.backend, model, self.format, self.variant)
        words = [str(part) for part in parts if part is not None]
        return f"{clean('-'.join(words), 94)}-t{self.trial}"


@dataclass(frozen=True, slots=True)
class PlannedCell:
    """A cell as it is known at collection: the parameter of its tests."""

    target: str
    """The target's name."""
    point: MatrixPoint
    """Where in the matrix it lies."""
    layer: Layer
    """The settings that hold for it."""
    expected: tuple[ExpectedFailure, ...] = ()
    """All failures expected of the target, whichever cell they speak of."""

    def names(self, test: str | None = None) -> Names:
        """The value of each axis, for rules."""
        point = self.point
        return {
            "target": self.target,
            "backend": point.backend,
            "model": point.model,
            "format": point.format,
            "variant": point.variant,
            "trial": str(point.trial),
            "test": test,
        }

    def __repr__(self) -> str:
        return f"<{self.target} {self.point.id}>"


def plan(
    declaration: Declaration, layer: Layer, formats: Formats = usual_formats
) -> list[PlannedCell]:
    """List the cells of a target in the order of the matrix.

    Raises `ConfigurationError` for a model without a single backend, a variant that the target
    lacks, and two points with one id.
    """
    expected = (*declaration.xfail, *(layer.xfail or ()))
    cells = [
        PlannedCell(declaration.name, point, _with_variant(declaration, point, layer), expected)
        for point in itertools.chain.from_iterable(
            _points(backend, declaration, layer, formats) for backend in pair(layer)
        )
    ]
    allowed = [cell for cell in cells if _allowed(declaration, cell)]
    seen: dict[str, MatrixPoint] = {}
    for cell in allowed:
        other = seen.setdefault(cell.point.id, cell.point)
        if other != cell.point:
            raise ConfigurationError(
                f"{other} and {cell.point} would have the same id {cell.point.id!r}; "
                "rename one of the backends or scripts"
            )
    return allowed


def pair(layer: Layer) -> tuple[BackendRef, ...]:
    """Pair models with backends.

    Raises `ConfigurationError` if models are given beside several backends or a paired one.
    """
    backends = layer.backend or ()
    if layer.model is None:
        return backends
    if len(backends) != 1 or backends[0].model is not None:
        raise ConfigurationError(
            f"--harness-model={','.join(layer.model)} needs a single backend without a model, "
            f"not {','.join(map(str, backends))}; pair them as --harness-backend=BACKEND@MODEL"
        )
    return tuple(BackendRef(backends[0].id, model) for model in layer.model)


def _with_variant(declaration: Declaration, point: MatrixPoint, layer: Layer) -> Layer:
    """Return the settings of a cell: those of its variant hold whatever else says."""
    variant = declaration.variants.get(point.variant or "")
    if variant is None:
        return layer
    return Layer(validator=variant.validator, step_judge=variant.step_judge).over(layer)


def _points(
    backend: BackendRef, declaration: Declaration, layer: Layer, usual: Formats
) -> list[MatrixPoint]:
    own = usual(backend)
    formats: Sequence[ToolFormat | None] = (layer.format or own) if own else (None,)
    variants: Sequence[str | None] = _variants(declaration, layer)
    trials = range(1, (layer.trials or 1) + 1)
    return [
        MatrixPoint(backend.id, backend.model, format_, variant, trial)
        for format_, variant, trial in itertools.product(formats, variants, trials)
    ]


def _variants(declaration: Declaration, layer: Layer) -> Sequence[str | None]:
    known = tuple(declaration.variants)
    if not known or layer.variant is None:
        return known or (None,)
    chosen = [name for name in known if any(fnmatch.fnmatchcase(name, p) for p in layer.variant)]
    if not chosen:
        raise ConfigurationError(
            f"target {declaration.name!r} has no variant {','.join(layer.variant)!r}; "
            f"it has {', '.join(known)}"
        )
    return chosen


def _allowed(declaration: Declaration, cell: PlannedCell) -> bool:
    names = cell.names()
    if declaration.only and not any(rule.matches(names) for rule in declaration.only):
        return False
    return not any(rule.matches(names) for rule in declaration.exclude)


def marks(cell: PlannedCell, test: str) -> list[pytest.MarkDecorator]:
    """The marks of one test of a cell: its point, and the failures expected of it."""
    point = cell.point
    found = [
        pytest.mark.harness(
            target=cell.target,
            backend=point.backend,
            model=point.model,
            format=None if point.format is None else str(point.format),
            variant=point.variant,
            trial=point.trial,
        )
    ]
    for entry in expected_failures(cell, test):
        if entry.on is FaultScope.ANY:
            found.append(pytest.mark.xfail(reason=entry.reason, strict=entry.strict))
        elif entry.on is FaultScope.FAULT:
            found.append(
                pytest.mark.xfail(reason=entry.reason, strict=entry.strict, raises=CellFailed)
            )
    return found


def expected_failures(cell: PlannedCell, test: str) -> list[ExpectedFailure]:
    """The failures expected of one test of a cell."""
    return [entry for entry in cell.expected if entry.rule.matches(cell.names(test))]
