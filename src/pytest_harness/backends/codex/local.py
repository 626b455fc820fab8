"""The servers of local models that Codex can ask."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_harness.backends.base import Missing
from pytest_harness.backends.options import AgentOptions, LocalProvider
from pytest_harness.errors import ConfigurationError
from pytest_harness.model.local.addresses import OLLAMA_PORT, ollama_address
from pytest_harness.model.local.servers import NoServerError, OddAnswerError, listed, name_of
from pytest_harness.model.vendors import Protocol, Vendor

DEFAULT_MODEL: Mapping[LocalProvider, str] = {
    LocalProvider.OLLAMA: "gpt-oss:20b",
    LocalProvider.LMSTUDIO: "openai/gpt-oss-20b",
}
"""What Codex asks for when no model was named."""

_PORT = {LocalProvider.OLLAMA: OLLAMA_PORT, LocalProvider.LMSTUDIO: 1234}
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
        return f"{ollama_address(host)}/v1"
    return f"http://localhost:{_PORT[options.local_provider]}/v1"


def missing(base: str, provider: LocalProvider, model: str | None) -> Missing | None:
    """Say what is missing for a local model and what to do about it; ``None`` if nothing is."""
    wanted = model or DEFAULT_MODEL[provider]
    # Codex asks either server by the protocol of OpenAI.
    server = Vendor(name=provider, protocol=Protocol.CHAT, base_url=base, local=True)
    try:
        models = {name_of(each) for each in listed(server, {})}
    except (NoServerError, OddAnswerError, ConfigurationError):
        return Missing(f"no {provider} server answers at {base}", _START[provider])
    if not {wanted, f"{wanted}:latest"} & models:
        return Missing(
            f"the {provider} server at {base} has no model {wanted}",
            f"fetch it with: {_FETCH[provider]} {wanted}",
        )
    return None
