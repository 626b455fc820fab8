"""Telling what was managed: one JSON object per line, each with ``did``."""

from __future__ import annotations

import json
import sys


def tell(did: str, **facts: object) -> None:
    """Print one finding at once, so that a killed program has told all it did."""
    sys.stdout.write(json.dumps({"cheat": 1, "did": did, **facts}) + "\n")
    sys.stdout.flush()


def read(what: str) -> None:
    """Say that something out of bounds could be read."""
    tell("read", what=what)


def wrote(what: str) -> None:
    """Say that something out of bounds was written, or could have been."""
    tell("wrote", what=what)


def blocked(what: str, error: OSError) -> None:
    """Say that the system stood in the way."""
    tell("blocked", what=what, why=error.strerror or str(error))
