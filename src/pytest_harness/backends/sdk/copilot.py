"""Around ``github-copilot-sdk``: prints its events as Copilot CLI prints them.

Runs in the SDK's own environment and imports nothing of ours.
"""

from __future__ import annotations

import importlib
import logging
import os
from collections.abc import Callable, Mapping
from typing import Any

PACKAGE = "github-copilot-sdk"
"""The name of the SDK on PyPI."""


async def run(job: dict[str, Any], emit: Callable[[dict[str, Any]], None]) -> None:
    """Ask once and print every event, and at the end a line that says so.

    The SDK tells of a failed turn, and then raises the same: that is printed once.
    """
    copilot = importlib.import_module("copilot")
    # Its complaints about messages that it does not know are no news.
    logging.getLogger("copilot").setLevel(logging.CRITICAL)
    failed = False

    def seen(event: Any) -> None:
        nonlocal failed
        found = event.to_dict()
        kind = found.pop("type", "?")
        if kind.startswith("model.") and not kind.startswith("model.call_"):
            # The whole conversation, again with each request.
            return
        failed = failed or (kind == "session.error" and not found.get("agentId"))
        emit({"type": kind, **found})

    client = copilot.CopilotClient(
        connection=copilot.RuntimeConnection.for_stdio(path=job["cli"], args=job["arguments"]),
        working_directory=job["directory"],
        env=dict(os.environ),
        base_directory=os.environ.get("COPILOT_HOME"),
    )
    await client.start()
    try:
        session = await client.create_session(
            **job["session"],
            **provider(job.get("provider"), os.environ),
            working_directory=job["directory"],
            streaming=True,
            on_permission_request=_judge(job["permissions"]),
            on_event=seen,
        )
        try:
            await session.send_and_wait(job["prompt"], timeout=job["timeout"])
        except Exception:
            if not failed:
                raise
        emit({"type": "result", "exitCode": 1 if failed else 0})
    finally:
        await client.stop()


def provider(named: dict[str, Any] | None, environment: Mapping[str, str]) -> dict[str, Any]:
    """Return the endpoint as the SDK wants it; keys are in the ``environment`` alone."""
    if named is None:
        return {}
    keys = {
        "api_key": "COPILOT_PROVIDER_API_KEY",
        "bearer_token": "COPILOT_PROVIDER_BEARER_TOKEN",
    }
    given = {name: environment[key] for name, key in keys.items() if environment.get(key)}
    return {"provider": {**named, **given}}


def allows(permissions: Mapping[str, Any], kind: str) -> bool:
    """Tell whether a kind of permission is granted; without a list every kind is."""
    allowed = permissions["allowed"]
    return kind not in permissions["denied"] and (not allowed or kind in allowed)


def _judge(permissions: Mapping[str, Any]) -> Callable[[Any, Any], Any]:
    """Return who grants permissions."""
    rpc = importlib.import_module("copilot.rpc")

    def judge(request: Any, _invocation: Any) -> Any:
        kind = request.kind
        if allows(permissions, str(getattr(kind, "value", kind))):
            return rpc.PermissionDecisionApproveOnce()
        return rpc.PermissionDecisionUserNotAvailable()

    return judge
