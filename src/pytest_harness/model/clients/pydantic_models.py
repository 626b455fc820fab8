"""The models of pydantic-ai: each with one address, one key, no repetition and no telemetry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2
from pydantic_ai.models import Model
from pydantic_ai.settings import ModelSettings

from pytest_harness.model.clients.pydantic_connections import trust
from pytest_harness.model.clients.whom import Whom
from pytest_harness.model.conversation import Sampling
from pytest_harness.model.vendors import Protocol

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from pydantic_ai.profiles.openai import OpenAIModelProfile
    from pydantic_ai.providers import Provider

OPENAI = "openai"
"""The vendor whose own profiles fit; others only speak its protocols."""


def make_model(whom: Whom, http: httpx2.AsyncClient) -> Model:
    """Make the model of a protocol; raises `ImportError` where a library is missing."""
    match whom.vendor.protocol:
        case Protocol.RESPONSES:
            return _responses(whom, http)
        case Protocol.CHAT:
            return _chat(whom, http)
        case Protocol.MESSAGES:
            return _messages(whom, http)
        case Protocol.GEMINI:
            return _gemini(whom, http)
        case other:
            raise AssertionError(f"{other} is no protocol of pydantic-ai")


def settings(whom: Whom, sampling: Sampling) -> ModelSettings:
    """Return how a model is asked; a vendor that takes no seed is not told of it."""
    found = ModelSettings()
    if sampling.temperature is not None:
        found["temperature"] = sampling.temperature
    if sampling.max_tokens is not None:
        found["max_tokens"] = sampling.max_tokens
    if sampling.seed is not None and whom.vendor.protocol in {Protocol.CHAT, Protocol.GEMINI}:
        found["seed"] = sampling.seed
    if whom.vendor.protocol is Protocol.RESPONSES:
        # Each request brings the whole conversation; nothing has to be kept by the vendor.
        return {**found, "openai_store": False}  # type: ignore[typeddict-unknown-key]
    return found


def _responses(whom: Whom, http: httpx2.AsyncClient) -> Model:
    from pydantic_ai.models.openai import OpenAIResponsesModel

    return OpenAIResponsesModel(
        whom.model, provider=_openai_provider(whom, http), profile=_faithful()
    )


def _chat(whom: Whom, http: httpx2.AsyncClient) -> Model:
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.profiles.openai import OpenAIModelProfile

    profile = _faithful() | OpenAIModelProfile(openai_chat_streaming_requires_finish_reason=True)
    if whom.vendor.name != OPENAI:
        profile["openai_chat_supports_max_completion_tokens"] = False
    return OpenAIChatModel(whom.model, provider=_openai_provider(whom, http), profile=profile)


def _faithful() -> OpenAIModelProfile:
    """Return a profile that sends texts as they are.

    Else words like ``<|im_end|>`` are changed on their way to open models, and what a model then
    asks to replace does not stand in the file.
    """
    from pydantic_ai.profiles.openai import OpenAIModelProfile

    return OpenAIModelProfile(may_tokenize_special_tokens_in_content=False)


def _openai_provider(whom: Whom, http: httpx2.AsyncClient) -> Provider[AsyncOpenAI]:
    from openai import AsyncOpenAI
    from pydantic_ai.providers.openai import OpenAIProvider
    from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

    client = AsyncOpenAI(
        api_key=whom.key_or_none, base_url=whom.address, max_retries=0, http_client=http
    )
    if whom.vendor.name == OPENAI:
        return OpenAIProvider(openai_client=client)
    return OpenAICompatibleProvider(name=whom.vendor.name, openai_client=client)


def _messages(whom: Whom, http: httpx2.AsyncClient) -> Model:
    from anthropic import AsyncAnthropic
    from pydantic_ai.models.anthropic import AnthropicModel
    from pydantic_ai.providers.anthropic import AnthropicProvider

    client = AsyncAnthropic(
        api_key=whom.key_or_none,
        base_url=whom.address,
        max_retries=0,
        http_client=http,
        open_telemetry=False,
    )
    return AnthropicModel(whom.model, provider=AnthropicProvider(anthropic_client=client))


def _gemini(whom: Whom, http: httpx2.AsyncClient) -> Model:
    from google.genai.client import Client
    from google.genai.types import HttpOptions, HttpRetryOptions
    from pydantic_ai.models.google import GoogleModel
    from pydantic_ai.providers.google import GoogleProvider

    client = Client(
        vertexai=False,
        api_key=whom.key_or_none,
        http_options=HttpOptions(
            base_url=whom.address,
            httpx_async_client=http,
            client_args={"verify": trust()},
            async_client_args={"verify": trust(), "ssl": trust()},
            retry_options=HttpRetryOptions(attempts=1),
        ),
    )
    return GoogleModel(whom.model, provider=GoogleProvider(client=client))
