"""Hiding secrets in a stream that comes in pieces, wherever it is cut."""

from __future__ import annotations

from pytest_harness.redaction.vault import Vault, replacement

_STEP = 1 << 14
"""Bytes that are gathered before they are searched."""

_MOST = 1 << 20
"""Bytes beyond its usual reach that are held back for a secret that does not end."""


class Flow:
    """Takes a stream in pieces and gives it back without secrets, a little later.

    The last bytes are held back, because a secret may begin in them.
    """

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._held = bytearray()

    def feed(self, data: bytes) -> bytes:
        """Take the next bytes and return those that can be written."""
        self._held += data
        ready = len(self._held) - self._vault.reach
        return self._release(ready) if ready >= _STEP else b""

    def finish(self, drop: int = 0) -> bytes:
        """Return the rest but for the last ``drop`` bytes, which only helped to know it."""
        return self._release(len(self._held) - drop, final=True)

    def _release(self, upto: int, *, final: bool = False) -> bytes:
        held = bytes(self._held)
        parts: list[bytes] = []
        at = 0
        for span in self._vault.spans(held):
            if span.start >= upto and (final or span.seen_from >= upto):
                break
            if span.end > upto and not final and len(held) < self._vault.reach + _MOST:
                upto = max(at, min(span.start, span.seen_from))
                break
            parts += held[at : span.start], replacement(held[span.start : span.end])
            at = span.end
        if at < upto:
            parts.append(held[at:upto])
            at = upto
        del self._held[:at]
        return b"".join(parts)


def hidden_from(vault: Vault, data: bytes, start: int) -> bytes:
    """Return ``data`` from ``start`` on without secrets, one that begins earlier included."""
    parts: list[bytes] = []
    at = start
    for span in vault.spans(data):
        if span.end > start:
            parts += data[at : max(at, span.start)], replacement(data[span.start : span.end])
            at = span.end
    parts.append(data[at:])
    return b"".join(parts)
