"""The file in which Gemini CLI keeps a session: it tells what the stream leaves out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from pytest_harness.backends.json_lines import Json, count, document, table
from pytest_harness.backends.leftovers import open_plain
from pytest_harness.records import Usage

_AT_ONCE = 8 << 20
"""Bytes that are read at once; a longer line is skipped."""
_IDS = 10_000
"""Answers and calls that are remembered."""
_EXIT = re.compile(r"^Exit Code: (\d{1,3})$", re.MULTILINE)


class Session:
    """Follows the file of one session, written by a program that an agent may have misled."""

    def __init__(self, home: Path) -> None:
        """Take the program's home."""
        self._home = home
        self._id = ""
        self._path: Path | None = None
        self._at = 0
        self._tokens: dict[str, Json] = {}
        self._exits: dict[str, int] = {}

    def named(self, identity: str) -> None:
        """Take the session's id."""
        self._id = identity if re.fullmatch(r"[0-9a-f-]{8,64}", identity) else ""

    def exits(self) -> dict[str, int]:
        """Return the exit codes of all commands so far by the id of their call."""
        self._read()
        return self._exits

    def usage(self) -> Usage | None:
        """Return the tokens of all answers so far; ``None`` if there was none."""
        self._read()
        if not self._tokens:
            return None
        total = {
            name: sum(count(each.get(name)) or 0 for each in self._tokens.values())
            for name in ("input", "cached", "output", "thoughts")
        }
        return Usage(
            input=max(0, total["input"] - total["cached"]),
            cached_input=total["cached"],
            output=total["output"],
            reasoning=total["thoughts"],
        )

    def _read(self) -> None:
        """Take what was added to the file."""
        path = self._path or self._find()
        if path is None:
            return
        self._path = path
        for line in self._lines(path):
            if b'"tokens"' not in line and b'"toolCalls"' not in line:
                continue
            answer = document(line) or {}
            identity = answer.get("id")
            if isinstance(identity, str) and len(self._tokens) < _IDS:
                self._tokens[identity] = table(answer.get("tokens"))
            calls = answer.get("toolCalls")
            for call in calls if isinstance(calls, list) else []:
                self._call(table(call))

    def _call(self, call: Json) -> None:
        """Note how a command ended: the model is told of every exit code but 0."""
        identity, results = call.get("id"), call.get("result")
        if call.get("name") != "run_shell_command" or not isinstance(identity, str):
            return
        if call.get("status") != "success" or not isinstance(results, list):
            return
        told = "".join(
            str(table(table(table(each).get("functionResponse")).get("response")).get("output"))
            for each in results
        )
        codes = _EXIT.findall(told)
        if len(self._exits) < _IDS:
            self._exits[identity] = int(codes[-1]) if codes else 0

    def _find(self) -> Path | None:
        """Return the file, if there is one by now."""
        if not self._id:
            return None
        pattern = f".gemini/tmp/*/chats/session-*-{self._id[:8]}.jsonl"
        return next(iter(sorted(self._home.glob(pattern))), None)

    def _lines(self, path: Path) -> Iterator[bytes]:
        """Yield the whole lines that were added."""
        opened = open_plain(path)
        if opened is None:
            # It is the program's to remove; what it told before stays known.
            return
        with opened as file:
            file.seek(self._at)
            while chunk := file.read(_AT_ONCE):
                end = chunk.rfind(b"\n") + 1
                if not end and len(chunk) < _AT_ONCE:
                    return
                self._at += end or len(chunk)
                yield from chunk[:end].split(b"\n")
                file.seek(self._at)
