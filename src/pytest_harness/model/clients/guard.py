"""What passes between a vendor and its library: only what is needed, and no more than fits.

The two HTTP libraries that the vendors' libraries use are of one kind; each client gives the one
that is its own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, MutableMapping
from importlib.metadata import version
from typing import Any, Protocol

from pytest_harness.model.client import ModelError
from pytest_harness.model.clients import failures
from pytest_harness.model.clients.whom import Whom

MOST = 32 * 1024 * 1024
"""Bytes of one answer."""
CONNECT = 15.0
"""Seconds to get a connection; the time of an answer is limited by who waits for it."""
SENT = frozenset(
    {
        "accept",
        "anthropic-beta",
        "anthropic-version",
        "connection",
        "content-length",
        "content-type",
        "host",
        "transfer-encoding",
    }
)
"""Headers of a library that are sent; names in lower case."""


class Asking(Protocol):
    """A request of either library."""

    @property
    def headers(self) -> MutableMapping[str, str]:
        """Its headers."""
        ...

    @property
    def extensions(self) -> MutableMapping[str, Any]:
        """Its time limits among other things."""
        ...


class Answering(Protocol):
    """A response of either library."""

    @property
    def status_code(self) -> int:
        """Its status."""
        ...

    @property
    def headers(self) -> MutableMapping[str, str]:
        """Its headers."""
        ...


class Pieces(Protocol):
    """The bytes of a response of either library."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield them as they come."""
        ...

    async def aclose(self) -> None:
        """Let go of the connection."""
        ...


class Guard:
    """Looks at every request and every response of one client."""

    def __init__(self, whom: Whom) -> None:
        self._whom = whom
        self._added = {
            "accept-encoding": "identity",
            "user-agent": f"pytest-harness/{version('pytest-harness')}",
            **whom.key_header,
        }
        self.answered: Mapping[str, str] = {}
        """Headers of the last response; names in lower case."""

    def asked(self, request: Asking) -> None:
        """Take away what libraries add: telemetry, and keys out of the environment."""
        self.answered = {}
        for name in tuple(request.headers):
            if name.lower() not in SENT:
                del request.headers[name]
        request.headers.update(self._added)
        request.extensions["timeout"] = {
            "connect": CONNECT,
            "read": None,
            "write": None,
            "pool": None,
        }

    def checked(self, response: Answering) -> None:
        """Raise `ModelError` for what is no answer of a model."""
        self.answered = {name.lower(): value for name, value in response.headers.items()}
        if 300 <= response.status_code < 400:
            raise failures.led_away(self._whom)
        packed = self.answered.get("content-encoding", "identity") != "identity"
        page = self.answered.get("content-type", "").startswith("text/html")
        if packed or (page and response.status_code == 200):
            raise failures.no_answer(self._whom)

    def settings(self, stream: Callable[[Any, Guard], object]) -> dict[str, Any]:
        """Return the settings of a library's connections, which come through here.

        ``stream`` is a `Bounded` of the library's own kind. No proxy is taken from the environment.
        """

        async def asked(request: Asking) -> None:
            self.asked(request)

        async def answered(response: Any) -> None:
            self.checked(response)
            response.stream = stream(response.stream, self)

        return {
            "trust_env": False,
            "follow_redirects": False,
            "event_hooks": {"request": [asked], "response": [answered]},
        }

    async def bounded(self, pieces: Pieces) -> AsyncIterator[bytes]:
        """Yield an answer's bytes, as far as they are not too many; raises `ModelError`."""
        size = 0
        async for piece in pieces:
            size += len(piece)
            if size > MOST:
                raise failures.too_large(self._whom, MOST)
            yield piece


class Bounded:
    """The bytes of one response, not too many; to be mixed into a library's own kind of stream."""

    def __init__(self, inner: Pieces, guard: Guard) -> None:
        self._inner = inner
        self._guard = guard

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._guard.bounded(self._inner):
            yield piece

    async def aclose(self) -> None:
        """Let go of the connection."""
        await self._inner.aclose()


def found(error: BaseException) -> ModelError | None:
    """Return the error of ours that a library packed into its own."""
    at: BaseException | None = error
    while at is not None:
        if isinstance(at, ModelError):
            return at
        at = at.__cause__ or at.__context__
    return None
