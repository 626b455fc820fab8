"""What success means: the checks that ship, and the base for one's own.

`pytest_harness.checks.evaluate` runs them; it is not imported here because it needs the records.
"""

from __future__ import annotations

from pytest_harness.checks.answer import Answer
from pytest_harness.checks.base import CHECK_TIMEOUT, Check, CheckContext, Verdict
from pytest_harness.checks.command import Command
from pytest_harness.checks.file_absent import FileAbsent
from pytest_harness.checks.file_contains import FileContains
from pytest_harness.checks.fingerprint import describe_check, describe_value
from pytest_harness.checks.json_schema import JsonSchema
from pytest_harness.checks.judge import Judge
from pytest_harness.checks.pytest_run import Pytest
from pytest_harness.checks.python_call import Python
from pytest_harness.checks.tool_calls import ToolCalls, ToolOrder
from pytest_harness.checks.unchanged import Unchanged

__all__ = [
    "CHECK_TIMEOUT",
    "Answer",
    "Check",
    "CheckContext",
    "Command",
    "FileAbsent",
    "FileContains",
    "JsonSchema",
    "Judge",
    "Pytest",
    "Python",
    "ToolCalls",
    "ToolOrder",
    "Unchanged",
    "Verdict",
    "describe_check",
    "describe_value",
]
