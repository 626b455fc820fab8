"""Around ``openai-codex``: prints what the server of Codex told the SDK, as the server printed it.

Runs in the SDK's own environment and imports nothing of ours.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

PACKAGE = "openai-codex"
"""The name of the SDK on PyPI."""


async def run(job: dict[str, Any], emit: Callable[[dict[str, Any]], None]) -> None:
    """Give one thread one turn and print every notification."""
    sdk = importlib.import_module("openai_codex")
    config = sdk.CodexConfig(
        codex_bin=job["codex_bin"],
        config_overrides=tuple(job["config"]),
        client_name="pytest_harness",
        client_title="pytest-harness",
    )
    async with sdk.AsyncCodex(config) as codex:
        if job["key"] is not None:
            await codex.login_api_key(job["key"])
        thread = await codex.thread_start(
            approval_mode=sdk.ApprovalMode.deny_all,
            model=job["model"],
            sandbox=sdk.Sandbox(job["sandbox"]),
        )
        emit({"id": "thread", "result": {"thread": {"id": thread.id}}})
        turn = await thread.turn(sdk.TextInput(job["prompt"]))
        async for event in turn.stream():
            # Pieces of what comes whole later say nothing new.
            if not event.method.lower().endswith("delta"):
                emit({"method": event.method, "params": plain(event.payload)})


def plain(payload: Any) -> Any:
    """Return what a notification tells as the server wrote it."""
    if hasattr(payload, "model_dump"):
        return payload.model_dump(mode="json", by_alias=True)
    return getattr(payload, "params", payload)
