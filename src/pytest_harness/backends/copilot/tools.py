"""The two vocabularies of Copilot CLI: tools, and permissions for what tools do."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_harness.backends.events import Work
from pytest_harness.errors import ConfigurationError

WORK = {
    "bash": Work.COMMAND,
    "local_shell": Work.COMMAND,
    "view": Work.READ,
    "create": Work.EDIT,
    "edit": Work.EDIT,
    "str_replace": Work.EDIT,
    "apply_patch": Work.EDIT,
}
"""What its tools do."""
TOOLS = frozenset(
    {
        *WORK,
        "read_bash",
        "write_bash",
        "stop_bash",
        "list_bash",
        "grep",
        "rg",
        "glob",
        "task",
        "read_agent",
        "write_agent",
        "list_agents",
        "skill",
        "sql",
        "session_store_sql",
        "web_fetch",
        "web_search",
        "report_intent",
        "update_todo",
        "fetch_copilot_cli_documentation",
    }
)
"""Names of its tools: they can be taken from the model, and no permission is called so."""
_PERMISSIONS = "shell, shell(git:*), write, write(path), url(domain), server(tool)"


def check_allowed(given: Sequence[str]) -> None:
    """Raise `ConfigurationError` for a tool where a permission is wanted.

    The program would take its name for that of an MCP server, and allow nothing.
    """
    for each in given:
        if each in TOOLS:
            raise ConfigurationError(
                f"allowed_tools has {each!r}, which is a tool of Copilot CLI and no permission; "
                f"give permissions, such as {_PERMISSIONS}"
            )
        _check(each, "allowed_tools")


def check_denied(given: Sequence[str]) -> None:
    """Raise `ConfigurationError` for what is no permission and no tool."""
    for each in given:
        _check(each, "denied_tools")


def _check(each: str, name: str) -> None:
    if not each or each.count("(") != each.count(")") or each.startswith(("(", "-")):
        raise ConfigurationError(f"{name} has {each!r}; give permissions, such as {_PERMISSIONS}")
