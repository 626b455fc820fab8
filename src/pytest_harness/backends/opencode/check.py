"""What OpenCode can be told, checked before it is started."""

from __future__ import annotations

from pytest_harness.backends.adapter import Setup
from pytest_harness.backends.opencode import models
from pytest_harness.backends.options import choice, choices, refuse_ours

AGENTS = ("build", "plan")
"""Agents that come with the program and work by themselves."""
PERMISSIONS = (
    "bash",
    "edit",
    "external_directory",
    "glob",
    "grep",
    "lsp",
    "question",
    "read",
    "skill",
    "task",
    "todowrite",
    "webfetch",
    "websearch",
)
"""What is allowed or denied; ``edit`` stands for all tools that change files."""
OURS = {
    "-m": "model",
    "--model": "model",
    "--agent": "agent",
    "--variant": "variant",
    "--format": "",
    "--title": "",
    "--dir": "cwd",
    "--print-logs": "stream_log",
    "--log-level": "stream_log",
    "--auto": "",
    "--attach": "",
    "--share": "",
    "-i": "",
    "--interactive": "",
    "-c": "",
    "--continue": "",
    "-s": "",
    "--session": "",
}
"""Arguments that cannot be given beside ours, and the option that takes their place, if any."""


def check(setup: Setup) -> None:
    """Raise `ConfigurationError` for what the program does not know."""
    options = setup.options
    models.check(setup)
    if not options.project_settings:
        choice("agent", options.agent, AGENTS)
        choices("allowed_tools", options.allowed_tools, PERMISSIONS)
        choices("denied_tools", options.denied_tools, PERMISSIONS)
    refuse_ours(options.extra_args, OURS)
