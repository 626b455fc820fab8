"""The agent around a plain model: it asks, has turns reviewed, executes calls, and ends."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from pytest_harness.backends.base import ProposalRequest
from pytest_harness.backends.classify import is_own
from pytest_harness.errors import SupervisorError
from pytest_harness.model.client import Client, ModelError, Reply
from pytest_harness.model.conversation import Call, Given, Message, ToolSpec, Words
from pytest_harness.model.formats.base import Format, Turn
from pytest_harness.model.limits import Circles, not_held, reached
from pytest_harness.model.options import ModelOptions
from pytest_harness.model.prompts import GO_ON, NOT_EXECUTED, opening, system_prompt
from pytest_harness.model.repeating import Repeating
from pytest_harness.model.review import Objection, Review, Reviewer, Situation
from pytest_harness.model.telling import Teller
from pytest_harness.model.tools.base import Outcome
from pytest_harness.vocabulary import Ended, Fault, Role, Tool

WRITERS = frozenset({Tool.REPLACE_TEXT, Tool.WRITE_FILE, Tool.RUN_COMMAND})
"""Tools that can change the workspace."""
MOMENT = 0.05
"""Seconds before the limit that count as the limit: clients stop a little early."""


class Tools(Protocol):
    """What executes calls."""

    @property
    def specs(self) -> Sequence[ToolSpec]:
        """The tools that are offered."""
        ...

    def execute(self, call: Call) -> Outcome:
        """Execute a call, or refuse it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """What a plain model works with in one proposal."""

    model: str
    """The model's name, for sentences."""
    client: Client
    """Asks it."""
    format: Format
    """How it is given its tools."""
    tools: Tools
    """Its tools."""
    reviewers: Sequence[Reviewer] = ()
    """Who looks at its turns, in this order."""
    options: ModelOptions = field(default_factory=ModelOptions)
    """Its settings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How a proposal ended."""

    completed: bool
    """Whether the model finished."""
    fault: Fault | None = None
    """Why it says nothing about the model."""
    reason: str = ""
    """One sentence, where it did not finish."""
    ended: Ended | None = None
    """What ended it from outside."""
    retry_after: float | None = None
    """Seconds that the vendor asked to wait."""


