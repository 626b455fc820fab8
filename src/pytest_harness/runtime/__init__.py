"""Where processes run, and the one supervisor that starts and ends them."""

from pytest_harness.runtime.environment import base_environment
from pytest_harness.runtime.locks import FileLock, exclusive, shared
from pytest_harness.runtime.process import (
    Captured,
    Conversation,
    LineSeen,
    ProcessResult,
    ProcessSpec,
    Runner,
)
from pytest_harness.runtime.slots import slot
from pytest_harness.runtime.supervisor import Supervisor
from pytest_harness.runtime.watchdog import stop_with

__all__ = [
    "Captured",
    "Conversation",
    "FileLock",
    "LineSeen",
    "ProcessResult",
    "ProcessSpec",
    "Runner",
    "Supervisor",
    "base_environment",
    "exclusive",
    "shared",
    "slot",
    "stop_with",
]
