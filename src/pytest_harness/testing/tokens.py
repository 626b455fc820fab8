"""The usage that a scripted model reports."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_harness.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Tokens:
    """The usage that every answer reports; each protocol splits it in its own way.

    Raises `ConfigurationError` if the parts are more than their whole.
    """

    input: int = 100
    """All input tokens."""
    cached: int = 10
    """Those of them that came from a cache."""
    output: int = 20
    """All output tokens."""
    reasoning: int = 5
    """Those of them that were reasoning."""
    cache_write: int = 0
    """Those of the input tokens that were written to a cache."""

    def __post_init__(self) -> None:
        if min(self.input, self.cached, self.output, self.reasoning, self.cache_write) < 0:
            raise ConfigurationError(f"{self} has a negative number; count tokens from 0")
        if self.cached + self.cache_write > self.input or self.reasoning > self.output:
            raise ConfigurationError(
                f"{self} has parts above their whole; input counts cached and cache_write as well,"
                " output counts reasoning"
            )

    @property
    def uncached(self) -> int:
        """Input tokens that were neither read from a cache nor written to one."""
        return self.input - self.cached - self.cache_write
