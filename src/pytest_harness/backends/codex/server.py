"""Speaking with ``codex app-server``: one thread, one turn, and answers to what it asks."""

from __future__ import annotations

from collections.abc import Collection
from importlib.metadata import version

from pytest_harness.backends.codex.approvals import answer
from pytest_harness.backends.json_lines import Json, table, text_of
from pytest_harness.backends.json_rpc import JsonRpc, Message, MessageKind


class Dialogue:
    """Starts a thread with ``settings``, gives it the ``prompt``, and leaves when it is done.

    A ``key`` for OpenAI is handed over before, because the server reads none from variables.
    """

    def __init__(
        self, settings: Json, prompt: str, allowed: Collection[str], key: str | None = None
    ) -> None:
        self._key = key
        self._rpc = JsonRpc(version=False)
        self._settings = settings
        self._prompt = prompt
        self._allowed = allowed
        self._thread = ""
        self._turn = ""
        self._over = False

    def begin(self) -> bytes:
        """Introduce us."""
        client = {
            "name": "pytest_harness",
            "title": "pytest-harness",
            "version": version("pytest-harness"),
        }
        return self._rpc.request("initialize", {"clientInfo": client})

    def answer(self, line: bytes) -> bytes:
        """Take the next step, or answer what is asked."""
        if quiet(line):
            return b""
        message = self._rpc.read(line)
        if message is None:
            return b""
        match message.kind:
            case MessageKind.RESULT:
                return self._next(message)
            case MessageKind.ERROR:
                # Without a thread or a turn there is nothing to wait for.
                self._over = self._over or message.method in {*_STEPS, ""}
                return b""
            case MessageKind.REQUEST:
                return self._asked(message)
            case MessageKind.NOTIFICATION:
                self._told(message)
                return b""

    def end(self) -> bytes:
        """Interrupt the turn, so that nothing is left half done."""
        if not self._turn:
            return b""
        return self._rpc.request("turn/interrupt", {"threadId": self._thread, "turnId": self._turn})

    @property
    def over(self) -> bool:
        """Whether the turn has ended: the program goes once nothing more can be said."""
        return self._over

    def _next(self, message: Message) -> bytes:
        """Go on after an answer."""
        match message.method:
            case "initialize":
                return self._rpc.notify("initialized") + self._log_in()
            case "account/login/start":
                return self._rpc.request("thread/start", self._settings)
            case "thread/start":
                self._thread = text_of(table(message.result.get("thread")).get("id"))
                said = [{"type": "text", "text": self._prompt}]
                return self._rpc.request("turn/start", {"threadId": self._thread, "input": said})
            case "turn/start":
                self._turn = text_of(table(message.result.get("turn")).get("id"))
        return b""

    def _log_in(self) -> bytes:
        """Hand the key over, or start the thread at once."""
        if self._key is None:
            return self._rpc.request("thread/start", self._settings)
        return self._rpc.request("account/login/start", {"type": "apiKey", "apiKey": self._key})

    def _asked(self, message: Message) -> bytes:
        """Answer a request."""
        if message.id is None:
            return b""
        asked = answer(message.method, message.params, self._allowed)
        if asked is None:
            return self._rpc.refuse(message.id, f"{message.method} is not offered")
        return self._rpc.reply(message.id, asked.answer)

    def _told(self, message: Message) -> None:
        """Notice the end of the turn; other threads are those of further agents."""
        if message.method == "turn/completed":
            thread = message.params.get("threadId")
            self._over = self._over or not self._thread or thread == self._thread


_STEPS = frozenset({"initialize", "account/login/start", "thread/start", "turn/start"})
_METHOD = b'{"method":"'
_DELTAS = (b"elta", b"turn/diff/updated", b"item/fileChange/patchUpdated", b"turn/plan/updated")


def quiet(line: bytes) -> bool:
    """Tell from its first bytes whether a line is a piece of something that comes whole later."""
    if not line.startswith(_METHOD):
        return False
    method = line[len(_METHOD) : line.find(b'"', len(_METHOD))]
    return method.endswith(_DELTAS)
