"""The words of the project as enums: every state a record, an option or a report can name.

Nothing here imports anything but the standard library, so that collecting tests stays cheap.
"""

from __future__ import annotations

import enum


class Kind(enum.StrEnum):
    """What a target asks for."""

    OPTIMIZE = "optimize"
    """Improve the workspace over several proposals."""
    TASK = "task"
    """Do one job once."""


class Outcome(enum.StrEnum):
    """What became of a candidate; of a cell, what became of its best or last one."""

    BASELINE = "baseline"
    """The workspace as the target gives it."""
    KEEP = "keep"
    """Strictly better than the best so far."""
    DISCARD = "discard"
    """Evaluated, and not better."""
    NO_CHANGE = "no-change"
    """The proposal changed nothing."""
    SCOPE_VIOLATION = "scope-violation"
    """The proposal changed something outside the write scope."""
    INVALID = "invalid"
    """The target's validation refused it."""
    TIMEOUT = "timeout"
    """The agent was still working when its time limit came."""
    CRASH = "crash"
    """The agent ended without the sign of a finished turn."""
    TAMPERED = "tampered"
    """The proposal touched what no proposal may touch."""


class Fault(enum.StrEnum):
    """Why a proposal, or a cell, says nothing about the agent."""

    UNAVAILABLE = "unavailable"
    """The program, the key or the local model is missing."""
    AUTH = "auth"
    """The credentials were refused."""
    TRANSPORT = "transport"
    """The model could not be reached, or stopped answering."""
    RATE_LIMIT = "rate-limit"
    """The provider asked to wait."""
    UNSUPPORTED = "unsupported"
    """The provider cannot do what was asked."""
    BUDGET = "budget"
    """A cap on money, tokens or time was reached."""
    INTERRUPTED = "interrupted"
    """Something from outside ended the work."""
    INTERNAL = "internal"
    """The benchmark itself failed: a check that could not run, an error of ours."""


class Role(enum.StrEnum):
    """Who says a message."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


class Lack(enum.StrEnum):
    """What a backend that is not available has not got."""

    PROGRAM = "program"
    """Its program is not installed, or does not start."""
    KEY = "key"
    """It has no credentials."""
    MODEL = "model"
    """The local model, or the server of it, is not there."""


class Cause(enum.StrEnum):
    """Why a cell has no plain result, told apart by the evidence in its record."""

    MISSING_PROGRAM = "missing program"
    MISSING_KEY = "missing key"
    MISSING_MODEL = "missing model"
    UNAVAILABLE = "unavailable"
    """Something else is missing."""
    REFUSED_KEY = "refused key"
    RATE_LIMIT = "rate limit"
    TRANSPORT = "transport"
    UNSUPPORTED = "unsupported"
    BUDGET = "budget"
    INTERRUPTED = "interrupted"
    CHECK_TIMEOUT = "check out of time"
    CHECK_ERROR = "check could not run"
    INTERNAL = "error of the benchmark"
    UNFINISHED = "unfinished"
    """The process that ran the cell died."""
    TAMPERED = "tampered"
    SCOPE_VIOLATION = "scope violation"
    AGENT_TIMEOUT = "agent out of time"
    """Counts: the agent had its time."""
    LIMIT = "killed by a limit"
    """Counts: the agent used more than it may."""
    CRASH = "crash"
    """Counts: the agent ended in the middle of its work."""


class ToolFormat(enum.StrEnum):
    """How a plain model is given its tools."""

    NATIVE = "native"
    TEXT = "text"


class Tool(enum.StrEnum):
    """The tools that a plain model can be offered."""

    READ_FILE = "read_file"
    LIST_DIRECTORY = "list_directory"
    SEARCH_FILES = "search_files"
    REPLACE_TEXT = "replace_text"
    WRITE_FILE = "write_file"
    RUN_COMMAND = "run_command"


class RejectedBy(enum.StrEnum):
    """Who kept something from happening that a plain model wanted."""

    FORMAT = "format"
    """It was meant as a call and cannot be read as one."""
    TOOL = "tool"
    """No such tool, arguments that do not fit, or something that is not allowed."""
    VALIDATOR = "validator"
    """The turn breaks a rule of the structural validator."""
    JUDGE = "judge"
    """A second model objected to the turn."""

    @property
    def of_call(self) -> bool:
        """Whether it was one call; a whole turn otherwise."""
        return self in {RejectedBy.FORMAT, RejectedBy.TOOL}


class Divergence(enum.StrEnum):
    """How the two tool formats of one target and model compare."""

    NATIVE_ONLY = "native-only"
    TEXT_ONLY = "text-only"
    BOTH_PASS = "both-pass"  # noqa: S105 - no password
    BOTH_FAIL = "both-fail"


class ParityVerdict(enum.StrEnum):
    """Which tool formats a model can be trusted with."""

    UNKNOWN = "unknown"
    """Too few samples, or too close to call."""
    UNUSABLE = "unusable"
    """Neither format reaches the floor."""
    TEXT_UNRELIABLE = "text-unreliable"
    NATIVE_UNRELIABLE = "native-unreliable"
    INTERCHANGEABLE = "interchangeable"


class Confidence(enum.StrEnum):
    """How much a verdict rests on."""

    HIGH = "high"
    LOW = "low"


class RuntimeMode(enum.StrEnum):
    """Where a process runs."""

    HOST = "host"
    """The user's own home and settings."""
    PROFILE = "profile"
    """A fresh home that holds only the program's own credentials."""
    SANDBOX = "sandbox"
    """A profile behind a fence of the operating system."""
    CONTAINER = "container"
    """An image run by a container engine."""


