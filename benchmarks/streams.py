"""Streams of agents for benchmarks: as they were recorded, and as real models make them.

The recorded runs were made with a scripted model, which says three words and prints one line. In
the typical runs the same lines carry texts as long as real ones, cut from this project's own
sources, so that line breaks, quotes and letters beyond ASCII are as frequent as there:

- what a tool printed, and what stands in the files that it reads and writes: 200 bytes to 30
  kilobytes, as many between 200 and 2000 as between 2000 and 20000 (a median of 2.4, a mean of 6);
- what a model says or thinks in one go: 50 to 2000 bytes (a median of 300, a mean of 500);
- a piece of it, where a program prints pieces: 4 to 60 bytes, each in a line of its own.

A text that a program repeats is repeated. All else is left as it was recorded.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
STREAMS = ROOT / "tests" / "backends" / "streams"
PRINTED = (200, 30_000)
"""Bytes of what tools print, read and write, at least and at most."""
SPOKEN = (50, 2000)
"""Bytes of what a model says in one go."""
PIECE = (4, 60)
"""Bytes of a piece of that."""
VARIANTS = 12
"""Typical runs that are made of one recorded run."""

Run = list[bytes]


@dataclass(frozen=True, slots=True)
class Source:
    """Which recorded runs a provider's program made."""

    every: str
    """Pattern of their names."""
    work: str
    """Pattern of those in which an agent worked as it should."""
    apart: tuple[str, ...] = ()
    """Beginnings of names that are not meant."""
    child: bool = False
    """Whether our own child printed it, which writes no letters beyond ASCII."""
    pieces: bool = True
    """Whether pieces of texts are printed."""


_COPILOT = Source("copilot_*", "copilot_edit*")
_CODEX_SERVER = Source("codex_server_*", "codex_server_basic*")
SOURCES = {
    "acp": Source("acp_*", "acp_*_edit*"),
    "claude-cli": Source("claude_*", "claude_edit*", ("claude_sdk",)),
    "claude-sdk": Source("claude_sdk_*", "claude_sdk_edit*", child=True),
    "codex-app-server": _CODEX_SERVER,
    "codex-cli": Source("codex_*", "codex_edit*", ("codex_server", "codex_rollout")),
    "codex-sdk": Source(_CODEX_SERVER.every, _CODEX_SERVER.work, child=True, pieces=False),
    "copilot-cli": _COPILOT,
    "copilot-sdk": Source(_COPILOT.every, _COPILOT.work, child=True),
    "gemini-cli": Source("gemini_*", "gemini_edit*", ("gemini_session",)),
    "opencode-run": Source("opencode_*", "opencode_edit*"),
    "pi-cli": Source("pi_*", "pi_edit*", ("pi_rpc", "pi_sdk")),
    "pi-rpc": Source("pi_rpc*", "pi_edit*"),
    "pi-sdk": Source("pi_sdk*", "pi_sdk*", child=True),
}


def recorded(source: Source) -> list[Run]:
    """Return all recorded runs."""
    return [_lines(path) for path in _paths(source, source.every)]


def typical(source: Source) -> list[Run]:
    """Return runs with texts of realistic length."""
    letters = _letters()
    runs = [_lines(path) for path in _paths(source, source.work)]
    return [
        _Grown(random.Random(seed), letters, source).run(run)  # noqa: S311 - no secrets
        for seed in range(VARIANTS)
        for run in runs
    ]


def _paths(source: Source, pattern: str) -> list[Path]:
    found = sorted(STREAMS.glob(f"{pattern}.jsonl"))
    return [path for path in found if not path.name.startswith(source.apart or ("/",))]


def _lines(path: Path) -> Run:
    return [line for line in path.read_bytes().splitlines() if line.strip()]


def _letters() -> str:
    """Return what the texts are cut from."""
    paths = sorted((ROOT / "src").rglob("*.py"))
    code = "".join(path.read_text(encoding="utf-8") for path in paths)
    lines = code.splitlines(keepends=True)
    lines[::100] = ["# „Größe“ ≤ 4 KiB ✓ — naïve\n"] * len(lines[::100])
    return "".join(lines)


