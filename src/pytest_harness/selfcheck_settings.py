"""Which options contradict ``--harness-selfcheck``."""

from __future__ import annotations

from pytest_harness.errors import ConfigurationError
from pytest_harness.settings import Settings
from pytest_harness.vocabulary import Oracle

EXCLUSIVE = ("backend", "model", "format", "trials", "budget")
"""Options that mean nothing to oracles."""


def check_settings(settings: Settings) -> None:
    """Raise `ConfigurationError` for an option that says otherwise what is to be run."""
    for name in EXCLUSIVE:
        if getattr(settings.forced, name) is not None:
            raise ConfigurationError(
                f"--harness-selfcheck runs the oracles {', '.join(Oracle)} and "
                f"--harness-{name} (or HARNESS_{name.upper()}) names something else; "
                "leave one of them out"
            )
