"""What Claude Code knows of values, and which of them go together."""

from __future__ import annotations

from pytest_harness.backends.adapter import Setup
from pytest_harness.backends.options import choice, refuse_ours
from pytest_harness.errors import ConfigurationError

EFFORTS = ("low", "medium", "high", "xhigh", "max")
"""How hard its models think."""
MODES = ("acceptEdits", "auto", "default", "dontAsk", "plan")
"""Its permission modes beside the one without any."""
BYPASS = "bypassPermissions"
"""Its permission mode without any."""
DEFAULT_MODE = "acceptEdits"
"""The mode unless another is chosen: files of the workspace may be changed."""
DEFAULT_TOOLS = ("Bash",)
"""Further tools that need no leave unless others are named."""
OURS = dict.fromkeys(("--output-format", "--input-format", "--print", "-p"), "")
"""Arguments without which nothing it prints could be read."""


def check(setup: Setup) -> None:
    """Raise `ConfigurationError` for values that Claude Code does not know.

    It ignores an effort that it does not know, so that a typing error would stay unnoticed.
    """
    options = setup.options
    choice("effort", options.effort, EFFORTS)
    choice("approval_policy", options.approval_policy, MODES)
    if options.bypass_permissions and options.approval_policy is not None:
        raise ConfigurationError(
            "bypass_permissions and approval_policy exclude each other; give one of them"
        )
    refuse_ours(options.extra_args, OURS)


def mode(setup: Setup) -> str:
    """Return the permission mode."""
    if setup.options.bypass_permissions:
        return BYPASS
    return setup.options.approval_policy or DEFAULT_MODE


def allowed(setup: Setup) -> tuple[str, ...]:
    """Return the tools that need no leave beside those of the mode."""
    options = setup.options
    if options.allowed_tools:
        return options.allowed_tools
    chosen = options.bypass_permissions or options.approval_policy is not None
    return () if chosen else DEFAULT_TOOLS
