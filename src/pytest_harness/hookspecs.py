"""What other plugins, and a ``conftest.py``, may implement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_harness.backends.registry import BackendFactory


@pytest.hookspec
def pytest_harness_backends(  # type: ignore[empty-body]
    config: pytest.Config,
) -> Mapping[str, BackendFactory]:
    """Offer further backends: a mapping from id to a function from model to backend.

    The function is called with the model that was named, or ``None``, in the process that runs a
    cell. A backend follows `pytest_harness.backends.base.Backend`. Ids must be unique.

    .. versionadded:: 0.1
    """
