"""Making the backend `model` from what is configured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_harness.backends.base import Backend
from pytest_harness.errors import ConfigurationError

if TYPE_CHECKING:
    from pytest_harness.backends.registry import Overrides
    from pytest_harness.config import BackendConfig


def make_model(config: BackendConfig, overrides: Overrides) -> Backend:
    """Make the backend; raises `ConfigurationError` for a wrong selector or option."""
    raise ConfigurationError(f"backend {config.id!r} cannot be made of {overrides.format}")
