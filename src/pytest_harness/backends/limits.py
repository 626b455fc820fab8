"""What is said of an agent that met a limit of its runtime."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_harness.runtime.process import ProcessResult
from pytest_harness.vocabulary import Ended, Limit

_TITLES = {
    Limit.MEMORY: "memory",
    Limit.PROCESSES: "processes",
    Limit.FILE_SIZE: "the size of files",
}
_KEYS = {Limit.MEMORY: "memory", Limit.PROCESSES: "processes", Limit.FILE_SIZE: "file_size"}
_UNITS = ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))


def killed(title: str, result: ProcessResult, settings: Mapping[str, str]) -> str:
    """Say that ``title`` was killed by a limit that its runtime's ``settings`` name."""
    which = "a limit" if result.limit is None else f"the limit on {_named(result.limit, settings)}"
    return f"{title} was killed by {which}"


def met(result: ProcessResult, settings: Mapping[str, str]) -> tuple[str, ...]:
    """Return a note where a limit was met and survived."""
    if result.limit is None or result.ended is Ended.LIMIT:
        return ()
    return (f"met the limit on {_named(result.limit, settings)} and went on",)


def _named(limit: Limit, settings: Mapping[str, str]) -> str:
    value = settings.get(_KEYS[limit], "")
    if not value.isdecimal():
        return _TITLES[limit]
    amount = value if limit is Limit.PROCESSES else _size(int(value))
    return f"{_TITLES[limit]} ({amount})"


def _size(count: int) -> str:
    """Return a number of bytes as people write it."""
    for unit, name in _UNITS:
        if count >= unit:
            return f"{count / unit:.4g} {name}"
    return f"{count} bytes"
