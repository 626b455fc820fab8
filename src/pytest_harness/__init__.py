"""Benchmark coding agents, and improve the harness around them, as pytest tests.

The public names are imported when they are first used, because pytest imports this package in
every session.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_harness.allowance.caps import Caps
    from pytest_harness.checks import (
        Answer,
        Check,
        CheckContext,
        Command,
        FileAbsent,
        FileContains,
        JsonSchema,
        Judge,
        Pytest,
        Python,
        ToolCalls,
        Unchanged,
        Verdict,
    )
    from pytest_harness.declare import harness_target
    from pytest_harness.errors import HarnessError
    from pytest_harness.inputs import File, Message, Text
    from pytest_harness.matching import xfail
    from pytest_harness.matrix import MatrixPoint
    from pytest_harness.result import Cell
    from pytest_harness.script import run
    from pytest_harness.target import DEFAULT_IGNORE, Solution, Target
    from pytest_harness.variants import Variant
    from pytest_harness.vocabulary import Fault, Kind, Outcome, Tool

_HOMES = {
    "Answer": "checks",
    "Caps": "allowance.caps",
    "Cell": "result",
    "Check": "checks",
    "CheckContext": "checks",
    "Command": "checks",
    "DEFAULT_IGNORE": "target",
    "Fault": "vocabulary",
    "File": "inputs",
    "FileAbsent": "checks",
    "FileContains": "checks",
    "HarnessError": "errors",
    "JsonSchema": "checks",
    "Judge": "checks",
    "Kind": "vocabulary",
    "MatrixPoint": "matrix",
    "Message": "inputs",
    "Outcome": "vocabulary",
    "Pytest": "checks",
    "Python": "checks",
    "Solution": "target",
    "Target": "target",
    "Text": "inputs",
    "Tool": "vocabulary",
    "ToolCalls": "checks",
    "Unchanged": "checks",
    "Variant": "variants",
    "Verdict": "checks",
    "harness_target": "declare",
    "run": "script",
    "xfail": "matching",
}

__all__ = [
    "DEFAULT_IGNORE",
    "Answer",
    "Caps",
    "Cell",
    "Check",
    "CheckContext",
    "Command",
    "Fault",
    "File",
    "FileAbsent",
    "FileContains",
    "HarnessError",
    "JsonSchema",
    "Judge",
    "Kind",
    "MatrixPoint",
    "Message",
    "Outcome",
    "Pytest",
    "Python",
    "Solution",
    "Target",
    "Text",
    "Tool",
    "ToolCalls",
    "Unchanged",
    "Variant",
    "Verdict",
    "harness_target",
    "run",
    "xfail",
]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # Not kept in globals(): what unloads the modules, as pytester does, must be able to.
    return getattr(importlib.import_module(f"{__name__}.{home}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
