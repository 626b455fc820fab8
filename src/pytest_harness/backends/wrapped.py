"""A backend around another one: it is taken for that one everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pytest_harness.backends.base import Backend, slot_name


@dataclass(frozen=True, slots=True, kw_only=True)
class WrappedBackend:
    """What a backend says of itself, said by one that stands in its place."""

    inner: Backend
    """The backend itself."""

    @property
    def id(self) -> str:
        """Its id."""
        return self.inner.id

    @property
    def provider(self) -> str:
        """Its adapter's name."""
        return self.inner.provider

    @property
    def model(self) -> str | None:
        """Its model."""
        return self.inner.model

    @property
    def runtime(self) -> str:
        """Name of the runtime that it is meant for."""
        return self.inner.runtime

    @property
    def timeout(self) -> float:
        """Seconds for one proposal."""
        return self.inner.timeout

    @property
    def max_concurrency(self) -> int | None:
        """How many proposals may run at once on this machine."""
        return self.inner.max_concurrency

    @property
    def slot(self) -> str:
        """Name of what that counts the proposals of."""
        return slot_name(self.inner)

    def settings(self) -> Mapping[str, str]:
        """All its settings that a result depends on."""
        return self.inner.settings()
