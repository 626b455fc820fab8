"""What runs, and their processes, are called. Light to import: every session names its run."""

from __future__ import annotations

import re
import secrets
from datetime import datetime

from pytest_harness.errors import LedgerError

LATEST = "latest"
"""The word that stands for the newest run."""

MAIN = "main"
"""The process that is no worker of xdist; workers go by the names that xdist gives them."""

_RUN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,79}")


def new_run_name(now: datetime) -> str:
    """Return a name for a run that begins at ``now``; such names sort by time."""
    return f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def check_run_name(name: str) -> None:
    """Raise `LedgerError` unless ``name`` can be the name of a run."""
    if name == LATEST or not _RUN_NAME.fullmatch(name):
        raise LedgerError(
            f"{name!r} cannot be the name of a run; use at most 80 ASCII letters, digits, "
            f"'.', '_' and '-', no leading dot or hyphen, and not {LATEST!r}"
        )