class Loop:
    """One proposal of a plain model."""

    def __init__(self, agent: Agent, request: ProposalRequest, teller: Teller) -> None:
        """Take what the model works with, what is asked of it, and who writes it down."""
        self._agent = agent
        self._request = request
        self._teller = teller
        self._deadline = time.monotonic() + request.timeout
        self._repeating = Repeating(
            agent.options.retries, self.remaining, request.ending, self._repeated
        )
        self._specs = tuple(agent.tools.specs)
        self._system = system_prompt(agent.options.system_prompt, self._specs)
        self._messages: list[Message] = []
        self._circles = Circles()
        self._going_round = ""
        self._executed = 0
        self._urged = False
        self._reviewing = False
        self._trouble: ModelError | None = None

    def remaining(self) -> float:
        """Return the seconds that are left, at least 0."""
        return max(0.0, self._deadline - time.monotonic())

    def run(self) -> End:
        """Work until the end; raises `OSError` for an input that cannot be read.

        A supervisor that died under a command ends it: what was spent until then stays known.
        """
        self._open()
        try:
            end = self._work()
        except ModelError as error:
            end = self._failed(error)
        except SupervisorError as error:
            end = End(completed=False, fault=Fault.INTERNAL, reason=str(error))
        self._teller.ended(completed=end.completed, reason=end.reason)
        return end

    def _open(self) -> None:
        request, teller = self._request, self._teller
        teller.session()
        self._messages += opening(request.inputs, request.prompt, request.objective)
        teller.message(Role.SYSTEM, self._system)
        for message in self._messages:
            if isinstance(message, Words):
                teller.message(message.role, message.text)
            elif not isinstance(message, Given):
                teller.message(Role.ASSISTANT, message.text)

    def _work(self) -> End:
        while True:
            end = self._stopped() or self._take(self._next())
            if end is not None:
                return end

    def _stopped(self) -> End | None:
        """Say why the model is not asked again, if it is not."""
        request, teller, options = self._request, self._teller, self._agent.options
        if request.ending():
            return _interrupted()
        if self.remaining() <= MOMENT:
            return self._out_of_time()
        if self._going_round:
            return self._own(self._going_round)
        if limit := reached(options, teller.turn, teller.spent + teller.judged):
            return self._own(limit)
        if teller.answered and (why := not_held(options, teller.spent, teller.judged)):
            return replace(self._own(why), fault=Fault.UNSUPPORTED)
        return None

    def _next(self) -> Turn:
        """Ask for a turn."""
        agent, request, teller = self._agent, self._request, self._teller
        question = agent.format.question(
            self._system, self._messages, self._specs, agent.options.sampling
        )
        teller.asked()

        def once() -> Reply:
            return agent.client.ask(question, max(self.remaining(), MOMENT), request.ending)

        reply = self._repeating.ask(once)
        self._trouble = None
        teller.reply(reply)
        turn = agent.format.read(reply, teller.turn, self._specs)
        teller.said(turn)
        return turn

    def _take(self, turn: Turn) -> End | None:
        """Do what a turn wants, unless a reviewer objects."""
        agent, teller = self._agent, self._teller
        objection = self._reviewed(turn)
        if objection is not None:
            teller.objected(turn, objection)
            refused = [Given(call=call, text=NOT_EXECUTED, failed=True) for call in turn.calls]
            self._go_on(turn, refused, objection.reason)
            return None
        if not turn.calls and not turn.rejected:
            if turn.done or self._urged:
                return End(completed=True)
            self._urged = True
            teller.remark(GO_ON)
            self._go_on(turn, (), GO_ON)
            return None
        self._urged = False
        for broken in turn.rejected:
            teller.unreadable(broken)
        if turn.rejected and not turn.calls:
            self._going(self._circles.note_unread([each.text for each in turn.rejected]))
        results: list[Given] = []
        for call in turn.calls:
            if self._request.ending() or self.remaining() <= MOMENT:
                return self._stopped()
            outcome = self._execute(call)
            results.append(Given(call=call, text=outcome.text, failed=outcome.failed))
        self._messages += agent.format.accepted(turn)
        self._messages += agent.format.answered(turn, results, ())
        return None

    def _go_on(self, turn: Turn, results: Sequence[Given], remark: str) -> None:
        """Tell the model what its turn is answered with."""
        format_ = self._agent.format
        self._messages += format_.accepted(turn)
        self._messages += format_.answered(turn, results, (remark,))

    def _execute(self, call: Call) -> Outcome:
        began = self._teller.seconds
        outcome = self._agent.tools.execute(call)
        self._teller.called(call, outcome, began)
        self._executed += not outcome.failed
        self._going(self._circles.note(call, outcome.text))
        return outcome

    def _going(self, circles: str) -> None:
        """Hear what goes round in circles, if anything does: it is the end."""
        if circles:
            self._going_round = circles
            self._teller.circles(circles)

    def _reviewed(self, turn: Turn) -> Objection | None:
        """Return the first objection to a turn."""
        for reviewer in self._agent.reviewers:
            review = self._review(reviewer, turn)
            self._teller.reviewed(review.spent)
            if review.objection is not None:
                return review.objection
        return None

    def _review(self, reviewer: Reviewer, turn: Turn) -> Review:
        self._reviewing = True
        review = self._repeating.ask(lambda: reviewer.review(turn, self._situation()))
        self._reviewing, self._trouble = False, None
        return review

    def _situation(self) -> Situation:
        return Situation(
            objective=self._request.prompt,
            messages=tuple(self._messages),
            tools=self._specs,
            writes_expected=any(spec.name in WRITERS for spec in self._specs),
            executed=self._executed,
            max_tokens=self._agent.options.max_tokens,
            limit=max(self.remaining(), MOMENT),
            ending=self._request.ending,
        )

    def _repeated(self, error: ModelError) -> None:
        self._trouble = error
        self._teller.again(error)

    def _failed(self, error: ModelError) -> End:
        """Judge a request that got no answer."""
        if error.fault is Fault.INTERRUPTED or self._request.ending():
            return _interrupted()
        if self.remaining() <= MOMENT:
            return self._out_of_time()
        # A conversation that grew too long is the model's own doing, and no reviewer's.
        own = is_own(str(error)) and not self._reviewing
        return End(
            completed=False,
            fault=None if own else error.fault,
            reason=str(error),
            retry_after=error.retry_after,
        )

    def _own(self, why: str) -> End:
        """Say that the model was stopped for what it did."""
        return End(completed=False, reason=f"{self._agent.model} was stopped: {why}")

    def _out_of_time(self) -> End:
        limit, trouble = self._request.timeout, self._trouble
        fault = trouble.fault if trouble is not None else None
        if fault is None and not self._teller.answered:
            fault = Fault.TRANSPORT
        if fault is None:
            reason = f"{self._agent.model} was still working when its {limit:g} s were over"
        else:
            heard = f"; the last that was heard: {trouble}" if trouble else ""
            reason = f"no answer from {self._agent.model} within {limit:g} s{heard}"
        return End(completed=False, fault=fault, reason=reason, ended=Ended.TIMEOUT)


def _interrupted() -> End:
    return End(
        completed=False,
        fault=Fault.INTERRUPTED,
        reason="the session ended while the model was working",
        ended=Ended.INTERRUPT,
    )
