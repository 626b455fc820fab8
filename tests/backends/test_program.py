"""Finding a program, and asking it what it is."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from pytest_harness.backends.program import Executable, identity, untested
from pytest_harness.runtime import Supervisor

TOOL = Executable(
    name="tool",
    title="The Tool",
    install="npm install -g tool",
    tested=("1.2.0", "1.10.3"),
    says=re.compile(r"^tool (\d+\.\d+\.\d+)"),
)


def script(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def asked(tmp_path: Path, *argv: str) -> tuple[str | None, str]:
    with Supervisor() as supervisor:
        told = identity(TOOL, argv, {"PATH": os.environ["PATH"]}, tmp_path, supervisor)
    return told.version, told.wrong


def test_its_version_is_what_it_says(tmp_path: Path) -> None:
    program = script(tmp_path / "tool", "echo tool 1.2.3")
    assert asked(tmp_path, str(program)) == ("1.2.3", "")


def test_another_program_is_told_by_what_it_says(tmp_path: Path) -> None:
    program = script(tmp_path / "tool", "echo; echo screwdriver 1.2.3")
    assert asked(tmp_path, str(program)) == (
        None,
        f"{program} is not The Tool: it says 'screwdriver 1.2.3'",
    )


def test_one_that_does_not_run_is_told_by_its_complaint(tmp_path: Path) -> None:
    program = script(tmp_path / "tool", "echo no library >&2; exit 1")
    assert asked(tmp_path, str(program)) == (
        None,
        f"{program} does not tell its version: no library",
    )


def test_one_that_ends_without_a_word_is_told_by_how_it_ended(tmp_path: Path) -> None:
    program = script(tmp_path / "tool", "exit 3")
    assert asked(tmp_path, str(program))[1].endswith("its exit code is 3")
    program = script(tmp_path / "other", "kill -9 $$")
    assert asked(tmp_path, str(program))[1].endswith("signal 9 ended it")


def test_one_that_hangs_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pytest_harness.backends.program._PATIENCE", 0.2)
    program = script(tmp_path / "tool", "sleep 60")
    assert "it said nothing for" in asked(tmp_path, str(program))[1]


def test_an_update_is_noticed_of_a_script_as_well(tmp_path: Path) -> None:
    program = tmp_path / "tool.py"
    program.write_text("print('tool 1.2.3')")
    assert asked(tmp_path, sys.executable, str(program))[0] == "1.2.3"
    program.write_text("print('tool 1.2.44')")
    assert asked(tmp_path, sys.executable, str(program))[0] == "1.2.44"


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("1.2.0", ""),
        ("1.9.9", ""),
        ("1.10.3", ""),
        ("1.1.9", "older"),
        ("1.10.4", "newer"),
        ("2.0.0-beta.1", "newer"),
    ],
)
def test_versions_are_compared_by_their_numbers(version: str, said: str) -> None:
    assert (said in untested(TOOL, version)) is True
    assert bool(untested(TOOL, version)) is bool(said)


def test_it_is_found_by_name_or_by_command(tmp_path: Path) -> None:
    program = script(tmp_path / "tool", "")
    assert TOOL.find((), str(tmp_path)) == (str(program),)
    assert TOOL.find((str(program), "--fast"), "") == (str(program), "--fast")
    assert TOOL.find((), "/nowhere") is None
