"""Tools in text: they are described to the model, which writes its calls in tagged blocks."""

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
from pytest_harness.model.formats.text_parser import EXAMPLE, SHOWN, read_answer, read_end
from pytest_harness.model.formats.text_writer import DONE, describe, write_call, write_result
from pytest_harness.vocabulary import Role

__all__ = ["DONE", "TextFormat", "write_call"]


class TextFormat:
    """Reads only what the model itself wrote, by the rules of `text_parser`.

    Calls before the first damage are executed, and nothing after it. Calls beside the sign of the
    end are executed and the sign is ignored, because the model has not seen what they give. Where
    no tools are offered, every answer in words is the last, and its tags are words. Calls by the
    vendor's own means are rejected.
    """

    def question(
        self,
        system: str,
        messages: Sequence[Message],
        tools: Sequence[ToolSpec],
        sampling: Sampling,
    ) -> Question:
        """Write a request; the tools stand in the system's words."""
        told = f"{system}\n\n{describe(tools)}".strip() if tools else system
        first = Words(role=Role.SYSTEM, text=told)
        return Question(messages=(first, *messages), sampling=sampling)

    def read(self, reply: Reply, number: int, tools: Sequence[ToolSpec]) -> Turn:
        """Read the calls in an answer's text."""
        native: tuple[Call | BrokenCall, ...] = (*reply.calls, *reply.broken)
        strangers = tuple(_stranger(call, tools) for call in native)
        if not tools:
            words, _ = read_end(reply.text)
            return Turn(text=words, rejected=strangers, done=not strangers, reply=reply)
        found = read_answer(reply.text)
        words, signed = read_end(found.words)
        calls = tuple(
            Call(name=name, arguments=arguments, id=f"turn{number}-call{index}")
            for index, (name, arguments) in enumerate(found.calls, 1)
        )
        rejected = (*((found.rejected,) if found.rejected else ()), *strangers)
        done = signed and not calls and not rejected
        return Turn(text=words, calls=calls, rejected=rejected, done=done, reply=reply)

    def accepted(self, turn: Turn) -> tuple[Message, ...]:
        """Keep the model's text as it was; nothing, if there is none.

        The client's own form is kept only where it holds no calls, which nobody would answer.
        """
        reply = turn.reply
        if not reply.text.strip():
            return ()
        strange = reply.calls or reply.broken
        return (Said(text=reply.text, native=None if strange else reply.native),)

    def answered(
        self, turn: Turn, results: Sequence[Given], remarks: Sequence[str]
    ) -> tuple[Message, ...]:
        """Write results, explanations and remarks as one message of the user."""
        parts = [write_result(result) for result in results_of(turn, results)]
        parts += [rejected.why for rejected in turn.rejected]
        parts += remarks
        return (Words(role=Role.USER, text="\n\n".join(parts)),) if parts else ()


def _stranger(call: Call | BrokenCall, tools: Sequence[ToolSpec]) -> RejectedCall:
    how = (
        f"write it in your answer, on a line of its own: {EXAMPLE}" if tools else "answer in words"
    )
    shown = call.text if isinstance(call, BrokenCall) else repr(dict(call.arguments))
    return RejectedCall(
        text=shown[:SHOWN],
        why=f"The call of {call.name[:100]!r} was not executed, because nothing is called by the "
        f"interface's own means here; {how}",
        name=call.name,
        id=call.id,
    )
