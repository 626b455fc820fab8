"""Tools by the vendor's own means."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_harness.model.client import BrokenCall, Reply
from pytest_harness.model.conversation import (
    Call,
    Given,
    Message,
    Question,
    Said,
    Sampling,
    ToolSpec,
    Words,
)
from pytest_harness.model.formats.answers import results_of
from pytest_harness.model.formats.base import RejectedCall, Turn
from pytest_harness.model.formats.text_parser import MOST_CALLS, SHOWN
from pytest_harness.vocabulary import Role


class NativeFormat:
    """Takes calls as the client read them; the text of an answer is never searched for calls.

    Calls beside one that cannot be read are executed: a vendor's calls of one answer are meant to
    be independent. An answer without any call is the last. Calls where no tools are offered, and
    calls beyond `MOST_CALLS`, are rejected.
    """

    def question(
        self,
        system: str,
        messages: Sequence[Message],
        tools: Sequence[ToolSpec],
        sampling: Sampling,
    ) -> Question:
        """Write a request; the tools stand beside the conversation."""
        first = Words(role=Role.SYSTEM, text=system)
        return Question(messages=(first, *messages), tools=tuple(tools), sampling=sampling)

    def read(self, reply: Reply, number: int, tools: Sequence[ToolSpec]) -> Turn:  # noqa: ARG002
        """Sort the calls of an answer."""
        most = MOST_CALLS if tools else 0
        rejected = (
            *(_refused(call, most) for call in reply.calls[most:]),
            *(_broken(call) for call in reply.broken),
        )
        return Turn(
            text=reply.text.strip(),
            calls=reply.calls[:most],
            rejected=rejected,
            done=not reply.calls and not reply.broken,
            reply=reply,
        )

    def accepted(self, turn: Turn) -> tuple[Message, ...]:
        """Keep words and calls, those among them that were rejected; nothing, if there is none."""
        reply = turn.reply
        calls = (*turn.calls, *(_stand_in(each) for each in turn.rejected))
        if not reply.text.strip() and not calls:
            return ()
        return (Said(text=reply.text, calls=calls, native=reply.native),)

    def answered(
        self, turn: Turn, results: Sequence[Given], remarks: Sequence[str]
    ) -> tuple[Message, ...]:
        """Answer every call of the turn; remarks follow as one message of the user."""
        refusals = tuple(
            Given(call=_stand_in(each), text=each.why, failed=True) for each in turn.rejected
        )
        words = (Words(role=Role.USER, text="\n\n".join(remarks)),) if remarks else ()
        return (*results_of(turn, results), *refusals, *words)


def _stand_in(rejected: RejectedCall) -> Call:
    """Return a call that ties an explanation to what was rejected; its arguments are unknown."""
    return Call(name=rejected.name, id=rejected.id)


def _refused(call: Call, most: int) -> RejectedCall:
    why = (
        f"This call was not executed, because an answer may hold {most} calls at most; "
        "make the rest in your next answer."
        if most
        else "This call was not executed, because no tools are offered; answer in words."
    )
    return RejectedCall(
        text=repr(dict(call.arguments))[:SHOWN], why=why, name=call.name, id=call.id
    )


def _broken(call: BrokenCall) -> RejectedCall:
    why = f"This call was not executed. {call.why}"
    return RejectedCall(text=call.text[:SHOWN], why=why, name=call.name, id=call.id)
