"""The command lines of ``codex exec`` and ``codex app-server``."""

from __future__ import annotations

from pytest_harness.backends.codex.settings import (
    Situation,
    overrides,
    sandbox_of,
    settings,
    writable_dirs,
)
from pytest_harness.backends.options import AgentOptions, Sandbox


def exec_arguments(
    options: AgentOptions, situation: Situation, *, model: str | None
) -> tuple[str, ...]:
    """Return all arguments after the program's name; the prompt comes on standard input."""
    cwd = situation.cwd(options)
    given = ["exec", "--json", "--skip-git-repo-check", "--color", "never", "-C", str(cwd)]
    if options.bypass_permissions:
        given += ["--dangerously-bypass-approvals-and-sandbox"]
    else:
        given += ["-s", sandbox_of(options, situation).value]
        for directory in writable_dirs(options, situation):
            given += ["--add-dir", directory]
    if model is not None:
        given += ["-m", model]
    if options.oss:
        given += ["--oss", "--local-provider", options.local_provider.value]
    if situation.isolated and not situation.configured:
        given += ["--ignore-user-config"]
        if not options.project_settings:
            given += ["--ignore-rules"]
    if options.project_settings:
        given += ["--dangerously-bypass-hook-trust"]
    found = settings(options, situation)
    if options.bypass_permissions:
        del found["approval_policy"]
    for each in overrides(found):
        given += ["-c", each]
    return (*given, *options.extra_args, "-")


def server_settings(
    options: AgentOptions, situation: Situation, *, keyed: bool
) -> dict[str, object]:
    """Return the settings of the server; ``keyed`` says that it is handed a key."""
    found = settings(options, situation)
    # The policy is said when the thread is started: as a setting, one of them is not known.
    del found["approval_policy"]
    if options.oss:
        found["model_provider"] = options.local_provider.value
    if sandbox_of(options, situation) is Sandbox.WORKSPACE_WRITE:
        further = writable_dirs(options, situation)
        if further:
            found["sandbox_workspace_write.writable_roots"] = further
    if keyed:
        # The key is kept in memory alone, whatever home the server has.
        found["cli_auth_credentials_store"] = "ephemeral"
    return found


def server_arguments(
    options: AgentOptions, situation: Situation, *, keyed: bool
) -> tuple[str, ...]:
    """Return all arguments of the server after the program's name."""
    found = server_settings(options, situation, keyed=keyed)
    given = [word for each in overrides(found) for word in ("-c", each)]
    return ("app-server", *given, *options.extra_args)
