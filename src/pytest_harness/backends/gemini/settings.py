"""The settings that Gemini CLI gets in a home of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pytest_harness.backends.adapter import Setup
from pytest_harness.backends.gemini.access import KEY, VERTEX_KEY, AuthType

INSTRUCTIONS = ("AGENTS.md", "GEMINI.md")
"""Files of the workspace that are told to the model."""


def settings(setup: Setup, auth: AuthType, *, own_variables: bool) -> dict[str, Any]:
    """Return the content of ``settings.json``.

    ``own_variables`` lets the workspace's ``.env`` set variables of the program.
    """
    options = setup.options
    tools: dict[str, Any] = {}
    if options.allowed_tools:
        tools["allowed"] = list(options.allowed_tools)
    if options.denied_tools:
        tools["exclude"] = list(options.denied_tools)
    return {
        "security": {
            "auth": {"selectedType": auth.value},
            # The commands of an agent have no use for the key of its model.
            "environmentVariableRedaction": {
                "enabled": True,
                "blocked": [KEY, VERTEX_KEY],
                "allowed": list(setup.env),
            },
        },
        "privacy": {"usageStatisticsEnabled": False},
        "telemetry": {"enabled": False},
        "general": {
            "enableAutoUpdate": False,
            "enableAutoUpdateNotification": False,
            "maxAttempts": options.retries_or(0) + 1,
            "retryFetchErrors": options.retries_or(0) > 0,
            # One model is measured, not two.
            "plan": {"modelRouting": False},
        },
        "context": {
            "fileName": list(INSTRUCTIONS),
            # An empty list keeps it from looking into the directories above.
            "memoryBoundaryMarkers": [],
        },
        "advanced": {"ignoreLocalEnv": not own_variables},
        "ide": {"enabled": False},
        "tools": tools,
        "model": {"maxSessionTurns": options.turns or -1},
    }


def write_home(home: Path, document: dict[str, Any], memory: str | None) -> None:
    """Write the settings, and what is appended to the system prompt, into the program's home."""
    directory = home / ".gemini"
    directory.mkdir(mode=0o700, parents=True)
    text = json.dumps(document, ensure_ascii=False)
    (directory / "settings.json").write_text(text, encoding="utf-8")
    if memory is not None:
        (directory / INSTRUCTIONS[-1]).write_text(memory, encoding="utf-8")
