from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from pytest_harness.errors import WorkspaceError
from pytest_harness.runtime.process import ProcessSpec
from pytest_harness.workspace import Repositories, copy_tree, scan

from .conftest import NothingInstalled, PlainRunner
from .trees import File, Link, Tree, read, write


def _git(workspace: Path, *arguments: str) -> str:
    env = {"PATH": os.environ["PATH"], "HOME": str(workspace), "GIT_CONFIG_NOSYSTEM": "1"}
    return subprocess.run(
        ["git", *arguments], cwd=workspace, env=env, check=True, capture_output=True
    ).stdout.decode("utf-8", "surrogateescape")


_TREE: Tree = {
    b"a.txt": File(b"one\r\n"),
    b"run.sh": File(b"#!/bin/sh\n", 0o755),
    b"odd \xff\n name": File(b"x"),
    b"link": Link(b"a.txt"),
    b".gitignore": File(b"ignored\n"),
    b".gitattributes": File(b"* text=auto\n"),
    b"ignored": File(b"still content"),
    b"__pycache__/a.pyc": File(b"made"),
    b"vendor/.git/HEAD": File(b"not ours"),
}


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return write(tmp_path / "w", _TREE)


@pytest.mark.needs_git
def test_a_workspace_gets_one_clean_commit(
    tmp_path: Path, workspace: Path, runner: PlainRunner
) -> None:
    repositories = Repositories(tmp_path / "cache", runner)
    assert repositories.install(workspace, "d1", ["__pycache__/"])
    assert _git(workspace, "rev-list", "--count", "HEAD") == "1\n"
    assert _git(workspace, "remote") == ""
    files = _git(workspace, "ls-files", "-z").split("\0")[:-1]
    assert len(files) == 7
    assert "__pycache__/a.pyc" not in files
    (workspace / ".pytest-harness").mkdir()
    (workspace / ".pytest-harness" / "objective.md").touch()
    status = _git(workspace, "status", "--porcelain", "--", ".", ":!vendor")
    assert status == ""
    (workspace / "sub" / "__pycache__").mkdir(parents=True)
    (workspace / "sub" / "__pycache__" / "b.pyc").touch()
    assert _git(workspace, "status", "--porcelain", "--", "sub") == ""
    _git(workspace, "add", "-A")
    _git(workspace, "commit", "--allow-empty", "-m", "the agent may commit")


@pytest.mark.needs_git
def test_copies_share_one_template_and_one_commit(
    tmp_path: Path, workspace: Path, runner: PlainRunner
) -> None:
    heads = set()
    for number in range(3):
        copy = tmp_path / f"copy{number}"
        copy_tree(workspace, copy)
        # A new object stands for another process that shares the cache.
        assert Repositories(tmp_path / "cache", runner).install(copy, scan(copy).digest)
        heads.add(_git(copy, "rev-parse", "HEAD"))
        assert _git(copy, "status", "--porcelain", "--untracked-files=no") == ""
    assert len(heads) == 1
    assert len(runner.specs) == 3
    assert [each.name for each in (tmp_path / "cache").iterdir() if "making" in each.name] == []


@pytest.mark.needs_git
def test_what_an_agent_does_to_its_repository_stays_there(
    tmp_path: Path, workspace: Path, runner: PlainRunner
) -> None:
    repositories = Repositories(tmp_path / "cache", runner)
    repositories.install(workspace, "d1")
    (workspace / ".git" / "config").write_text("broken")
    repositories.install(workspace, "d1")
    assert _git(workspace, "rev-list", "--count", "HEAD") == "1\n"


@pytest.mark.needs_git
def test_many_files_make_few_objects(tmp_path: Path, runner: PlainRunner) -> None:
    many = write(tmp_path / "many", {b"f%d" % number: File(b"%d" % number) for number in range(90)})
    assert Repositories(tmp_path / "cache", runner).install(many, "d")
    assert _git(many, "status", "--porcelain") == ""
    assert len(read(many / ".git")) < 30


@pytest.mark.needs_git
def test_an_empty_workspace_has_a_commit_too(tmp_path: Path, runner: PlainRunner) -> None:
    empty = write(tmp_path / "empty", {})
    assert Repositories(tmp_path / "cache", runner).install(empty, "d")
    assert _git(empty, "rev-list", "--count", "HEAD") == "1\n"


@pytest.mark.needs_git
def test_no_setting_of_the_user_and_no_hook_takes_part(
    tmp_path: Path, workspace: Path, runner: PlainRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_AUTHOR_NAME", "someone")
    Repositories(tmp_path / "cache", runner).install(workspace, "d")
    monkeypatch.undo()
    assert _git(workspace, "log", "-1", "--format=%an %ad", "--date=short") == (
        "pytest-harness 2000-01-01\n"
    )
    assert not (workspace / ".git" / "hooks").exists()


def test_without_git_there_is_no_repository(
    tmp_path: Path, workspace: Path, nothing_installed: NothingInstalled
) -> None:
    repositories = Repositories(tmp_path / "cache", nothing_installed)
    assert repositories.install(workspace, "d") is False
    assert not (workspace / ".git").exists()
    assert list((tmp_path / "cache").iterdir()) == []


@pytest.mark.needs_git
def test_a_git_that_fails_is_an_error(tmp_path: Path, workspace: Path) -> None:
    class Failing(PlainRunner):
        def run(self, spec: ProcessSpec, on_line: object = None) -> object:  # type: ignore[override]
            return super().run(
                ProcessSpec(
                    argv=("git", "no-such-command"),
                    cwd=spec.cwd,
                    env=spec.env,
                    timeout=spec.timeout,
                )
            )

    with pytest.raises(WorkspaceError, match="could not commit"):
        Repositories(tmp_path / "cache", Failing()).install(workspace, "d")  # type: ignore[arg-type]
    assert not (workspace / ".git").exists()
