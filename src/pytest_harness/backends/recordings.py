"""Which recordings are made and taken, and from where. Imports next to nothing by itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pytest_harness.errors import ConfigurationError

if TYPE_CHECKING:
    from pytest_harness.backends.base import Backend
    from pytest_harness.backends.cassette import Library


def check_directories(
    root: Path,
    record: str | Path | None,
    replay: str | Path | None,
    traffic: str | Path | None = None,
) -> None:
    """Raise `ConfigurationError` if it cannot be recorded and played back as it is asked.

    Relative directories are relative to ``root``.
    """
    given = {"--harness-record": record, "--harness-record-traffic": traffic}
    for option, directory in given.items():
        if directory is None:
            continue
        if replay is not None:
            raise ConfigurationError(
                f"{option} and --harness-replay exclude each other; leave one of them out"
            )
        if (root / directory).exists() and not (root / directory).is_dir():
            raise ConfigurationError(f"{option}: {root / directory} is no directory; name another")
    if replay is not None and not (root / replay).is_dir():
        raise ConfigurationError(
            f"--harness-replay: {root / replay} is no directory; "
            f"record proposals there first with --harness-record={replay}"
        )


def around(
    backend: Backend, record: Library | None, replay: Library | None, traffic: Path | None
) -> Backend:
    """Return the backend as it is recorded, or played back, if it is.

    Raises `ConfigurationError` for one whose traffic cannot be recorded.
    """
    if traffic is not None:
        from pytest_harness.backends.traffic.capturing import capturing

        backend = capturing(backend, traffic)
    if replay is not None:
        from pytest_harness.backends.replaying import ReplayBackend

        return ReplayBackend(inner=backend, library=replay)
    if record is not None:
        from pytest_harness.backends.recording import RecordingBackend

        return RecordingBackend(inner=backend, library=record)
    return backend
