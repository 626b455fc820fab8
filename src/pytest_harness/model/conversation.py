"""What a plain model and its harness say to each other, in words that belong to no vendor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pytest_harness.vocabulary import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolSpec:
    """A tool as a model is told of it."""

    name: str
    """Its name."""
    description: str
    """What it does, in one or two sentences."""
    parameters: Mapping[str, Any] = field(hash=False)
    """JSON Schema of its arguments: an object with ``properties`` and ``required``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A model asks for a tool."""

    name: str
    """The tool, as the model wrote it; it need not exist."""
    arguments: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """Its arguments, an object; whether they fit has not been looked at."""
    id: str
    """What ties it to its result, unique within a conversation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Something that is said in plain text."""

    role: Role
    """Who says it; never the model, which says a `Said`."""
    text: str
    """What."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a model said in one turn."""

    text: str = ""
    """Its words, calls in text included."""
    calls: tuple[Call, ...] = ()
    """Calls by the vendor's own means; none in the format `text`."""
    native: object = field(default=None, repr=False, compare=False, hash=False)
    """The same in the words of the client that got it, so that it can be sent back unchanged with
    what only the vendor understands: signatures, encrypted reasoning. Another client ignores it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a tool gave back."""

    call: Call
    """The call that it answers."""
    text: str
    """What the model is told."""
    failed: bool = False
    """Whether the call was refused or failed."""


Message = Words | Said | Given
"""One entry of a conversation. Every `Call` of a `Said` is answered by a `Given` right after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How a model is asked; ``None`` leaves it to the vendor."""

    temperature: float | None = None
    """From 0 on."""
    max_tokens: int | None = None
    """Most output tokens of one answer."""
    seed: int | None = None
    """For vendors that take one; the others are not told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One request to a model."""

    messages: tuple[Message, ...]
    """The conversation, oldest first; it begins with the system's words."""
    tools: tuple[ToolSpec, ...] = ()
    """Tools that are offered by the vendor's own means; none in the format `text`."""
    sampling: Sampling = Sampling()
    """How it is asked."""
