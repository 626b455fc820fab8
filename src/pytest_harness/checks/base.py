"""What a check is, what it is given, and what it answers."""

from __future__ import annotations

import abc
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Protocol

from pytest_harness.vocabulary import CheckStatus

if TYPE_CHECKING:
    from pytest_harness.records import FileChange, Spent, ToolCall
    from pytest_harness.runtime.process import Runner

CHECK_TIMEOUT = 120.0
"""Seconds that a check may take unless it says otherwise."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found."""

    status: CheckStatus
    """How it ended."""
    score: Fraction | None
    """From 0 to 1, exact; ``None`` after a time-out or an error."""
    reason: str
    """One sentence: what was expected and what was found."""
    tail: str = ""
    """The last part of what was printed."""
    spent: Spent | None = None
    """What a model cost that was asked, if one was."""

    @classmethod
    def share(cls, good: int, of: int, reason: str, tail: str = "") -> Verdict:
        """Full, some or no marks: ``good`` out of ``of``; ``of`` is positive."""
        score = Fraction(good, of)
        if score == 1:
            status = CheckStatus.PASSED
        else:
            status = CheckStatus.PARTIAL if score else CheckStatus.FAILED
        return cls(status, score, reason, tail)

    @classmethod
    def timeout(cls, reason: str, tail: str = "") -> Verdict:
        """Out of time: no score."""
        return cls(CheckStatus.TIMEOUT, None, reason, tail)

    @classmethod
    def error(cls, reason: str, tail: str = "") -> Verdict:
        """Could not be run: no score."""
        return cls(CheckStatus.ERROR, None, reason, tail)


@dataclass(frozen=True, slots=True)
class Graded:
    """What a grading model answered."""

    text: str
    """Its words."""
    spent: Spent
    """What that cost."""


class Grader(Protocol):
    """A model that grades results, configured apart from the agent's."""

    @property
    def name(self) -> str:
        """Its name under ``[graders]``."""
        ...

    def ask(self, system: str, prompt: str, limit: float) -> Graded:
        """Ask it once, for at most ``limit`` seconds; raises `HarnessError` for no answer."""
        ...


class Graders(Protocol):
    """The grading models of a project."""

    def grader(self, name: str | None) -> Grader:
        """Return one by name, or the one that is chosen where none is named.

        Raises `ConfigurationError` if there is none.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckContext:
    """What a check is given."""

    workspace: Path
    """A throw-away copy of the candidate at the cell's staging path, hidden files laid over it."""
    original: Path
    """The target's workspace as it was before any proposal; not to be changed."""
    hidden: tuple[Path, ...] = ()
    """Directories of hidden files, as laid over ``workspace``."""
    changes: tuple[FileChange, ...] = ()
    """How the candidate differs from the original."""
    answer: str | None = None
    """The proposal's last message; ``None`` for the baseline."""
    tool_calls: tuple[ToolCall, ...] | None = None
    """What the agent did; ``None`` for the baseline."""
    runner: Runner
    """Runs processes."""
    env: Mapping[str, str]
    """The environment for processes, built from an allow list; already holds HOME and TMPDIR."""
    scratch: Path
    """A directory outside the workspace for the check's own files; emptied afterwards."""
    objective: str = ""
    """What the agent was asked to do."""
    graders: Graders | None = None
    """Models that grade; ``None`` where there are none."""
    host_programs: bool = True
    """Whether ``runner`` starts the programs of this machine, at the paths they have here."""


@dataclass(frozen=True)
class Check(abc.ABC):
    """One weighted question about a candidate.

    A subclass is a frozen dataclass whose fields are all that its answer depends on: they go into
    the cell's fingerprint.
    """

    open_by_nature: ClassVar[bool] = False
    """Whether words alone can satisfy it, so that nothing can tell them from work done."""

    name: str
    """Unique within the target."""
    _: KW_ONLY
    weight: float = 1.0
    """Share of the score; positive."""
    required: bool = False
    """Whether a candidate that misses full marks cannot be kept."""
    timeout: float = CHECK_TIMEOUT
    """Seconds; running out of them is an error, never a score."""
    needs: tuple[str, ...] = ()
    """Names of earlier checks without whose full marks this one scores nothing."""
    overlay: str | None = field(default=None)
    """Name of a directory that is laid over the workspace for this check alone."""

    @abc.abstractmethod
    def grade(self, context: CheckContext) -> Verdict:
        """Answer the question.

        May raise `HarnessError`, which is recorded as an error of the check.
        """

    def problem(self) -> str | None:
        """Say in one sentence what is wrong with the declaration, or return ``None``."""
        return None
