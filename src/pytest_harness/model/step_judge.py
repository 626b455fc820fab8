"""A second model that reviews each turn of a plain model before the turn takes effect."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from pytest_harness.judging import NoVerdictError, Part, enclosed, read_object, shortened
from pytest_harness.model.client import Client, ModelError
from pytest_harness.model.conversation import (
    Call,
    Given,
    Message,
    Question,
    Said,
    Sampling,
    Words,
)
from pytest_harness.model.formats.base import Turn
from pytest_harness.model.review import Objection, Review, Situation
from pytest_harness.model.step_judge_file import StepJudgeConfig
from pytest_harness.records import Spent
from pytest_harness.vocabulary import RejectedBy, Role

ANY_RULE = "judge"
"""The rule of an objection that names none of those that the judge was given."""
TIMEOUT = 120.0
"""Seconds that one verdict may take."""
OBJECTIVE_LIMIT = 8_000
"""Characters of the objective that a judge sees."""
ENTRY_LIMIT = 2_000
"""Characters of one entry of the conversation that it sees."""
CONVERSATION_LIMIT = 16_000
"""Characters of the conversation, its latest part."""
TURN_LIMIT = 16_000
"""Characters of the turn that is judged."""
REASON_LIMIT = 600
"""Characters of an objection that the model is told."""

_SYSTEM = """\
You review the work of a coding model. Before each of its turns takes effect you say whether the \
turn is accepted or sent back.

A turn is held against these rules:
{rules}

