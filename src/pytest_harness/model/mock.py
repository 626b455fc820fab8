"""A model of our own that plays a script: free, deterministic, without a network."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence

from pytest_harness.allowance.retries import wait
from pytest_harness.model.client import Ending, Finish, ModelError, Reply
from pytest_harness.model.conversation import Call, Question, ToolSpec
from pytest_harness.records import Usage
from pytest_harness.testing import steps
from pytest_harness.testing.script import Answer, Script
from pytest_harness.testing.tokens import Tokens
from pytest_harness.testing.tools import MODEL_TOOLS, Offered, tool_call
from pytest_harness.vocabulary import Fault, ToolFormat

_TOKENS = Tokens()
_USAGE = Usage(
    input=_TOKENS.uncached,
    cached_input=_TOKENS.cached,
    cache_write=_TOKENS.cache_write,
    output=_TOKENS.output - _TOKENS.reasoning,
    reasoning=_TOKENS.reasoning,
)


class MockClient:
    """A `Client` that plays a script, of one proposal.

    Every call that it makes is taken to be answered before it is asked again. What a step of its
    script breaks comes out as from the client of a vendor.
    """

    def __init__(self, script: Script, format_: ToolFormat, tools: Sequence[ToolSpec]) -> None:
        """Take what is played, and how the tools are given that are offered."""
        self._script = script
        self._format = format_
        self._tools = [Offered(tool.name, tool.parameters.get("properties", {})) for tool in tools]
        self._calls = 0
        self._asked: Counter[int] = Counter()

    def ask(self, question: Question, limit: float, ending: Ending) -> Reply:  # noqa: ARG002
        """Play the next answer; raises `ModelError` where the script says so."""
        deadline = time.monotonic() + limit
        answer = self._script.answer(self._calls, self._asked[self._calls])
        self._asked[self._calls] += 1
        _pause(answer.delay, deadline, ending)
        if isinstance(answer.ending, steps.Fault):
            return _faulty(answer, answer.ending, deadline, ending)
        calls = () if answer.ending is None else steps.calls_of(answer.ending)
        return self._reply(answer, [self._call(call) for call in calls])

    def close(self) -> None:
        """Hold nothing."""

    def _call(self, step: steps.Single) -> Call:
        made = tool_call(step, self._tools, MODEL_TOOLS, None)
        self._calls += 1
        return Call(name=made.name, arguments=dict(made.arguments), id=f"call_{self._calls}")

    def _reply(self, answer: Answer, calls: Sequence[Call]) -> Reply:
        if self._format is ToolFormat.NATIVE:
            return _reply(answer, calls=tuple(calls))
        from pytest_harness.model.formats.text_writer import DONE, write_call

        written = [write_call(call) for call in calls]
        return _reply(answer, *(written or [DONE]))


def _reply(
    answer: Answer, *more: str, calls: tuple[Call, ...] = (), finish: Finish = Finish.STOP
) -> Reply:
    return Reply(
        text="\n\n".join((*answer.says, *more)),
        reasoning="\n\n".join(answer.thinks),
        calls=calls,
        finish=finish,
        usage=_USAGE,
        cost_usd=0.0,
    )


def _faulty(answer: Answer, fault: steps.Fault, deadline: float, ending: Ending) -> Reply:
    """Answer one request as a vendor does with which something is wrong."""
    match fault:
        case steps.Empty():
            return Reply(usage=_USAGE, cost_usd=0.0)
        case steps.Length():
            return _reply(answer, finish=Finish.LENGTH)
        case steps.Status():
            raise _refused(fault)
        case steps.Hang(seconds=seconds):
            _pause(seconds, deadline, ending)
            reason = "the mock closed the connection"
        case steps.Cut():
            reason = "the mock closed the connection in the middle of the answer"
        case steps.Refuse():
            reason = "the mock closed the connection without an answer"
        case steps.Malformed():
            reason = "the mock sent something that is no answer"
    raise ModelError(Fault.TRANSPORT, reason, again=True)


def _refused(status: steps.Status) -> ModelError:
    code = status.code
    message = f"the mock answered with status {code}: {status.message or f'scripted {code}'}"
    if code in {401, 403}:
        return ModelError(Fault.AUTH, message)
    if code == 429:
        return ModelError(Fault.RATE_LIMIT, message, retry_after=status.retry_after, again=True)
    if code == 408 or code >= 500:
        return ModelError(Fault.TRANSPORT, message, retry_after=status.retry_after, again=True)
    return ModelError(Fault.UNSUPPORTED, message)


def _pause(seconds: float, deadline: float, ending: Ending) -> None:
    """Wait, unless the limit comes first or the session ends."""
    left = max(0.0, deadline - time.monotonic())
    if not wait(min(seconds, left), ending):
        raise ModelError(Fault.INTERRUPTED, "the session ended before the mock had answered")
    if seconds >= left:
        raise ModelError(Fault.TRANSPORT, "the mock gave no whole answer in time")
