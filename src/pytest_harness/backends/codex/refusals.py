"""Calls that Codex refused: it tells them on standard error alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pytest_harness.backends.events import Event, EventKind
from pytest_harness.runtime.process import ProcessResult

_ROUTER = re.compile(r"ERROR codex_core::tools::router: error=(.*)")
_REFUSED = re.compile(
    r"approval policy is|rejected by user|patch rejected|reject command|not approved", re.IGNORECASE
)
_MOST = 100


def refusals(result: ProcessResult) -> Sequence[Event]:
    """Return the calls that never became an item: refused ones, and those that make no sense."""
    return tuple(_found(result))


def _found(result: ProcessResult) -> Iterator[Event]:
    for at, match in enumerate(_ROUTER.finditer(result.stderr.text())):
        if at == _MOST:
            return
        said = match.group(1).strip()
        if _REFUSED.search(said):
            name = "edit" if "patch" in said else "shell"
            yield Event(
                kind=EventKind.PERMISSION,
                seen=result.duration,
                name=name,
                text=said,
                allowed=False,
            )
        else:
            yield Event(kind=EventKind.OTHER, seen=result.duration, name="tool error", text=said)
