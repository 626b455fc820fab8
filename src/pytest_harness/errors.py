"""Every exception the package raises.

::

    HarnessError
    ├── ConfigurationError      an option, a variable, harness.toml or the matrix is wrong
    ├── TargetError             a target cannot be used as it is declared
    ├── WorkspaceError          a directory cannot be copied, read or compared
    │   └── SpecialFileError    it holds something that is no file, link or directory
    ├── PatchError              a patch does not apply
    ├── SupervisorError         a process could not be supervised
    ├── BackendError            a proposal that says nothing about the agent
    ├── SessionEndingError      the session was told to end
    ├── CellLostError           the process that ran a cell died
    ├── FingerprintError        two requests for one cell would give different results
    └── LedgerError             the run directory cannot be used
        ├── RunInUseError       another session holds the run
        └── SchemaError         a record was written by another version

Each message is one sentence that names the culprit and, after it, the remedy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_harness.vocabulary import Fault


class HarnessError(Exception):
    """Base of every error that a user can meet."""


class ConfigurationError(HarnessError):
    """An option, an environment variable, ``harness.toml`` or the matrix is wrong."""


class TargetError(HarnessError):
    """A target cannot be used as it is declared."""


class WorkspaceError(HarnessError):
    """A directory cannot be copied, read or compared."""


class SpecialFileError(WorkspaceError):
    """A workspace holds a socket, a pipe or a device."""


class PatchError(HarnessError):
    """A patch does not apply to the tree it was given."""


class SupervisorError(HarnessError):
    """A process could not be supervised."""


class BackendError(HarnessError):
    """A proposal could not be had, for a reason that says nothing about the agent."""

    def __init__(self, fault: Fault, reason: str) -> None:
        super().__init__(reason)
        self.fault = fault


class SessionEndingError(HarnessError):
    """The session was told to end before a cell came to its own end."""


class CellLostError(HarnessError):
    """The process that ran a cell died; the cell is not run again in this session."""


class FingerprintError(HarnessError):
    """Two requests for one cell would give different results."""


class LedgerError(HarnessError):
    """A run directory cannot be read or written."""


class RunInUseError(LedgerError):
    """Another session holds the run, or one of that name is finished."""


class SchemaError(LedgerError):
    """A record was written by a version with another schema."""
