"""What a target hands to an agent beside its objective: messages whose parts are text or files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pytest_harness.vocabulary import Role

_MISSING = re.compile(
    r"(does ?n['o]t exist|not exist|not (be )?found|no such file|missing|cannot (find|open|read)"
    r"|could ?n['o]t (find|open|read)|unable to (find|open|read))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Text:
    """Text of a message."""

    text: str
    """What is said."""


@dataclass(frozen=True, slots=True)
class File:
    """A file of a message. An agent gets its address, a plain model its content."""

    path: str | Path
    """Relative to the file that declares the target, or absolute."""


Part = Text | File


@dataclass(frozen=True, slots=True)
class Message:
    """One message that precedes the objective."""

    role: Role | str
    """Who says it: ``system``, ``user`` or ``assistant``."""
    parts: Sequence[Part | str]
    """What it consists of; a plain string is a `Text`."""


def resolved(messages: Iterable[Message], base: Path) -> tuple[Message, ...]:
    """Return the messages with absolute paths and no plain strings.

    Raises `ValueError` with what is wrong. Whether a file exists is seen when it is handed over.
    """
    return tuple(_resolved(message, base) for message in messages)


def _resolved(message: Message, base: Path) -> Message:
    if not isinstance(message, Message):
        raise ValueError(f"{message!r} is no Message; write Message('user', ['text', File('a')])")  # noqa: TRY004
    if message.role not in tuple(Role):
        raise ValueError(f"{message.role!r} is no role; use {', '.join(Role)}")
    given = (message.parts,) if isinstance(message.parts, str | Text | File) else message.parts
    parts: list[Part] = []
    for part in given:
        if isinstance(part, File):
            parts.append(File((base / part.path).absolute()))
        elif isinstance(part, Text):
            parts.append(part)
        elif isinstance(part, str):
            parts.append(Text(part))
        else:
            raise ValueError(f"{part!r} is no part of a message; use a text or File('path')")  # noqa: TRY004
    return replace(message, role=Role(message.role), parts=tuple(parts))


def files_of(messages: Iterable[Message]) -> tuple[Path, ...]:
    """Return the files of resolved messages, each once, in order."""
    found = (part.path for message in messages for part in message.parts if isinstance(part, File))
    return tuple(dict.fromkeys(map(Path, found)))


def preface(messages: Sequence[Message], where: Mapping[Path, Path]) -> str:
    """Write resolved messages for an agent, which reads the files at their addresses first.

    ``where`` says at which absolute path each file lies for the agent.
    """
    lines: list[str] = []
    if where:
        lines += ["Read these files first:", ""]
        lines += [f"- {where[path].as_uri()}" for path in files_of(messages)]
        lines.append("")
    said = [text for message in messages if (text := _said(message, where))]
    if said:
        lines += ["This was said before:", "", *said]
    return "\n".join(lines)


def _said(message: Message, where: Mapping[Path, Path]) -> str:
    if all(isinstance(part, File) for part in message.parts) and message.role is Role.USER:
        return ""
    texts = [
        where[Path(part.path)].as_uri() if isinstance(part, File) else part.text
        for part in message.parts
        if isinstance(part, Text | File)
    ]
    return f"{message.role}: {' '.join(texts)}\n"


def said_to_be_missing(answer: str | None, files: Iterable[Path]) -> tuple[str, ...]:
    """Return the names of the files that an answer says are missing."""
    if not answer:
        return ()
    sentences = re.split(r"(?<=[.!?])\s+|\n", answer)
    return tuple(
        path.name
        for path in files
        if any(path.name in each and _MISSING.search(each) for each in sentences)
    )
