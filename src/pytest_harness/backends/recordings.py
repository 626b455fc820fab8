"""Which directories recordings may be written to and taken from. Imports next to nothing."""

from __future__ import annotations

from pathlib import Path

from pytest_harness.errors import ConfigurationError


def check_directories(root: Path, record: str | Path | None, replay: str | Path | None) -> None:
    """Raise `ConfigurationError` if proposals cannot be recorded and played back as it is asked.

    Relative directories are relative to ``root``.
    """
    if record is not None and replay is not None:
        raise ConfigurationError(
            "--harness-record and --harness-replay exclude each other; leave one of them out"
        )
    if replay is not None and not (root / replay).is_dir():
        raise ConfigurationError(
            f"--harness-replay: {root / replay} is no directory; "
            f"record proposals there first with --harness-record={replay}"
        )
    if record is not None and (root / record).exists() and not (root / record).is_dir():
        raise ConfigurationError(f"--harness-record: {root / record} is no directory; name another")