_GROWING = frozenset(
    [
        "text",
        "thinking",
        "content",
        "output",
        "aggregated_output",
        "aggregatedOutput",
        "stdout",
        "partialOutput",
        "diff",
        "patch",
        "detailedContent",
        "file_text",
        "oldText",
        "newText",
        "old_string",
        "new_string",
        "old_str",
        "new_str",
        "oldString",
        "newString",
    ]
)
_ARGUMENTS = frozenset({"input", "arguments", "args", "rawInput", "parameters"})
_FROM_MODEL = (
    b'"role":"assistant"',
    b"agent_message",
    b"agentMessage",
    b"agent_thought",
    b'"assistant.message',
    b'"assistant.reasoning',
    b'{"type":"text","timestamp"',
    b'{"type":"reasoning","timestamp"',
)
_PIECES = (
    b'","delta":true}',
    b'"agent_message_chunk"',
    b'"agent_thought_chunk"',
    b'/delta"',
    b'_delta"',
)
_PIECE_KEYS = frozenset({"delta", "deltaContent", "inputDelta", "content", "text", "partial_json"})


@dataclass(slots=True)
class _Grown:
    """Makes one typical run."""

    random: random.Random
    letters: str
    source: Source
    known: dict[str, str] = field(default_factory=dict)

    def run(self, lines: Run) -> Run:
        """Make it of a recorded one."""
        return [each for line in lines for each in self._line(line)]

    def _line(self, line: bytes) -> Run:
        """Return a line with longer texts, or many lines for a piece of a text."""
        if not line.startswith(b"{"):
            return [line]
        document = json.loads(line)
        if not any(mark in line for mark in _PIECES):
            model = any(mark in line for mark in _FROM_MODEL)
            return [self._written(self._value(document, "", spoken=model))]
        size, pieces = self._size(SPOKEN), []
        while size > 0 and self.source.pieces:
            piece = self._cut(self._size(PIECE))
            size -= len(piece)
            pieces.append(self._written(_with_piece(document, piece)))
        return pieces

    def _value(self, value: Any, key: str, *, spoken: bool) -> Any:
        if isinstance(value, dict):
            ended = isinstance(value.get("exit_code", value.get("exitCode")), int)
            return {
                name: self._text(each, name, spoken=spoken, empty=ended)
                if isinstance(each, str) or (each is None and ended)
                else self._value(each, name, spoken=spoken and name not in _ARGUMENTS)
                for name, each in value.items()
            }
        if isinstance(value, list):
            return [self._value(each, key, spoken=spoken) for each in value]
        return value

    def _text(self, text: str | None, key: str, *, spoken: bool, empty: bool) -> str | None:
        """Return a text as long as a real one; an ``empty`` one only where a command ended."""
        if text in self.known and len(text) > 4:
            return self.known[text]
        if key not in _GROWING or not (text or (empty and key.startswith("aggregated"))):
            return text
        before = text or ""
        if before not in self.known:
            speaks = key == "thinking" or (spoken and key in {"text", "content"})
            more = self._cut(self._size(SPOKEN if speaks else PRINTED))
            last = "exit" in before.rpartition("\n")[2]
            self.known[before] = f"{more}\n{before}" if last else f"{before}\n{more}"
        return self.known[before]

    def _size(self, bounds: tuple[int, int]) -> int:
        """Draw a size: each order of magnitude is as frequent as the next."""
        low, high = bounds
        return int(low * (high / low) ** self.random.random())

    def _cut(self, size: int) -> str:
        at = self.random.randrange(len(self.letters) - size)
        return self.letters[at : at + size]

    def _written(self, document: Any) -> bytes:
        text = json.dumps(document, ensure_ascii=self.source.child, separators=(",", ":"))
        return text.encode()


def _with_piece(value: Any, piece: str) -> Any:
    """Return a line with a piece of a text in the place of that which was recorded."""
    if not isinstance(value, dict):
        return value
    return {
        key: piece if key in _PIECE_KEYS and isinstance(each, str) else _with_piece(each, piece)
        for key, each in value.items()
    }
