"""What every protocol has in common: reading requests, and writing answers."""

from __future__ import annotations

import hashlib
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, ClassVar

from pytest_harness.testing.tokens import Tokens
from pytest_harness.testing.tools import Offered, ToolCall

Json = dict[str, Any]


class Wire(Enum):
    """The protocols that a scripted model speaks."""

    RESPONSES = "responses"
    CHAT = "chat"
    MESSAGES = "messages"
    GEMINI = "gemini"
    OLLAMA = "ollama"


class Wish(Enum):
    """What a request wants of a model."""

    TURN = "turn"
    """The next answer of the script."""
    SIDE = "side"
    """Something besides the script: a title, a choice of a model."""
    COUNT = "count"
    """To have tokens counted."""


class Role(Enum):
    """Who speaks in a conversation."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation."""

    role: Role
    """Who speaks."""
    text: str
    """What; for a tool its result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request as it arrived."""

    path: str
    """Path without query."""
    headers: Mapping[str, str] = field(repr=False)
    """Headers; names in lower case."""
    body: Json = field(repr=False)
    """The JSON object of its body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a model answers, before a protocol writes it down."""

    asked: Asked
    """The request that it answers."""
    model: str
    """The model that is said to answer."""
    position: int
    """How many results of tools came before; makes the names of calls unique."""
    thinks: tuple[str, ...] = ()
    """Reasoning texts."""
    says: tuple[str, ...] = ()
    """Messages."""
    calls: tuple[ToolCall, ...] = ()
    """Calls of tools."""
    cut_short: bool = False
    """Whether the model ran into its limit of tokens."""
    tokens: Tokens
    """The usage that is reported."""

    def call_name(self, at: int) -> str:
        """Return the name of one call, by which its result will be known."""
        return f"call_{self.position}_{at}"


class Protocol(ABC):
    """One protocol between a program and a model."""

    wire: ClassVar[Wire]
    """Which one."""
    usual: ClassVar[tuple[Offered, ...]]
    """The tools of the programs that speak it."""
    media: ClassVar[str] = "text/event-stream"
    """The content type of a stream."""
    garbage: ClassVar[bytes] = b'data: {"broken\n\n'
    """A piece of a stream that no client can read."""

    @abstractmethod
    def wish(self, asked: Asked) -> Wish | None:
        """Return what a request wants; ``None`` if its path belongs to another protocol."""

    @abstractmethod
    def messages(self, asked: Asked) -> tuple[Message, ...]:
        """Return the conversation that a request brings, oldest first."""

    @abstractmethod
    def offered(self, asked: Asked) -> tuple[Offered, ...]:
        """Return the tools that a request offers."""

    @abstractmethod
    def whole(self, reply: Reply) -> Json:
        """Return an answer as one object."""

    @abstractmethod
    def stream(self, reply: Reply, *, complete: bool) -> Iterator[bytes]:
        """Yield an answer piece by piece; without its end if it is not to be ``complete``."""

    @abstractmethod
    def error(self, code: int, message: str) -> Json:
        """Return the body of an error."""

    def side(self, asked: Asked) -> str:  # noqa: ARG002 - not all look at it
        """Return the text that answers a request besides the script."""
        return "A scripted session"

    def streams(self, asked: Asked) -> bool:
        """Whether a request wants a stream."""
        return asked.body.get("stream") is True

    def model(self, asked: Asked) -> str | None:
        """Return the model that was asked for."""
        name = asked.body.get("model")
        return name if isinstance(name, str) else None

    def session(self, asked: Asked) -> str | None:  # noqa: ARG002 - not all look at it
        """Return a name that the program gives its conversation in the body."""
        return None

    def conversation(self, asked: Asked) -> str:
        """Return what tells one conversation from another."""
        for name in SESSION_HEADERS:
            if asked.headers.get(name):
                return asked.headers[name]
        named = self.session(asked)
        if named:
            return named
        opening: list[str] = []
        for message in self.messages(asked):
            if message.role in {Role.ASSISTANT, Role.TOOL}:
                break
            opening.append(message.text)
        text = json.dumps([self.model(asked), opening])
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def results(self, asked: Asked) -> tuple[str, ...]:
        """Return the results of tools that a request brings, oldest first."""
        return _of(self.messages(asked), Role.TOOL)

    def prompt(self, asked: Asked) -> str:
        """Return the last thing that the user said."""
        return next(reversed(_of(self.messages(asked), Role.USER)), "")

    def system(self, asked: Asked) -> str:
        """Return everything that was said to the model besides the user's words."""
        return "\n".join(_of(self.messages(asked), Role.SYSTEM))


class AtPaths(Protocol):
    """A protocol whose paths are always the same."""

    paths: ClassVar[frozenset[str]]
    """Where answers are asked for."""

    def wish(self, asked: Asked) -> Wish | None:
        """Take `paths`; a request that only wants a title is no turn."""
        if asked.path not in self.paths:
            return None
        only_title = not self.offered(asked) and _TITLE.search(self.system(asked)[:400])
        return Wish.SIDE if only_title else Wish.TURN


class Counting(ABC):
    """A protocol with requests to count tokens."""

    @abstractmethod
    def count(self, tokens: Tokens) -> Json:
        """Return the answer to such a request."""


_TITLE = re.compile(r"(?i)title generator|generate \S* ?\S* ?\S* ?title")
"""How programs ask for the title of a conversation."""

SESSION_HEADERS = (
    "thread-id",
    "session-id",
    "session_id",
    "conversation_id",
    "x-session-id",
    "x-claude-code-session-id",
)
"""Headers by which programs name a conversation."""

OWN_WORDS = ("<system-reminder>", "<session_context>", "<environment_context>")
"""How texts begin that programs send in the user's name."""


def message(role: Role, text: str) -> Message:
    """Return one message; what a program says in the user's name belongs to the system."""
    if role is Role.USER and text.lstrip().startswith(OWN_WORDS):
        return Message(Role.SYSTEM, text)
    return Message(role, text)


def _of(messages: Sequence[Message], role: Role) -> tuple[str, ...]:
    return tuple(message.text for message in messages if message.role is role)


def objects(value: object) -> list[Json]:
    """Return the objects of a list; none if it is no list."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def mapping(value: object) -> Json:
    """Return an object; an empty one if it is none."""
    return value if isinstance(value, dict) else {}


def text_of(content: object) -> str:
    """Return the text of a message's content or of a tool's result."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(text_of(part.get("text", "")) for part in objects(content))
    return "" if content is None else json.dumps(content)


def in_pieces(text: str) -> list[str]:
    """Part a text into three, as vendors part the arguments of a call; fewer if it is short."""
    size = max(1, -(-len(text) // 3))
    return [text[at : at + size] for at in range(0, len(text), size)]


def event(document: Json, name: str | None = None) -> bytes:
    """Write one event of a stream."""
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(document)}\n\n".encode()
