"""The structural validator: four rules on the shape of a turn, before it is accepted."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

from pytest_harness.model.client import Finish
from pytest_harness.model.formats.base import Turn
from pytest_harness.model.review import Objection, Review, Situation
from pytest_harness.vocabulary import RejectedBy

PROSE_CHARACTERS = 4000
"""Characters of prose without a call that are not suspicious yet."""

_CALL_IN_WORDS = re.compile(r"^[ \t]*+</?tool_call\b", re.MULTILINE)


class Rule(enum.StrEnum):
    """What is wrong with the shape of a turn; rules are asked in this order."""

    EMPTY_REPLY = "empty-reply"
    """It says nothing, though tools are offered that can change the workspace."""
    MALFORMED_CALL = "malformed-call"
    """Something in it was meant as a call and cannot be read as one, or stands in the words of an
    answer whose calls are not read there."""
    PHANTOM_COMPLETION = "phantom-completion"
    """It claims to be the last, though tools are offered and no call has succeeded."""
    PROSE_ONLY = "prose-only"
    """It is long or was cut at the limit of tokens, holds no call, and tools are offered that can
    change the workspace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidatorConfig:
    """Settings of the structural validator."""

    rules: tuple[Rule, ...] = tuple(Rule)
    """The rules that hold."""
    prose_characters: int = PROSE_CHARACTERS
    """Characters of prose without a call beyond which `Rule.PROSE_ONLY` is broken, from 1 on."""

    def settings(self) -> Mapping[str, str]:
        """All that objections depend on, as text, for the fingerprint."""
        found = {"rules": ",".join(rule for rule in Rule if rule in self.rules)}
        if Rule.PROSE_ONLY in self.rules:
            found["prose_characters"] = str(self.prose_characters)
        return found


DEFAULT = ValidatorConfig()
"""All rules."""
OFF = ValidatorConfig(rules=())
"""No rule."""


class StructuralValidator:
    """A `Reviewer` that looks at the shape of turns; of one proposal.

    It objects once for each rule: a second turn that breaks the same rule is accepted as it is.
    """

    def __init__(self, config: ValidatorConfig = DEFAULT) -> None:
        self._config = config
        self._said: set[Rule] = set()

    def review(self, turn: Turn, situation: Situation) -> Review:
        """Object to the first rule that the turn breaks and that was not spoken of before."""
        for rule in Rule:
            if rule not in self._config.rules or rule in self._said:
                continue
            reason = self._reason(rule, turn, situation)
            if reason:
                self._said.add(rule)
                objection = Objection(by=RejectedBy.VALIDATOR, rule=rule, reason=reason)
                return Review(objection=objection)
        return Review()

    def _reason(self, rule: Rule, turn: Turn, situation: Situation) -> str:
        """Say how a turn breaks a rule; empty if it does not."""
        match rule:
            case Rule.EMPTY_REPLY:
                return _empty(turn, situation)
            case Rule.MALFORMED_CALL:
                return _malformed(turn, situation)
            case Rule.PHANTOM_COMPLETION:
                return _phantom(turn, situation)
            case Rule.PROSE_ONLY:
                return self._prose(turn, situation)
            case _:
                assert_never(rule)

    def _prose(self, turn: Turn, situation: Situation) -> str:
        if not situation.writes_expected or _asks(turn):
            return ""
        how = "Call a tool to do the work; if it is done, say so in a few sentences."
        if turn.reply.finish is Finish.LENGTH:
            return f"Your answer ran into the limit of tokens and held no call. {how}"
        size = len(turn.text)
        return (
            f"Your answer is {size} characters of prose without a call. {how}"
            if size > self._config.prose_characters
            else ""
        )


def _asks(turn: Turn) -> bool:
    """Whether a turn holds anything that was meant as a call."""
    return bool(turn.calls or turn.rejected)


def _silent(turn: Turn) -> bool:
    return not _asks(turn) and not turn.reply.text.strip()


def _empty(turn: Turn, situation: Situation) -> str:
    if not situation.writes_expected or not _silent(turn):
        return ""
    return "Your answer was empty. Call a tool to go on; if the work is done, say what you did."


def _malformed(turn: Turn, situation: Situation) -> str:
    if turn.rejected:
        return f"Your turn holds a call that cannot be accepted. {turn.rejected[0].why}"
    if situation.tools and not turn.calls and _CALL_IN_WORDS.search(turn.text):
        return (
            "You wrote a call into the words of your answer, where none is read. Call your tools "
            "by the means that the interface gives you."
        )
    return ""


def _phantom(turn: Turn, situation: Situation) -> str:
    claims = turn.done and not _asks(turn) and not _silent(turn)
    if not claims or not situation.tools or situation.executed:
        return ""
    return (
        "You end the work, but no call of a tool has succeeded so far. Do the work with the tools "
        "first, and check what you claim."
    )
