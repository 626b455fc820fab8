"""Conversations for tests, and a program that speaks lines of JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field

ECHO = """
import json, sys
for line in sys.stdin:
    asked = json.loads(line)
    if "end" in asked:
        print(json.dumps({"saved": asked["end"]}), flush=True)
        break
    print(json.dumps({"id": asked["id"], "echo": asked["say"]}), flush=True)
print(json.dumps({"bye": True}), flush=True)
"""
"""Answers each request; ends when it is told to end, or at the end of its input."""


def nothing(line: bytes) -> bytes:
    """Answer nothing."""
    return b""


@dataclass
class Talk:
    """A conversation made of values; remembers what it heard."""

    first: bytes = b""
    reply: Callable[[bytes], bytes] = nothing
    last: bytes = b""
    over: bool = False
    heard: list[bytes] = field(default_factory=list)
    begun: int = 0
    ended: int = 0

    def begin(self) -> bytes:
        self.begun += 1
        return self.first

    def answer(self, line: bytes) -> bytes:
        self.heard.append(line)
        return self.reply(line)

    def end(self) -> bytes:
        self.ended += 1
        return self.last


@dataclass
class Rounds:
    """Asks `ECHO` one thing after another, and checks each answer before the next."""

    rounds: int
    last: bytes = b'{"end": "now"}\n'
    over: bool = False
    done: int = 0
    other: list[object] = field(default_factory=list)
    begun: int = 0

    def begin(self) -> bytes:
        self.begun += 1
        return self._ask()

    def answer(self, line: bytes) -> bytes:
        said = json.loads(line)
        if "id" not in said:
            self.other.append(said)
            return b""
        assert said == {"id": self.done, "echo": f"é{self.done}"}
        self.done += 1
        self.over = self.done == self.rounds
        return b"" if self.over else self._ask()

    def end(self) -> bytes:
        return self.last

    def _ask(self) -> bytes:
        return json.dumps({"id": self.done, "say": f"é{self.done}"}).encode() + b"\n"
