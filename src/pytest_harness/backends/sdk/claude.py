"""Around ``claude-agent-sdk``: prints its messages as Claude Code prints its events.

Runs in the SDK's own environment and imports nothing of ours.
"""

from __future__ import annotations

import dataclasses
import importlib
import sys
from collections.abc import Callable
from typing import Any

PACKAGE = "claude-agent-sdk"
"""The name of the SDK on PyPI."""

_BLOCKS = {
    "TextBlock": "text",
    "ThinkingBlock": "thinking",
    "ToolUseBlock": "tool_use",
    "ToolResultBlock": "tool_result",
    "ServerToolUseBlock": "server_tool_use",
    "ServerToolResultBlock": "server_tool_result",
}


async def run(job: dict[str, Any], emit: Callable[[dict[str, Any]], None]) -> None:
    """Ask once and print every message.

    The SDK tells of a failed turn, and then raises the same: that is printed once.
    """
    sdk = importlib.import_module("claude_agent_sdk")
    options = sdk.ClaudeAgentOptions(**job["options"], stderr=_complain)
    failed = False
    try:
        async for message in sdk.query(prompt=job["prompt"], options=options):
            event = translate(message)
            failed = event.get("type") == "result" and bool(event.get("is_error"))
            emit(event)
    except sdk.ProcessError:
        if not failed:
            raise


def translate(message: object) -> dict[str, Any]:
    """Return a message of the SDK as Claude Code prints it; unknown ones under their own name."""
    name = type(message).__name__
    if name == "AssistantMessage":
        return _assistant(message)
    if name == "UserMessage":
        return _user(message)
    if name == "ResultMessage":
        fields = _fields(message)
        return {"type": "result", **fields, "modelUsage": fields.get("model_usage")}
    data = getattr(message, "data", None)
    if isinstance(data, dict) and data.get("type") == "system":
        return data
    return {"type": name, **_fields(message)}


def _assistant(message: Any) -> dict[str, Any]:
    """Return a message of the model."""
    return {
        "type": "assistant",
        "message": {
            "id": message.message_id,
            "model": message.model,
            "content": _blocks(message.content),
            "usage": message.usage,
        },
        "parent_tool_use_id": message.parent_tool_use_id,
        "error": message.error,
    }


def _user(message: Any) -> dict[str, Any]:
    """Return results of tools."""
    return {
        "type": "user",
        "message": {"role": "user", "content": _blocks(message.content)},
        "parent_tool_use_id": message.parent_tool_use_id,
        "tool_use_result": message.tool_use_result,
    }


def _blocks(content: Any) -> Any:
    """Return blocks with their types, which the SDK's classes do not hold as values."""
    if not isinstance(content, list):
        return content
    found = []
    for block in content:
        name = type(block).__name__
        found.append({"type": _BLOCKS.get(name, name), **_fields(block)})
    return found


def _fields(value: Any) -> dict[str, Any]:
    """Return the fields of a dataclass."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    return {"text": repr(value)}


def _complain(line: str) -> None:
    """Pass on what Claude Code printed on standard error."""
    print(line, file=sys.stderr)  # noqa: T201
