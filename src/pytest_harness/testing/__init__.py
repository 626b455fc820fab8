"""What users import in tests of their own: a scripted model for real agents.

::

    from pytest_harness.testing import Say, ScriptedModel, WriteFile
"""

from __future__ import annotations

from pytest_harness.testing.loading import load_script
from pytest_harness.testing.responses import Tokens
from pytest_harness.testing.script import (
    Answer,
    Cut,
    Hang,
    Repeat,
    RunCommand,
    Say,
    Script,
    Status,
    Step,
    WriteFile,
)
from pytest_harness.testing.server import Request, ScriptedModel

__all__ = [
    "Answer",
    "Cut",
    "Hang",
    "Repeat",
    "Request",
    "RunCommand",
    "Say",
    "Script",
    "ScriptedModel",
    "Status",
    "Step",
    "Tokens",
    "WriteFile",
    "load_script",
]
