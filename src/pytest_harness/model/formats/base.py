"""What every tool format does: it writes questions, and reads turns out of replies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pytest_harness.model.client import Reply
from pytest_harness.model.conversation import Call, Given, Message, Question, Sampling, ToolSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedCall:
    """Something that was meant as a call and cannot be accepted as one. It is not executed."""

    text: str
    """What the model wrote, shortened."""
    why: str
    """What is wrong with it and how to write it, in one or two sentences for the model."""
    name: str = ""
    """The tool, as far as it can be told."""
    id: str = ""
    """Of a call by the vendor's own means: what ties it to an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What a model wants to do in one turn, the same in every format."""

    text: str
    """Its words without calls and without the sign of the end."""
    calls: tuple[Call, ...] = ()
    """What is to be executed, in order."""
    rejected: tuple[RejectedCall, ...] = ()
    """What cannot be."""
    done: bool = False
    """Whether it says that the work is finished: nothing is to be executed any more."""
    reply: Reply
    """What it was read from."""


class Format(Protocol):
    """A tool format. It holds no state: the same input gives the same output."""

    def question(
        self,
        system: str,
        messages: Sequence[Message],
        tools: Sequence[ToolSpec],
        sampling: Sampling,
    ) -> Question:
        """Write a request: the system's words, the conversation, and the tools.

        ``messages`` are those that `opening`, `accepted` and `answered` made, and further `Words`.
        """
        ...

    def read(self, reply: Reply, number: int, tools: Sequence[ToolSpec]) -> Turn:
        """Read what the model wants; ``number`` counts its turns from 1 and makes ids unique.

        Never raises for what a model wrote. A call counts as such where its text or its arguments
        can be read as an object; whether the tool exists and the arguments fit is for the toolbox.
        """
        ...

    def accepted(self, turn: Turn) -> tuple[Message, ...]:
        """Return how a turn stands in the conversation, before its results."""
        ...

    def answered(
        self, turn: Turn, results: Sequence[Given], remarks: Sequence[str]
    ) -> tuple[Message, ...]:
        """Return how the model is told what its calls gave.

        ``results`` answer the turn's calls in order. What was rejected is explained with `why`.
        ``remarks`` are further sentences of the harness to the model, such as a reviewer's.
        """
        ...
