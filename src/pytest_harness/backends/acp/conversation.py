"""Our side of the protocol: one session, one prompt."""

from __future__ import annotations

from pathlib import Path

from pytest_harness.backends.acp.protocol import (
    CANCEL,
    INITIALIZE,
    NEW,
    PERMISSION,
    PROMPT,
    SET_MODEL,
    VERSION,
    Policy,
    chosen,
    missing_model,
    wrong_version,
)
from pytest_harness.backends.json_lines import Json, text_of
from pytest_harness.backends.json_rpc import JsonRpc, Message, MessageKind

_CLIENT: Json = {
    "protocolVersion": VERSION,
    "clientCapabilities": {
        "fs": {"readTextFile": False, "writeTextFile": False},
        "terminal": False,
    },
    "clientInfo": {"name": "pytest-harness", "title": "pytest-harness", "version": "1"},
}
_UPDATE = b'"method":"session/update"'


class AcpConversation:
    """Asks for one turn and answers what the program asks meanwhile."""

    def __init__(self, directory: Path, prompt: str, policy: Policy, model: str | None) -> None:
        """Take where to work, what to ask, what to allow, and the model to be set, if any."""
        self._rpc = JsonRpc()
        self._directory = directory
        self._prompt = prompt
        self._policy = policy
        self._model = model
        self._session = ""
        self._ending = False
        self._over = False

    @property
    def over(self) -> bool:
        """Whether nothing more will be said."""
        return self._over

    def begin(self) -> bytes:
        """Say who we are."""
        return self._rpc.request(INITIALIZE, _CLIENT)

    def answer(self, line: bytes) -> bytes:
        """Go on where an answer came, and answer what is asked."""
        if _UPDATE in line[:100]:
            return b""
        message = self._rpc.read(line)
        if message is None:
            return b""
        match message.kind:
            case MessageKind.REQUEST:
                return self._asked(message)
            case MessageKind.RESULT:
                return self._told(message)
            case MessageKind.ERROR if message.method:
                self._over = True
        return b""

    def end(self) -> bytes:
        """Cancel the turn; its answer is awaited."""
        self._ending = True
        if not self._session:
            self._over = True
            return b""
        return self._rpc.notify(CANCEL, {"sessionId": self._session})

    def _asked(self, message: Message) -> bytes:
        """Answer a request of the program."""
        if message.id is None:
            return b""
        if message.method != PERMISSION:
            return self._rpc.refuse(message.id, f"{message.method} is not offered here")
        option = None if self._ending else chosen(message.params, self._policy)
        outcome = {"outcome": "cancelled"}
        if option is not None:
            outcome = {"outcome": "selected", "optionId": option}
        return self._rpc.reply(message.id, {"outcome": outcome})

    def _told(self, message: Message) -> bytes:
        """Go on with the next request; one that cannot go on is over."""
        result = message.result
        match message.method:
            case "initialize" if not wrong_version(result):
                return self._rpc.request(NEW, {"cwd": str(self._directory), "mcpServers": []})
            case "session/new" if not missing_model(result, self._model):
                self._session = text_of(result.get("sessionId"))
                if self._model is not None:
                    asked = {"sessionId": self._session, "modelId": self._model}
                    return self._rpc.request(SET_MODEL, asked)
                return self._ask()
            case "session/set_model":
                return self._ask()
            case "":
                return b""
        self._over = True
        return b""

    def _ask(self) -> bytes:
        """Ask for the turn."""
        prompt = [{"type": "text", "text": self._prompt}]
        return self._rpc.request(PROMPT, {"sessionId": self._session, "prompt": prompt})
