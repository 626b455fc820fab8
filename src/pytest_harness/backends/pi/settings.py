"""The settings that Pi gets in a home of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pytest_harness.backends.adapter import Room
from pytest_harness.backends.pi import models

RETRIES = 1
"""How often it asks again where nobody says."""


def settings(room: Room) -> dict[str, Any]:
    """Return the content of ``settings.json``."""
    options = room.options
    retries = options.retries_or(RETRIES)
    return {
        "retry": {"enabled": retries > 0, "maxRetries": retries},
        "httpIdleTimeoutMs": round(1000 * room.patience),
        # What is left out of a conversation would differ from run to run.
        "compaction": {"enabled": False},
        "cacheWarming": "off",
        "enableInstallTelemetry": False,
        "enableAnalytics": False,
        "defaultProjectTrust": "always" if options.project_settings else "never",
    }


def write_home(room: Room, home: Path, *, lent: bool) -> None:
    """Write settings, models and keys into the program's directory.

    Keys are in a file because the commands that the agent runs see all variables; a ``lent`` login
    takes their place.
    """
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write(home / "settings.json", settings(room))
    own = models.models(room.setup)
    if own is not None:
        _write(home / "models.json", own)
    if not lent:
        _write(home / "auth.json", models.keys(room))


def _write(file: Path, document: dict[str, Any]) -> None:
    """Write a file that nobody else may read."""
    file.touch(mode=0o600)
    file.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