class Phase(enum.StrEnum):
    """What a cell is doing; durations are recorded by phase."""

    WAIT = "wait"
    """Waiting for a slot, for room under a cap, or between two attempts; counts in no limit."""
    STAGE = "stage"
    """Copying the workspace and making its repository."""
    PROPOSE = "propose"
    """The backend is editing the workspace."""
    DIFF = "diff"
    """Finding out what changed and whether it was allowed."""
    VALIDATE = "validate"
    """The target's cheap validation."""
    EVALUATE = "evaluate"
    """The checks."""
    RECORD = "record"
    """Writing what outlives the cell."""


class CheckStatus(enum.StrEnum):
    """How a check ended."""

    PASSED = "passed"
    """Full marks."""
    PARTIAL = "partial"
    """Some marks, not all."""
    FAILED = "failed"
    """No marks."""
    TIMEOUT = "timeout"
    """The check ran out of its own time: no score."""
    ERROR = "error"
    """The check could not be run: no score."""


class ChangeKind(enum.StrEnum):
    """How one path differs between a parent and its candidate."""

    ADDED = "added"
    MODIFIED = "modified"
    DELETED = "deleted"
    RENAMED = "renamed"
    MODE = "mode"
    """Only the permissions differ."""
    TYPE = "type"
    """A file became a link or a directory, or the other way round."""


class CellStatus(enum.StrEnum):
    """How far a cell's record has come."""

    STARTED = "started"
    FINISHED = "finished"


class Ended(enum.StrEnum):
    """What ended a process."""

    EXIT = "exit"
    """By itself, with an exit code or by a signal that was not ours."""
    TIMEOUT = "timeout"
    """Its wall-clock limit."""
    SILENCE = "silence"
    """It printed nothing for too long."""
    INTERRUPT = "interrupt"
    """The session is ending."""
    LIMIT = "limit"
    """It used more memory, processes or file size than it may."""
    STOPPED = "stopped"
    """Whoever read its output had seen enough."""
    NOT_STARTED = "not-started"
    """The program could not be executed."""


class Limit(enum.StrEnum):
    """What a process tree may use only so much of."""

    MEMORY = "memory"
    PROCESSES = "processes"
    FILE_SIZE = "file-size"


class Fence(enum.StrEnum):
    """What keeps the processes of the runtime ``sandbox`` in their place."""

    BUBBLEWRAP = "bubblewrap"
    """Namespaces of their own: what is not for them does not exist."""
    LANDLOCK = "landlock"
    """The kernel refuses what is not for them; names and sizes of files can still be asked for."""


class ContainerEngine(enum.StrEnum):
    """What runs containers."""

    PODMAN = "podman"
    DOCKER = "docker"


class Network(enum.StrEnum):
    """What of the network a fenced process reaches."""

    ON = "on"
    """All that the machine reaches."""
    LOOPBACK = "loopback"
    """Its own processes, and the named ports of servers on this machine."""
    OFF = "off"
    """Its own processes only."""


class Oracle(enum.StrEnum):
    """Who asks whether a target measures what it means to measure."""

    GOLDEN = "golden"
    """Applies the solution: it must reach full marks."""
    NOOP = "noop"
    """Does nothing: it must stay where the baseline is."""
    CHEAT = "cheat"
    """Tries the known tricks: none may gain anything on a check of behaviour."""


class FaultScope(enum.StrEnum):
    """Which half of a result an expected failure speaks of."""

    ANY = "any"
    SCORE = "score"
    FAULT = "fault"


SEVERE_OUTCOMES = frozenset({Outcome.SCOPE_VIOLATION, Outcome.TAMPERED})
"""Outcomes that are an error of the test unless the test accepts them."""

NESTED = "PYTEST_HARNESS_NESTED"
"""Variable that is set for every process that a check starts, a pytest among them."""
