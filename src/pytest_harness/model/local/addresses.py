"""Where a local server listens, as its variables say it."""

from __future__ import annotations

OLLAMA_PORT = 11434
"""Where Ollama listens unless it is told otherwise."""


def ollama_address(host: str) -> str:
    """Return the address that ``OLLAMA_HOST`` means; it may lack scheme and port."""
    scheme, found, rest = host.partition("://")
    if not found:
        scheme, rest = "http", host
    rest = rest.rstrip("/")
    name, colon, port = rest.rpartition(":")
    if not colon or "]" in port:
        name, port = rest, str(OLLAMA_PORT)
    if name in {"", "0.0.0.0", "[::]"}:  # noqa: S104 - where a server listens is no address
        name = "127.0.0.1"
    return f"{scheme}://{name}:{port}"
