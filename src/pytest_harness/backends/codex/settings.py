"""What Codex is configured with for one proposal, whichever way it is started."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_harness.backends.options import AgentOptions, Sandbox

QUIET = ("plugins", "apps", "multi_agent", "goals")
"""Features that would phone somewhere, or start further agents."""
PROVIDER = "harness"
"""What the provider of a ``base_url`` is called in Codex."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Where Codex works."""

    workspace: Path
    """The directory to change."""
    isolated: bool = True
    """Whether the user's settings are left out."""
    fenced: bool = False
    """Whether a runtime fences it in: its own sandbox does not work inside another."""
    configured: bool = False
    """Whether the home brings settings that count."""
    visible: Sequence[str] = ()
    """Variables that the agent's commands get, which are all but the credentials."""
    instructions: Path | None = None
    """File with what stands in place of Codex's own instructions."""

    def cwd(self, options: AgentOptions) -> Path:
        """Return the working directory."""
        return self.workspace / options.cwd if options.cwd else self.workspace


def sandbox_of(options: AgentOptions, situation: Situation) -> Sandbox:
    """Return which sandbox Codex uses for its tools."""
    if options.bypass_permissions:
        return Sandbox.DANGER_FULL_ACCESS
    if options.sandbox is not None:
        return options.sandbox
    return Sandbox.DANGER_FULL_ACCESS if situation.fenced else Sandbox.WORKSPACE_WRITE


def writable_dirs(options: AgentOptions, situation: Situation) -> tuple[str, ...]:
    """Return the directories beside the working directory that its tools may write to."""
    above = (str(situation.workspace),) if options.cwd else ()
    return (*above, *options.extra_dirs)


def settings(options: AgentOptions, situation: Situation) -> dict[str, object]:
    """Return the keys of ``config.toml`` that are set, with dots, and their values."""
    found: dict[str, object] = {
        "approval_policy": options.approval_policy or "never",
        "analytics.enabled": False,
        "check_for_update_on_startup": False,
        # A dead endpoint must end the run; without this Codex waits for the network for ever.
        "features.unbounded_connection_retries": False,
        "project_root_markers": _root_markers(options, situation),
    }
    if options.project_settings:
        # No more is said where they are not wanted: of an "untrusted" project not even AGENTS.md
        # is read.
        paths = sorted({situation.workspace, situation.cwd(options)})
        found["projects"] = {os.fspath(path): {"trust_level": "trusted"} for path in paths}
    if situation.isolated:
        found["web_search"] = "disabled"
        found["shell_environment_policy.inherit"] = "all"
        found["shell_environment_policy.include_only"] = sorted(situation.visible)
        found.update({f"features.{feature}": False for feature in QUIET})
    if sandbox_of(options, situation) is Sandbox.WORKSPACE_WRITE:
        found["sandbox_workspace_write.network_access"] = options.network
        if situation.isolated:
            # The run's own temporary directory stays writable: tools need one.
            found["sandbox_workspace_write.exclude_slash_tmp"] = True
    if options.base_url is not None and not options.oss:
        found["model_provider"] = PROVIDER
        found[f"model_providers.{PROVIDER}"] = _endpoint(options, options.base_url)
    given = {
        "model_reasoning_effort": options.effort,
        "model_verbosity": options.verbosity,
        "developer_instructions": options.append_system_prompt,
        "model_instructions_file": situation.instructions and str(situation.instructions),
        "log_dir": options.log_dir,
    }
    return {**found, **{key: value for key, value in given.items() if value is not None}}


def overrides(found: Mapping[str, object]) -> tuple[str, ...]:
    """Return settings as ``key=value``, each value as TOML."""
    return tuple(f"{key}={toml(value)}" for key, value in found.items())


def toml(value: object) -> str:
    """Write a text, a number, a flag, a list or a table as TOML, on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{toml(key)}={toml(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml, value)) + "]"
    # What JSON escapes, TOML escapes as well, but for this one character.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _root_markers(options: AgentOptions, situation: Situation) -> list[str]:
    """Return by what Codex knows the root of a project, so that it reads nothing above it.

    Without markers the root is the working directory; from one below the workspace, the workspace
    is the directory that stands in its parent by its name.
    """
    return [f"../{situation.workspace.name}"] if options.cwd else []


def _endpoint(options: AgentOptions, base_url: str) -> dict[str, object]:
    """Return the provider for an endpoint of the user's."""
    fields: dict[str, object] = {
        "name": "pytest-harness",
        "base_url": base_url,
        "wire_api": "responses",
        "request_max_retries": options.retries_or(1),
        "stream_max_retries": options.retries_or(1),
        "supports_websockets": False,
    }
    key = options.env_key or options.env_token
    return fields if key is None else {**fields, "env_key": key}
