"""The command line of ``codex exec``."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from pytest_harness.backends.codex_options import CodexOptions, Sandbox

_QUIET = ("plugins", "apps", "multi_agent", "goals")
"""Features that would phone somewhere, or start further agents."""


def arguments(
    options: CodexOptions,
    *,
    model: str | None,
    workspace: Path,
    isolated: bool,
    fenced: bool = False,
    configured: bool = False,
    visible: Iterable[str],
) -> tuple[str, ...]:
    """Return all arguments after the program's name; the prompt comes on standard input.

    ``isolated`` leaves the user's settings out, but not those of a home that was ``configured``.
    ``fenced`` switches Codex's own sandbox off unless one was asked for. ``visible`` names the
    variables that the agent's commands get, which are all but the credentials.
    """
    given = ["exec", "--json", "--skip-git-repo-check", "--color", "never", "-C", str(workspace)]
    sandbox = options.sandbox
    if sandbox is None:
        sandbox = Sandbox.DANGER_FULL_ACCESS if fenced else Sandbox.WORKSPACE_WRITE
    given += ["-s", sandbox.value]
    if model is not None:
        given += ["-m", model]
    if options.oss:
        given += ["--oss", "--local-provider", options.local_provider.value]
    given += _config("approval_policy", "never")
    given += _config("analytics.enabled", value=False)
    given += _config("check_for_update_on_startup", value=False)
    # A dead endpoint must end the run; without this Codex waits for the network for ever.
    given += ["--disable", "unbounded_connection_retries"]
    if isolated:
        given += ["--ephemeral"]
        if not configured:
            given += ["--ignore-user-config", "--ignore-rules"]
        given += _config("web_search", "disabled")
        given += _config("shell_environment_policy.inherit", "all")
        given += _config("shell_environment_policy.include_only", sorted(visible))
        for feature in _QUIET:
            given += ["--disable", feature]
    if sandbox is Sandbox.WORKSPACE_WRITE:
        given += _config("sandbox_workspace_write.network_access", value=options.network)
        if isolated:
            # The run's own temporary directory stays writable: tools need one.
            given += _config("sandbox_workspace_write.exclude_slash_tmp", value=True)
    if options.base_url is not None and not options.oss:
        given += _endpoint(options, options.base_url)
    return (*given, *options.extra_args, "-")


def _endpoint(options: CodexOptions, base_url: str) -> list[str]:
    """Return the arguments for an endpoint of the user's."""
    fields: dict[str, object] = {
        "name": "pytest-harness",
        "base_url": base_url,
        "wire_api": "responses",
        "request_max_retries": options.retries,
        "stream_max_retries": options.retries,
        "supports_websockets": False,
    }
    if options.env_key is not None:
        fields["env_key"] = options.env_key
    table = ", ".join(f"{key}={json.dumps(value)}" for key, value in fields.items())
    return [*_config("model_provider", "harness"), "-c", f"model_providers.harness={{{table}}}"]


def _config(key: str, value: object) -> list[str]:
    """Return the arguments that set one key; JSON's scalars and lists are TOML's as well."""
    return ["-c", f"{key}={json.dumps(value)}"]
