"""How a cell without a result ends its tests: as an error in set-up, or as a skip."""

from __future__ import annotations

from typing import NoReturn

from pytest_harness._compat import Failed


class CellFailed(Failed):
    """The cell says nothing about the agent, or an outcome no test may overlook."""

    __module__ = "builtins"  # as pytest's own outcomes; summaries begin with it otherwise

    def __init__(self, message: str) -> None:
        super().__init__(message, pytrace=False)


def fail(message: str) -> NoReturn:
    """End the test with one message and no traceback."""
    __tracebackhide__ = True
    raise CellFailed(message) from None
