"""A file holds certain phrases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

from pytest_harness.checks.base import Check, CheckContext, Verdict
from pytest_harness.checks.files import UnreadableError, as_tuple, path_problem, read_text


@dataclass(frozen=True)
class FileContains(Check):
    """The share of phrases that a file holds.

    A link is followed within the workspace only; one that leads outside fails the check, and what
    it points to is not read.
    """

    open_by_nature: ClassVar[bool] = True

    path: str = ""
    """The file, relative to the workspace."""
    phrases: str | Sequence[str] = ()
    """What it should hold, each somewhere and word for word."""
    _: KW_ONLY
    ignore_case: bool = False
    """Whether upper and lower case are the same."""

    def problem(self) -> str | None:
        """Say what is wrong with the declaration."""
        if wrong := path_problem(self.path):
            return wrong
        phrases = as_tuple(self.phrases)
        if not phrases or not all(phrases):
            return "it has no phrases, or an empty one; name at least one phrase"
        return None

    def grade(self, context: CheckContext) -> Verdict:
        """Count the phrases that are there."""
        phrases = as_tuple(self.phrases)
        try:
            text = read_text(context.workspace, self.path)
        except UnreadableError as error:
            return Verdict.share(0, len(phrases), str(error))
        text = self._fold(text)
        missing = [phrase for phrase in phrases if self._fold(phrase) not in text]
        if not missing:
            return Verdict.share(len(phrases), len(phrases), f"{self.path} holds every phrase")
        listed = ", ".join(repr(phrase) for phrase in missing)
        return Verdict.share(
            len(phrases) - len(missing), len(phrases), f"{self.path} does not hold {listed}"
        )

    def _fold(self, text: str) -> str:
        return text.casefold() if self.ignore_case else text
