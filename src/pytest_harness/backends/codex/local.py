"""The servers of local models that Codex can ask."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping

from pytest_harness.backends.base import Missing
from pytest_harness.backends.options import AgentOptions, LocalProvider

DEFAULT_MODEL: Mapping[LocalProvider, str] = {
    LocalProvider.OLLAMA: "gpt-oss:20b",
    LocalProvider.LMSTUDIO: "openai/gpt-oss-20b",
}
"""What Codex asks for when no model was named."""

_PORT = {LocalProvider.OLLAMA: 11434, LocalProvider.LMSTUDIO: 1234}
_START = {
    LocalProvider.OLLAMA: "start it with: ollama serve",
    LocalProvider.LMSTUDIO: "start it with: lms server start",
}
_FETCH = {LocalProvider.OLLAMA: "ollama pull", LocalProvider.LMSTUDIO: "lms get"}


def address(options: AgentOptions, environment: Mapping[str, str]) -> str:
    """Return the address of the local server, ending in ``/v1``."""
    if options.base_url:
        return options.base_url.rstrip("/")
    if given := environment.get("CODEX_OSS_BASE_URL"):
        return given.rstrip("/")
    if port := environment.get("CODEX_OSS_PORT"):
        return f"http://localhost:{port}/v1"
    host = environment.get("OLLAMA_HOST")
    if options.local_provider is LocalProvider.OLLAMA and host:
        return _ollama(host)
    return f"http://localhost:{_PORT[options.local_provider]}/v1"


def missing(base: str, provider: LocalProvider, model: str | None) -> Missing | None:
    """Say what is missing for a local model and what to do about it; ``None`` if nothing is."""
    wanted = model or DEFAULT_MODEL[provider]
    try:
        models = _models(base)
    except (OSError, ValueError):
        return Missing(f"no {provider} server answers at {base}", _START[provider])
    if not {wanted, f"{wanted}:latest"} & models:
        return Missing(
            f"the {provider} server at {base} has no model {wanted}",
            f"fetch it with: {_FETCH[provider]} {wanted}",
        )
    return None


def _models(base: str) -> frozenset[str]:
    """Ask a server for its models."""
    # Both servers are local: a proxy could only stand in the way.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{base}/models", timeout=5) as answer:
        document = json.load(answer)
    entries = document.get("data") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise ValueError(f"{base} does not list models")  # noqa: TRY004 - what it sent is wrong
    return frozenset(str(each.get("id")) for each in entries if isinstance(each, dict))


def _ollama(host: str) -> str:
    """Return the address that ``OLLAMA_HOST`` means; it may lack scheme and port."""
    scheme, found, rest = host.partition("://")
    if not found:
        scheme, rest = "http", host
    rest = rest.rstrip("/")
    name, colon, port = rest.rpartition(":")
    if not colon or "]" in port:
        name, port = rest, str(_PORT[LocalProvider.OLLAMA])
    if name in {"", "0.0.0.0", "[::]"}:  # noqa: S104 - where a server listens is no address
        name = "127.0.0.1"
    return f"{scheme}://{name}:{port}/v1"
