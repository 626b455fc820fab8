"""Who serves plain models: addresses, protocols, and the variables with keys."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pytest_harness.allowance.prices import Price
from pytest_harness.errors import ConfigurationError
from pytest_harness.model.local.addresses import OLLAMA_PORT, ollama_address

MOCK = "mock"
"""The vendor that plays scripted answers without a network."""


class Protocol(enum.StrEnum):
    """How a vendor's models are asked."""

    RESPONSES = "responses"
    """OpenAI's Responses."""
    CHAT = "chat"
    """OpenAI's Chat Completions, which most others speak as well."""
    MESSAGES = "messages"
    """Anthropic's Messages."""
    GEMINI = "gemini"
    """Google's generateContent."""
    OLLAMA = "ollama"
    """Ollama's own."""
    MOCK = "mock"
    """None: answers are made here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """Somebody who serves models."""

    name: str
    """As in selectors."""
    protocol: Protocol
    """How its models are asked."""
    base_url: str = ""
    """Address of its interface, with the version in its path where the protocol has one there."""
    base_variable: str = ""
    """Variable with another address, where there is one."""
    keys: tuple[str, ...] = ()
    """Variables with the key, the first that is set is used; none sends none."""
    local: bool = False
    """Whether it is a server of one's own, whose models cost nothing and take turns."""
    models_path: str = "/models"
    """Where it lists its models, below `base_url`."""
    max_concurrency: int | None = None
    """Proposals at once; ``None`` for one at a time if ``local``, for no limit otherwise."""
    prices: str = ""
    """Its name in the list of prices; empty for one that is not there."""
    own_prices: Mapping[str, Price] = field(default_factory=dict, hash=False)
    """What its models cost by ``harness.toml``, by their names; stronger than any list."""

    def address(self, environment: Mapping[str, str]) -> str:
        """Return the address of its interface without a slash at the end.

        Raises `ConfigurationError` if the variable holds none.
        """
        given = environment.get(self.base_variable, "") if self.base_variable else ""
        address = (given or self.base_url).rstrip("/")
        if given and self.protocol is Protocol.OLLAMA:
            address = ollama_address(given)
        if not re.match(r"https?://[^/]", address):
            raise ConfigurationError(
                f"{self.base_variable} holds no address for {self.name}; "
                "give one like http://127.0.0.1:8000/v1"
            )
        return address

    def key(self, environment: Mapping[str, str]) -> str | None:
        """Return the name of the variable with its key, the first that is set."""
        return next((name for name in self.keys if environment.get(name, "").strip()), None)

    def server(self, environment: Mapping[str, str]) -> str:
        """Return its host and port, which tell one server from another."""
        return urlsplit(self.address(environment)).netloc

    @property
    def at_once(self) -> int | None:
        """Proposals at once; ``None`` for no limit."""
        return self.max_concurrency or (1 if self.local else None)


def _table(*vendors: Vendor) -> Mapping[str, Vendor]:
    return {vendor.name: vendor for vendor in vendors}


VENDORS: Mapping[str, Vendor] = _table(
    Vendor(
        name="openai",
        protocol=Protocol.RESPONSES,
        base_url="https://api.openai.com/v1",
        base_variable="OPENAI_BASE_URL",
        keys=("OPENAI_API_KEY",),
        prices="openai",
    ),
    Vendor(
        name="anthropic",
        protocol=Protocol.MESSAGES,
        base_url="https://api.anthropic.com",
        base_variable="ANTHROPIC_BASE_URL",
        keys=("ANTHROPIC_API_KEY",),
        prices="anthropic",
    ),
    Vendor(
        name="google",
        protocol=Protocol.GEMINI,
        base_url="https://generativelanguage.googleapis.com",
        base_variable="GOOGLE_GEMINI_BASE_URL",
        keys=("GEMINI_API_KEY", "GOOGLE_API_KEY"),
        prices="google",
    ),
    Vendor(
        name="openrouter",
        protocol=Protocol.CHAT,
        base_url="https://openrouter.ai/api/v1",
        base_variable="OPENROUTER_BASE_URL",
        keys=("OPENROUTER_API_KEY",),
        prices="openrouter",
    ),
    Vendor(
        name="together",
        protocol=Protocol.CHAT,
        base_url="https://api.together.xyz/v1",
        base_variable="TOGETHER_BASE_URL",
        keys=("TOGETHER_API_KEY",),
        prices="together",
    ),
    Vendor(
        name="groq",
        protocol=Protocol.CHAT,
        base_url="https://api.groq.com/openai/v1",
        base_variable="GROQ_BASE_URL",
        keys=("GROQ_API_KEY",),
        prices="groq",
    ),
    Vendor(
        name="ollama",
        protocol=Protocol.OLLAMA,
        base_url=f"http://127.0.0.1:{OLLAMA_PORT}",
        base_variable="OLLAMA_HOST",
        local=True,
        models_path="/api/tags",
    ),
    Vendor(
        name="llama.cpp",
        protocol=Protocol.CHAT,
        base_url="http://127.0.0.1:8080/v1",
        base_variable="LLAMA_CPP_BASE_URL",
        local=True,
    ),
    Vendor(
        name="vllm",
        protocol=Protocol.CHAT,
        base_url="http://127.0.0.1:8000/v1",
        base_variable="VLLM_BASE_URL",
        local=True,
    ),
    Vendor(
        name="lmstudio",
        protocol=Protocol.CHAT,
        base_url="http://127.0.0.1:1234/v1",
        base_variable="LMSTUDIO_BASE_URL",
        local=True,
    ),
    Vendor(name=MOCK, protocol=Protocol.MOCK, local=True, max_concurrency=1_000_000),
)
"""Those that are known by name; others are declared in ``harness.toml``."""

OTHER_NAMES: Mapping[str, str] = {
    "claude": "anthropic",
    "gemini": "google",
    "google-gla": "google",
    "llamacpp": "llama.cpp",
    "llama-cpp": "llama.cpp",
    "lm-studio": "lmstudio",
    "togetherai": "together",
}
"""Further names of theirs in selectors."""
