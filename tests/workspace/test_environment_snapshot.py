from __future__ import annotations

import os
from pathlib import Path

import pytest

from pytest_harness.workspace import describe, layout

from .conftest import NothingInstalled, PlainRunner
from .trees import Empty, File, Link, write


def _program(directory: Path, name: str, body: str) -> None:
    directory.mkdir(exist_ok=True)
    program = directory / name
    program.write_text(f"#!/bin/sh\n{body}\n")
    program.chmod(0o755)


def test_versions_are_what_programs_say_and_missing_ones_are_said(
    tmp_path: Path, runner: PlainRunner
) -> None:
    _program(tmp_path / "bin", "git", "echo 'git version 9.9'; echo more")
    _program(tmp_path / "bin", "node", "exit 1")
    _program(tmp_path / "bin", "uv", "echo 'uv 1.2' >&2")
    package = write(tmp_path / "npm", {b"package.json": File(b'{"version": "11.0"}')})
    _program(package / "bin", "npm-cli.js", "exit 1")
    (tmp_path / "bin" / "npm").symlink_to(package / "bin" / "npm-cli.js")
    for needed in ("head", "sh"):
        (tmp_path / "bin" / needed).symlink_to(f"/bin/{needed}")
    env = {"PATH": str(tmp_path / "bin")}
    snapshot = describe(runner, env)
    tools = dict(snapshot.tools)
    assert (tools["git"], tools["uv"], tools["node"]) == ("git version 9.9", "uv 1.2", "")
    assert tools["npm"] == "11.0"
    assert tools["rg"] is None
    assert "- rg: not installed\n" in snapshot.text
    assert "- node: installed, version unknown\n" in snapshot.text
    assert describe(runner, {**env, "HOME": "/elsewhere"}) is snapshot
    assert len(runner.specs) == 1


def test_without_any_tool_no_process_is_needed(
    tmp_path: Path, nothing_installed: NothingInstalled
) -> None:
    snapshot = describe(nothing_installed, {"PATH": str(tmp_path)})
    assert {version for _, version in snapshot.tools} == {None}
    assert os.uname().machine in snapshot.platform


def test_a_layout_is_sorted_and_shows_directories_and_links(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        {
            b"src/a.py": File(),
            b"src/__pycache__/a.pyc": File(),
            b"README": Link(b"docs/readme"),
            b"empty": Empty(),
            b".git/HEAD": File(),
            b"\xff": File(),
        },
    )
    assert layout(root, ignore=["__pycache__/"]).splitlines() == [
        "README -> docs/readme",
        "empty/",
        "src/",
        "src/a.py",
        "\\xff",
    ]


def test_a_layout_is_capped_from_the_bottom(tmp_path: Path) -> None:
    root = write(tmp_path, {b"d/%02d" % number: File() for number in range(30)} | {b"z": File()})
    assert layout(root, 4).splitlines() == [
        "d/",
        "d/00",
        "d/01",
        "z",
        "... and more than these 4",
    ]


def test_the_processes_of_a_session_find_out_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner, env = PlainRunner(), {"PATH": os.environ["PATH"]}
    answers = []
    for _process in range(2):
        monkeypatch.setattr("pytest_harness.workspace.environment._described", {})
        answers.append(describe(runner, env, tmp_path / "environment.json"))
    assert answers[0] == answers[1]
    assert len(runner.specs) == 1
