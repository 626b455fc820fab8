"""The protocols that a scripted model speaks, one file each."""

from __future__ import annotations

from pytest_harness.testing.protocols.base import Asked, Protocol, Wish
from pytest_harness.testing.protocols.chat import Chat
from pytest_harness.testing.protocols.gemini import Gemini
from pytest_harness.testing.protocols.messages import Messages
from pytest_harness.testing.protocols.ollama import Ollama
from pytest_harness.testing.protocols.responses import Responses

__all__ = ["PROTOCOLS", "protocol_for"]

PROTOCOLS: tuple[Protocol, ...] = (Responses(), Chat(), Messages(), Gemini(), Ollama())
"""All of them."""


def protocol_for(asked: Asked) -> tuple[Protocol, Wish] | None:
    """Return who answers a request, and what it wants; ``None`` if nobody does."""
    for protocol in PROTOCOLS:
        wish = protocol.wish(asked)
        if wish is not None:
            return protocol, wish
    return None
