"""Which models a scripted server holds in memory, as Ollama tells it."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from typing import Any

_SIZE = 4 << 30
_EXPIRES = "2099-01-01T00:00:00Z"
_ASKS = {"/api/generate": "prompt", "/api/chat": "messages"}


class Memory:
    """The models in memory. For any number of threads."""

    def __init__(self, loaded: Iterable[str]) -> None:
        self._lock = threading.Lock()
        self._loaded = {_full(name): None for name in loaded}

    @property
    def loaded(self) -> tuple[str, ...]:
        """The models by name, in the order in which they were loaded."""
        with self._lock:
            return tuple(self._loaded)

    def touched(self, name: str, body: Mapping[str, Any]) -> None:
        """Load a model that is used, or drop it if the request says so."""
        with self._lock:
            if _leaves(body):
                self._loaded.pop(_full(name), None)
            else:
                self._loaded[_full(name)] = None

    def wants(self, method: str, path: str, body: Mapping[str, Any]) -> bool:
        """Whether a request is about the memory and about nothing else."""
        if (method, path) == ("GET", "/api/ps"):
            return True
        words = _ASKS.get(path) if method == "POST" else None
        return words is not None and bool(body.get("model")) and not body.get(words)

    def answer(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Answer it: one without words loads its model, or drops it with ``keep_alive`` 0."""
        if path == "/api/ps":
            held = [
                {"name": name, "model": name, "size": _SIZE, "expires_at": _EXPIRES}
                for name in self.loaded
            ]
            return {"models": held}
        name = str(body["model"])
        self.touched(name, body)
        reason = "unload" if _leaves(body) else "load"
        said: dict[str, Any] = {"response": ""}
        if path == "/api/chat":
            said = {"message": {"role": "assistant", "content": ""}}
        return {"model": name, "done": True, "done_reason": reason} | said


def _full(name: str) -> str:
    """Return a name as Ollama lists it."""
    return name if ":" in name else f"{name}:latest"


def _leaves(body: Mapping[str, Any]) -> bool:
    return body.get("keep_alive") in (0, "0", "0s")
