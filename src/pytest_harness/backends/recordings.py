"""Which recordings are made and taken, and from where. Imports next to nothing by itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pytest_harness.errors import ConfigurationError

if TYPE_CHECKING:
    from pytest_harness.backends.base import Backend
    from pytest_harness.backends.cassette import Library


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


def around(backend: Backend, record: Library | None, replay: Library | None) -> Backend:
    """Return the backend as it is recorded, or played back, if it is."""
    if replay is not None:
        from pytest_harness.backends.replaying import ReplayBackend

        return ReplayBackend(inner=backend, library=replay)
    if record is not None:
        from pytest_harness.backends.recording import RecordingBackend

        return RecordingBackend(inner=backend, library=record)
    return backend
