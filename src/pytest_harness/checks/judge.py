"""A model grades the result by a rubric."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar

from pytest_harness.checks.base import Check, CheckContext, Grader, Verdict
from pytest_harness.errors import HarnessError
from pytest_harness.judging import NoVerdictError, Part, enclosed, read_object, shortened

if TYPE_CHECKING:
    from pytest_harness.records import Spent

OBJECTIVE_LIMIT = 16_000
"""Characters of the objective that a grader sees."""
ANSWER_LIMIT = 16_000
"""Characters of the agent's answer that it sees."""
REASON_LIMIT = 400
"""Characters of its reason that are shown."""

_SYSTEM = """\
You grade the result of a coding task. You see what was asked for, what was changed as a diff, and \
the answer that was given. You grade by this rubric and by nothing else:

{rubric}

Grade what is there, not what is announced. What you cannot see you do not assume.

Answer with one JSON object and nothing else: no words around it, no second object.
{{"score": {scale}, "reason": "one or two sentences"}}"""

_ASK = "Grade the result by the rubric. Answer with the JSON object alone."


@dataclass(frozen=True)
class Judge(Check):
    """A model's grade for what was changed and answered, by a rubric.

    The grade is asked for in JSON and read strictly; a reply that cannot be read is asked for once
    more and is then an error of the check, never a bad score. Where nothing was changed and nothing
    was answered, as for the baseline, nobody is asked and there are no marks.
    """

    open_by_nature: ClassVar[bool] = True

    rubric: str
    """What earns which grade."""
    _: KW_ONLY
    scale: tuple[float, float] | Sequence[str] = (0, 10)
    """The lowest and the highest number, or the names of the levels from the worst to the best,
    which lie equally far apart."""
    enough: float | str | None = None
    """The grade that earns full marks; ``None`` for the highest."""
    grader: str | None = None
    """Name under ``[graders]`` in ``harness.toml``; ``None`` for the one that is chosen."""

    def problem(self) -> str | None:
        """Say what is wrong with the declaration."""
        if not self.rubric.strip():
            return "its rubric is empty; say what earns which grade"
        if self.grader is not None and not self.grader.strip():
            return "its grader has an empty name; name one, or leave it out"
        if self.overlay is not None:
            return "its overlay would be graded as the agent's own work; leave it out"
        levels = _levels(self.scale)
        if levels is not None:
            if len(levels) < 2 or len(set(levels)) < len(levels) or not all(levels):
                return "its scale has no two different levels; name them from worst to best"
            if self.enough is not None and self.enough not in levels[1:]:
                return f"enough={self.enough!r} is no level above the worst; use one of its scale"
            return None
        numbers = self.scale
        if isinstance(numbers, str) or len(numbers) != 2 or not all(map(_is_number, numbers)):
            return "its scale is neither (lowest, highest) nor a list of levels; write (0, 10)"
        low, high = (Fraction(str(each)) for each in numbers)
        if low >= high:
            return f"its scale {tuple(numbers)} does not rise; put the lowest number first"
        if self.enough is None:
            return None
        if not _is_number(self.enough) or not low < Fraction(str(self.enough)) <= high:
            return f"enough={self.enough!r} does not lie above the lowest and within the scale"
        return None

    def grade(self, context: CheckContext) -> Verdict:
        """Ask the grading model."""
        if not context.changes and not (context.answer or "").strip():
            return Verdict.share(0, 1, "nothing was changed and nothing was answered")
        if context.graders is None:
            return Verdict.error(
                "there is no grading model; declare one under [graders] in harness.toml"
            )
        grader = context.graders.grader(self.grader)
        system = _SYSTEM.format(rubric=self.rubric.strip(), scale=self._wanted())
        prompt = _prompt(context)
        deadline = time.monotonic() + self.timeout
        spent: Spent | None = None
        why = ""
        for again in (False, True):
            asked = f"{prompt}\n\nYour last answer could not be used: {why}." if again else prompt
            left = deadline - time.monotonic()
            if left <= 0:
                return replace(self._too_late(grader), spent=spent)
            try:
                graded = grader.ask(system, asked, left)
            except HarnessError as error:
                late = time.monotonic() >= deadline
                said = self._too_late(grader) if late else Verdict.error(_failed(grader, error))
                return replace(said, spent=spent)
            spent = graded.spent if spent is None else spent + graded.spent
            try:
                return replace(self._read(grader, read_object(graded.text)), spent=spent)
            except NoVerdictError as error:
                why = str(error)
        reason = (
            f"the grader {grader.name} gave no grade that can be read ({why}); "
            "choose another model for it"
        )
        return replace(Verdict.error(reason, graded.text), spent=spent)

    def _too_late(self, grader: Grader) -> Verdict:
        return Verdict.timeout(f"the grader {grader.name} did not answer within {self.timeout:g} s")

    def _wanted(self) -> str:
        """Say what a score is."""
        levels = _levels(self.scale)
        if levels is not None:
            return f"one of {', '.join(json.dumps(each) for each in levels)}, from worst to best"
        low, high = self.scale
        return f"a number from {low} to {high}"

    def _read(self, grader: Grader, reply: Mapping[str, Any]) -> Verdict:
        given, reason = reply.get("score"), reply.get("reason")
        if not isinstance(reason, str) or not reason.strip():
            raise NoVerdictError('"reason" is no text')
        score = self._share(given)
        said = f"the grader {grader.name} gave {given}, {self._ends()}: {reason.strip()}"
        return Verdict.share(
            score.numerator, score.denominator, shortened(said, REASON_LIMIT), reason.strip()
        )

    def _ends(self) -> str:
        levels = _levels(self.scale)
        low, high = self.scale if levels is None else (levels[0], levels[-1])
        return f"from {low} to {high}"

    def _share(self, given: object) -> Fraction:
        """Return the exact share of full marks; raises `NoVerdictError` off the scale."""
        levels = _levels(self.scale)
        if levels is not None:
            if given not in levels:
                raise NoVerdictError(f'"score" is not {self._wanted()}')
            enough = levels[-1] if self.enough is None else str(self.enough)
            return min(Fraction(levels.index(str(given)), levels.index(enough)), Fraction(1))
        low, high = (Fraction(str(each)) for each in self.scale)
        if isinstance(given, bool) or not isinstance(given, int | Decimal):
            raise NoVerdictError('"score" is no number')
        number = Fraction(given)
        if not low <= number <= high:
            raise NoVerdictError(f'"score" is not {self._wanted()}')
        full = high if self.enough is None else Fraction(str(self.enough))
        return min((number - low) / (full - low), Fraction(1))


def _prompt(context: CheckContext) -> str:
    # Imported here because it needs the records, and whoever declares a check does not.
    from pytest_harness.checks.shown_changes import shown_changes

    answer = (context.answer or "").strip()
    material = enclosed(
        (
            Part("objective", shortened(context.objective, OBJECTIVE_LIMIT) or "not told"),
            Part("changes", shown_changes(context)),
            Part("answer", shortened(answer, ANSWER_LIMIT) or "no answer was given"),
        )
    )
    return f"{material.warning}\n\n{material.text}\n\n{_ASK}"


def _failed(grader: Grader, error: HarnessError) -> str:
    return f"the grader {grader.name} gave no answer: {error}"


def _levels(scale: Sequence[float] | Sequence[str]) -> tuple[str, ...] | None:
    """Return the names of the levels, or ``None`` for a scale of numbers."""
    if isinstance(scale, str):
        return None
    names = tuple(each for each in scale if isinstance(each, str))
    return names if names and len(names) == len(scale) else None


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value)
