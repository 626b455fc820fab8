"""What users import in tests of their own: a scripted model for real agents.

::

    from pytest_harness.testing import Say, ScriptedModel, WriteFile
"""

from __future__ import annotations

from pytest_harness.testing.loading import load_script
from pytest_harness.testing.protocols.base import Wire, Wish
from pytest_harness.testing.requests import Request
from pytest_harness.testing.script import Answer, Script
from pytest_harness.testing.server import ScriptedModel
from pytest_harness.testing.steps import (
    CallTool,
    Cut,
    Delay,
    EditFile,
    Empty,
    Hang,
    Length,
    Malformed,
    ReadFile,
    Refuse,
    Repeat,
    RunCommand,
    Say,
    Status,
    Step,
    Think,
    Together,
    WriteFile,
)
from pytest_harness.testing.tokens import Tokens

__all__ = [
    "Answer",
    "CallTool",
    "Cut",
    "Delay",
    "EditFile",
    "Empty",
    "Hang",
    "Length",
    "Malformed",
    "ReadFile",
    "Refuse",
    "Repeat",
    "Request",
    "RunCommand",
    "Say",
    "Script",
    "ScriptedModel",
    "Status",
    "Step",
    "Think",
    "Together",
    "Tokens",
    "Wire",
    "Wish",
    "WriteFile",
    "load_script",
]
