"""The connections under the libraries of OpenAI, Anthropic and Google."""

from __future__ import annotations

import functools
import ssl
from collections.abc import AsyncIterator
from typing import cast

import httpx2

from pytest_harness.model.clients.guard import Guard


class _Stream(httpx2.AsyncByteStream):
    """The bytes of one response, not too many."""

    def __init__(self, inner: httpx2.AsyncByteStream, guard: Guard) -> None:
        self._inner = inner
        self._guard = guard

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._guard.bounded(self._inner):
            yield piece

    async def aclose(self) -> None:
        await self._inner.aclose()


@functools.cache
def trust() -> ssl.SSLContext:
    """Return whom all clients trust; it is read once, because that takes a tenth of a second."""
    return httpx2.create_ssl_context()


def connections(guard: Guard) -> httpx2.AsyncClient:
    """Make the connections of one client; no proxy is taken from the environment."""

    async def asked(request: httpx2.Request) -> None:
        guard.asked(request)

    async def answered(response: httpx2.Response) -> None:
        guard.checked(response)
        response.stream = _Stream(cast(httpx2.AsyncByteStream, response.stream), guard)

    return httpx2.AsyncClient(
        verify=trust(),
        trust_env=False,
        follow_redirects=False,
        event_hooks={"request": [asked], "response": [answered]},
    )
