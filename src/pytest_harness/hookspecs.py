"""What other plugins, and a ``conftest.py``, may implement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_harness.backends.registry import BackendFactory
    from pytest_harness.runtime.base import RuntimeFactory


@pytest.hookspec
def pytest_harness_backends(  # type: ignore[empty-body]
    config: pytest.Config,
) -> Mapping[str, BackendFactory]:
    """Offer further backends: a mapping from id to a function from model to backend.

    The function is called with the model that was named, or ``None``, in the process that runs a
    cell. A backend follows `pytest_harness.backends.base.Backend`. Ids must be unique.

    .. versionadded:: 0.1
    """


@pytest.hookspec
def pytest_harness_runtimes(  # type: ignore[empty-body]
    config: pytest.Config,
) -> Mapping[str, RuntimeFactory]:
    """Offer further runtimes: a mapping from name to a function from settings to runtime.

    The function is given the runtime's table of ``harness.toml`` as `RuntimeSettings`, and raises
    `ConfigurationError` for what it cannot honour. A runtime follows
    `pytest_harness.runtime.base.Runtime`. Names must be unique.

    .. versionadded:: 0.1
    """
