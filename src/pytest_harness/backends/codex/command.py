"""The command lines of ``codex exec`` and ``codex app-server``."""

from __future__ import annotations

from pytest_harness.backends.codex.settings import (
    Situation,
    overrides,
    sandbox_of,
    settings,
    writable_dirs,
)
from pytest_harness.backends.options import AgentOptions


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
