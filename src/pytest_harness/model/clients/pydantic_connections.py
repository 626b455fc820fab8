"""The connections under the libraries of OpenAI, Anthropic and Google."""

from __future__ import annotations

import functools
import ssl

import httpx2

from pytest_harness.model.clients.guard import Bounded, Guard


class _Stream(Bounded, httpx2.AsyncByteStream):
    """As this library wants it."""


@functools.cache
def trust() -> ssl.SSLContext:
    """Return whom all clients trust; it is read once, because that takes a tenth of a second."""
    return httpx2.create_ssl_context()


def connections(guard: Guard) -> httpx2.AsyncClient:
    """Make the connections of one client."""
    return httpx2.AsyncClient(verify=trust(), **guard.settings(_Stream))
