"""Who runs what, when, and with which settings."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pytest_harness._keys import PlannedItem
from pytest_harness.records import RunRecord
from pytest_harness.runtime import ProcessSpec, Runner
from pytest_harness.state import HarnessState
from pytest_harness.versions import describe_versions

_CI_VARIABLES = (
    "CI_JOB_URL",
    "BUILD_URL",
    "BUILDKITE_BUILD_URL",
    "CIRCLE_BUILD_URL",
    "SYSTEM_TASKDEFINITIONSURI",
)


def describe_run(state: HarnessState, items: list[tuple[pytest.Item, PlannedItem]]) -> RunRecord:
    """Describe the run that these tests make up."""
    vendors = state.catalog.config.models.vendors.known.values()
    keys = dict.fromkeys(planned.identity.key for _, planned in items)
    commit, branch, dirty = describe_commit(state.root, state.workshop.runner, os.environ)
    return RunRecord(
        name=state.run_name,
        session=state.session,
        started_at=datetime.now(UTC),
        root=str(state.root),
        command=("pytest", *map(str, state.config.invocation_params.args)),
        settings=state.settings.given(),
        defaulted=state.defaulted,
        versions=describe_versions(pytest=pytest.__version__),
        commit=commit,
        branch=branch,
        dirty=dirty,
        ci_job=_ci_job(os.environ),
        local_vendors=tuple(sorted(each.name for each in vendors if each.local)),
        cells=tuple(keys),
        tests={item.nodeid: planned.identity.key for item, planned in items},
    )


def describe_commit(
    root: Path, runner: Runner, environ: Mapping[str, str]
) -> tuple[str | None, str | None, bool | None]:
    """Return commit, branch and whether anything is uncommitted; ``None`` where git is silent."""

    def git(*arguments: str) -> str | None:
        result = runner.run(
            ProcessSpec(
                argv=("git", *arguments),
                cwd=root,
                env={
                    "PATH": environ.get("PATH", os.defpath),
                    "HOME": environ.get("HOME", "/"),
                    "GIT_OPTIONAL_LOCKS": "0",
                },
                timeout=20,
            )
        )
        return result.stdout.text().strip() if result.exit == 0 else None

    described = git("status", "--porcelain=v2", "--branch", "--untracked-files=no")
    if described is None:
        return None, None, None
    lines = described.splitlines()
    heads = dict(line[2:].split(" ", 1) for line in lines if line.startswith("# branch."))
    commit = heads.get("branch.oid")
    return (
        None if commit in {None, "(initial)"} else commit,
        heads.get("branch.head"),
        any(not line.startswith("#") for line in lines),
    )


def _ci_job(environ: Mapping[str, str]) -> str | None:
    """Find the CI job's address in the variables that CI systems set."""
    for name in _CI_VARIABLES:
        if environ.get(name):
            return environ[name]
    if environ.get("GITHUB_RUN_ID"):
        server = environ.get("GITHUB_SERVER_URL", "")
        repository = environ.get("GITHUB_REPOSITORY", "")
        return f"{server}/{repository}/actions/runs/{environ['GITHUB_RUN_ID']}"
    return None
