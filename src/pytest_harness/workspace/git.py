"""Calling git so that nothing of the user's, the system's or a workspace's settings matters."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from pytest_harness.runtime.process import ProcessResult, ProcessSpec, Runner

GIT_TIMEOUT = 300.0
"""Seconds that a single call of git may take."""

_WHEN = "2000-01-01T00:00:00+0000"
_AUTHOR = "pytest-harness"
_MAIL = "pytest-harness@localhost"


def run_git(
    runner: Runner,
    arguments: Sequence[str],
    *,
    directory: Path,
    worktree: Path,
    stdin: bytes | None = None,
) -> ProcessResult:
    """Run git on the repository ``directory`` with the files in ``worktree``.

    Returns how it went: a missing git gives `Ended.NOT_STARTED`.
    """
    env = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(directory),
        "LC_ALL": "C",
        "GIT_DIR": str(directory),
        "GIT_WORK_TREE": str(worktree),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_AUTHOR_NAME": _AUTHOR,
        "GIT_AUTHOR_EMAIL": _MAIL,
        "GIT_AUTHOR_DATE": _WHEN,
        "GIT_COMMITTER_NAME": _AUTHOR,
        "GIT_COMMITTER_EMAIL": _MAIL,
        "GIT_COMMITTER_DATE": _WHEN,
    }
    spec = ProcessSpec(
        argv=("git", *arguments), cwd=worktree, env=env, timeout=GIT_TIMEOUT, stdin=stdin
    )
    return runner.run(spec)


def bare_repository(directory: Path, config: str = "") -> None:
    """Make an empty repository whose attributes leave every byte as it is."""
    for each in ("objects", "refs/heads", "info"):
        (directory / each).mkdir(parents=True, exist_ok=True)
    (directory / "HEAD").write_text("ref: refs/heads/main\n")
    (directory / "config").write_text(config or "[core]\n\trepositoryformatversion = 0\n")
    (directory / "info" / "attributes").write_text(
        "* -text -ident -filter -working-tree-encoding\n"
    )
