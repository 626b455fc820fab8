"""What makes a cell the same cell for two tests, and where its record lies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_harness._compat import dependencies, parameters
from pytest_harness.ids import clean
from pytest_harness.matrix import PlannedCell

if TYPE_CHECKING:
    from pytest_harness.declare import Declaration


@dataclass(frozen=True, slots=True)
class Identity:
    """The names of one cell."""

    key: str
    """Where the target is defined, its name, the point, the parameters it depends on."""
    target_id: str
    """Directory name of the target."""
    directory: str
    """Directory name of the cell."""
    words: tuple[str, ...] = ()
    """The parameters it depends on, by name."""


def identify(item: pytest.Item, declaration: Declaration, cell: PlannedCell) -> Identity:
    """Name the cell that a test asks for."""
    where = f"{place(declaration.file, item.config.rootpath)}::{declaration.qualified}"
    inherited = dependencies(item, declaration.name)
    words = [
        f"{name}={_word(value, index)}"
        for name, (value, index) in sorted(parameters(item).items())
        if name in inherited
    ]
    suffix = f"({','.join(words)})" if words else ""
    return Identity(
        key=f"{where}[{cell.point.id}]{suffix}",
        target_id=clean(where.removesuffix(".py").replace(".py::", ".").replace("/", ".")),
        directory=clean("--".join((cell.point.id, *words))),
        words=tuple(words),
    )


PACKAGE = Path(__file__).parent
"""Where targets that ship are declared."""


def place(file: Path, root: Path) -> str:
    """Name a file relative to the root directory, or absolutely if it lies elsewhere.

    A target that ships has the same name wherever the package is installed.
    """
    if file.is_relative_to(PACKAGE):
        return file.relative_to(PACKAGE.parent).as_posix()
    return file.relative_to(root).as_posix() if file.is_relative_to(root) else file.as_posix()


def _word(value: object, index: int) -> str:
    """Name a parameter's value so that it is the same in every process."""
    if value is None or isinstance(value, str | int | float):
        return str(value)
    name = getattr(value, "__name__", None)
    return name if isinstance(name, str) else str(index)
