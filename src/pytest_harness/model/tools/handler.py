"""What stands behind each tool."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Generic, TypeVar

from pytest_harness.backends.events import Work
from pytest_harness.model.conversation import ToolSpec
from pytest_harness.model.tools.arguments import Arguments, UnfitError, fit, schema_of
from pytest_harness.model.tools.base import Outcome
from pytest_harness.model.tools.naming import (
    Names,
    NotAllowedError,
    NotPossibleError,
    path_of,
)
from pytest_harness.vocabulary import Tool

A = TypeVar("A", bound=Arguments)

_SUMMARY = 1000


class Handler(ABC, Generic[A]):
    """One tool of one workspace."""

    tool: ClassVar[Tool]
    """Which."""
    work: ClassVar[Work]
    """What it does."""
    model: type[A]
    """Its arguments."""

    @property
    @abstractmethod
    def description(self) -> str:
        """What it does, for models."""

    @abstractmethod
    def execute(self, given: A) -> Outcome:
        """Do it. Raises `NotAllowedError`, `NotPossibleError` and `OSError`, nothing else."""

    @abstractmethod
    def summary(self, given: A) -> str:
        """Return what a call is about, for records."""

    @property
    def spec(self) -> ToolSpec:
        """The tool as a model is told of it."""
        return ToolSpec(
            name=self.tool.value, description=self.description, parameters=schema_of(self.model)
        )

    def call(self, given: Mapping[str, Any]) -> Outcome:
        """Execute a call, whatever its arguments are."""
        try:
            arguments = fit(self.model, given)
        except UnfitError as error:
            return refused(f"{self.tool} was not executed: {error}.", self.work)
        try:
            return self.execute(arguments)
        except NotAllowedError as error:
            text = f"{self.tool} was refused: {error}."
            return refused(text, self.work, self._about(arguments))
        except (NotPossibleError, OSError) as error:
            text = f"{self.tool} failed: {error}."
            return Outcome(text=text, failed=True, work=self.work, summary=self._about(arguments))

    def _about(self, given: A) -> str:
        """Return the summary of a call that did nothing: what it holds may be of any length."""
        return self.summary(given)[:_SUMMARY]

    def done(self, given: A, text: str, *names: Names) -> Outcome:
        """Return the outcome of a call that did what it was asked, to the files at ``names``."""
        paths = tuple(map(path_of, names))
        return Outcome(text=text, work=self.work, paths=paths, summary=self.summary(given))


def refused(text: str, work: Work = Work.OTHER, summary: str = "") -> Outcome:
    """Return the outcome of a call that is not executed."""
    return Outcome(text=text, failed=True, refused=True, work=work, summary=summary)
