"""Files of a workspace by which agents are steered, or taken over, without a word of the prompt."""

from __future__ import annotations

from collections.abc import Iterable

from pytest_harness.records import FileChange

_DIRECTORIES = (
    ".claude",
    ".codex",
    ".copilot",
    ".cursor",
    ".gemini",
    ".opencode",
    ".pi",
    ".vscode",
)
_FILES = (".env", ".envrc", ".mcp.json", "opencode.json", "opencode.jsonc")


def steering(changes: Iterable[FileChange]) -> tuple[str, ...]:
    """Return the changed paths that are settings, hooks or plug-ins of an agent."""
    found = {path for change in changes for path in (change.path, change.old_path) if path}
    return tuple(sorted(path for path in found if _steers(path)))


def _steers(path: str) -> bool:
    parts = path.split("/")
    return parts[-1] in _FILES or any(part in _DIRECTORIES for part in parts)
