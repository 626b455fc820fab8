"""How Codex is answered when it asks for leave: nobody is there, so the options say it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from pytest_harness.backends.json_lines import Json, table, text_of

POLICIES = ("never", "on-request", "untrusted")
"""When Codex asks: never, when its model wants more than the sandbox allows, or before every
command that is not known to be harmless."""
TOOLS = ("shell", "edit")
"""The tools for which it asks."""

_NEWER = {
    "item/commandExecution/requestApproval": "shell",
    "item/fileChange/requestApproval": "edit",
}
_OLDER = {"execCommandApproval": "shell", "applyPatchApproval": "edit"}


@dataclass(frozen=True, slots=True)
class Asked:
    """Leave that was asked for, and the answer."""

    tool: str
    """For which tool."""
    text: str
    """For what, as far as the program says."""
    allowed: bool
    """Whether it is granted."""
    answer: Json
    """The answer, as the program wants it."""


def answer(method: str, params: Json, allowed: Collection[str]) -> Asked | None:
    """Answer a request of the program; ``None`` if it does not ask for leave.

    What is not in ``allowed`` is declined, and the model goes on without.
    """
    text = text_of(params.get("command") or params.get("reason"))
    if tool := _NEWER.get(method):
        granted = tool in allowed
        decision = "accept" if granted else "decline"
        return Asked(tool, text, granted, {"decision": decision})
    if tool := _OLDER.get(method):
        granted = tool in allowed
        decision = "approved" if granted else "denied"
        return Asked(tool, text, granted, {"decision": decision})
    if method == "item/permissions/requestApproval":
        return Asked("permissions", text, False, {"permissions": {}})  # noqa: FBT003 - positional
    if method == "item/tool/requestUserInput":
        return Asked("request_user_input", "", False, {"answers": {}})  # noqa: FBT003
    if method == "mcpServer/elicitation/request":
        message = text_of(table(params).get("message"))
        return Asked("elicitation", message, False, {"action": "decline"})  # noqa: FBT003
    return None
