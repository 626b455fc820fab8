"""The agent's final text says the right thing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

from pytest_harness.checks.base import Check, CheckContext, Verdict
from pytest_harness.checks.files import as_tuple


@dataclass(frozen=True)
class Answer(Check):
    """The share of conditions that the proposal's last message meets.

    Every phrase of ``contains`` is one condition, ``matches`` and ``equals`` are one each. Without
    a last message, as for the baseline, there are no marks.
    """

    open_by_nature: ClassVar[bool] = True

    _: KW_ONLY
    contains: str | Sequence[str] = ()
    """Phrases that it should hold."""
    matches: str | re.Pattern[str] | None = None
    """A regular expression that it should match somewhere."""
    equals: str | None = None
    """What it should be, apart from white space at both ends."""
    ignore_case: bool = False
    """Whether upper and lower case are the same for ``contains`` and ``equals``."""

    def problem(self) -> str | None:
        """Say what is wrong with the declaration."""
        phrases = as_tuple(self.contains)
        if not all(phrases):
            return "it has an empty phrase; remove it"
        if not phrases and self.matches is None and self.equals is None:
            return "it asks for nothing; give contains=, matches= or equals="
        if self.matches is not None:
            try:
                re.compile(self.matches)
            except re.error as error:
                return f"matches={self.matches!r} is no regular expression ({error}); correct it"
        return None

    def grade(self, context: CheckContext) -> Verdict:
        """Count the conditions that are met."""
        phrases = as_tuple(self.contains)
        total = len(phrases) + (self.matches is not None) + (self.equals is not None)
        if context.answer is None:
            return Verdict.share(0, total, "there is no answer")
        text = self._fold(context.answer)
        missing = [f"hold {phrase!r}" for phrase in phrases if self._fold(phrase) not in text]
        if self.matches is not None and not re.search(self.matches, context.answer):
            missing.append(f"match {re.compile(self.matches).pattern!r}")
        if self.equals is not None and self._fold(self.equals).strip() != text.strip():
            missing.append(f"equal {self.equals!r}")
        if not missing:
            return Verdict.share(total, total, "the answer is as expected")
        reason = f"the answer does not {', '.join(missing)}"
        return Verdict.share(total - len(missing), total, reason, context.answer)

    def _fold(self, text: str) -> str:
        return text.casefold() if self.ignore_case else text