Send a turn back only if it breaks one of the rules and you can say where. A step that is small, \
that only looks around, or that you would have taken differently is accepted. In doubt accept.
{instructions}
Answer with one JSON object and nothing else: no words around it, no second object.
{{"accept": true or false, "rule": "the rule that is broken, or an empty text", "reason": "one or \
two sentences to the model: what is wrong and what to do instead"}}"""

_ASK = "Is the proposed turn accepted? Answer with the JSON object alone."


class StepJudge:
    """A `Reviewer` that asks a model; of one proposal.

    A verdict that cannot be read is asked for once more. If that cannot be read either, the turn is
    accepted, because a judge that cannot speak must not decide what is measured; `notes` tells how
    often. After `StepJudgeConfig.max_vetoes` objections nobody is asked any more.
    """

    def __init__(self, config: StepJudgeConfig, client: Client) -> None:
        self.config = config
        self.vetoes = 0
        """Objections so far."""
        self.unreadable = 0
        """Turns that were accepted because the verdict on them could not be read."""
        self.unasked = 0
        """Turns that nobody reviewed, after the last objection that was allowed."""
        self.owed = Spent()
        """What reviews cost that ended in an error; the next `Review` holds it, if there is one."""
        self._client = client
        self._system = system_prompt(config)

    def review(self, turn: Turn, situation: Situation) -> Review:
        """Accept a turn or object to it; raises `ModelError` that names the judge."""
        if self.vetoes >= self.config.max_vetoes:
            self.unasked += 1
            return Review(spent=self._settled())
        prompt = _prompt(turn, situation)
        deadline = time.monotonic() + min(situation.limit, TIMEOUT)
        why = self._asked(prompt, deadline, situation)
        if isinstance(why, NoVerdictError):
            again = f"{prompt}\n\nYour last answer could not be used: {why}."
            why = self._asked(again, deadline, situation)
        if isinstance(why, NoVerdictError):
            self.unreadable += 1
            return Review(spent=self._settled())
        if why is not None:
            self.vetoes += 1
        return Review(objection=why, spent=self._settled())

    def notes(self) -> tuple[str, ...]:
        """What is worth a note of the proposal, in sentences."""
        found = []
        if self.unreadable:
            found.append(
                f"the step judge {self.config.model} gave no verdict that can be read on "
                f"{self.unreadable} turns, which were accepted"
            )
        if self.unasked:
            found.append(
                f"the step judge {self.config.model} objected {self.vetoes} times, as often as it "
                f"may, and was not asked about {self.unasked} later turns"
            )
        return tuple(found)

    def close(self) -> None:
        """Let go of connections; may be called twice."""
        self._client.close()

    def _asked(
        self, prompt: str, deadline: float, situation: Situation
    ) -> Objection | NoVerdictError | None:
        """Ask once; ``None`` accepts."""
        question = Question(
            messages=(
                Words(role=Role.SYSTEM, text=self._system),
                Words(role=Role.USER, text=prompt),
            ),
            sampling=Sampling(
                temperature=self.config.temperature, max_tokens=self.config.max_tokens
            ),
        )
        left = max(deadline - time.monotonic(), 0.0)
        try:
            reply = self._client.ask(question, left, situation.ending)
        except ModelError as error:
            raise ModelError(
                error.fault,
                f"step judge {self.config.model}: {error}",
                retry_after=error.retry_after,
                again=error.again,
            ) from error
        self.owed += reply.spent
        try:
            return self._read(read_object(reply.text))
        except NoVerdictError as error:
            return error

    def _read(self, verdict: Mapping[str, Any]) -> Objection | None:
        accept, reason = verdict.get("accept"), verdict.get("reason", "")
        if not isinstance(accept, bool):
            raise NoVerdictError('"accept" is neither true nor false')
        if not isinstance(reason, str):
            raise NoVerdictError('"reason" is no text')
        if accept:
            return None
        if not reason.strip():
            raise NoVerdictError('"reason" is empty, and the model needs to know what is wrong')
        rule = verdict.get("rule")
        return Objection(
            by=RejectedBy.JUDGE,
            rule=str(rule) if rule in tuple(self.config.rules) else ANY_RULE,
            reason=shortened(reason.strip(), REASON_LIMIT),
        )

    def _settled(self) -> Spent:
        spent, self.owed = self.owed, Spent()
        return spent


def system_prompt(config: StepJudgeConfig) -> str:
    """Return what a judge is told before anything else."""
    rules = "\n".join(f"- {rule}: {rule.meaning}" for rule in config.rules)
    more = f"\n{config.instructions}\n" if config.instructions else ""
    return _SYSTEM.format(rules=rules, instructions=more)


def _prompt(turn: Turn, situation: Situation) -> str:
    material = enclosed(
        (
            Part("objective", shortened(situation.objective, OBJECTIVE_LIMIT)),
            Part("tools", ", ".join(tool.name for tool in situation.tools) or "none"),
            Part("conversation so far", _conversation(situation)),
            Part("proposed turn", shortened(_turn(turn), TURN_LIMIT)),
        )
    )
    return f"{material.warning}\n\n{material.text}\n\n{_ASK}"


def _conversation(situation: Situation) -> str:
    """Return the latest entries that fit; the system's words and the objective are known."""
    entries = [
        shortened(_entry(message), ENTRY_LIMIT)
        for message in situation.messages
        if not _is_known(message, situation.objective)
    ]
    kept: list[str] = []
    room = CONVERSATION_LIMIT
    for entry in reversed(entries):
        room -= len(entry)
        if room < 0:
            break
        kept.insert(0, entry)
    if len(kept) < len(entries):
        kept.insert(0, f"[{len(entries) - len(kept)} earlier entries are left out]")
    return "\n\n".join(kept) or "nothing yet"


def _is_known(message: Message, objective: str) -> bool:
    if not isinstance(message, Words):
        return False
    return message.role is Role.SYSTEM or message.text.strip() == objective.strip()


def _entry(message: Message) -> str:
    match message:
        case Words(text=text):
            return f"[harness] {text}"
        case Said(text=text, calls=calls):
            return "\n".join((f"[model] {text}", *_calls(calls)))
        case Given(call=call, text=text, failed=failed):
            return f"[result of {call.name}{', failed' if failed else ''}] {text}"


def _turn(turn: Turn) -> str:
    lines = [turn.text] if turn.text else []
    lines += _calls(turn.calls)
    lines += [f"a call that cannot be read: {shortened(each.text, 500)}" for each in turn.rejected]
    if turn.done:
        lines.append("the model says that its work is finished")
    return "\n".join(lines) or "nothing"


def _calls(calls: Sequence[Call]) -> list[str]:
    return [f"calls {call.name} with {_json(call.arguments)}" for call in calls]


def _json(arguments: Mapping[str, Any]) -> str:
    return json.dumps(dict(arguments), ensure_ascii=False, default=str)
