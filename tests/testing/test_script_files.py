"""Scripts from files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pytest_harness.errors import ConfigurationError
from pytest_harness.testing import (
    Cut,
    Hang,
    Repeat,
    RunCommand,
    Say,
    Status,
    WriteFile,
    load_script,
)


def test_every_step_can_be_written(tmp_path: Path) -> None:
    file = tmp_path / "script.json"
    document = [
        {"do": "write", "path": "a", "text": "b"},
        {"do": "run", "command": "ls"},
        {"do": "status", "code": 429, "retry_after": 1},
        {"do": "cut"},
        {"do": "hang", "seconds": 2},
        {"do": "repeat", "times": 3, "steps": [{"do": "run", "command": "date"}]},
        {"do": "say", "text": "done"},
    ]
    file.write_text(json.dumps(document))
    assert load_script(file).steps == (
        WriteFile("a", "b"),
        RunCommand("ls"),
        Status(429, 1),
        Cut(),
        Hang(2),
        Repeat(RunCommand("date"), times=3),
        Say("done"),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "cannot be read"),
        ("{}", "no list"),
        ('[{"do": "dance"}]', "step 1.*one of write, run"),
        ('["say"]', "step 1"),
        ('[{"do": "say"}]', "do not fit say"),
        ('[{"do": "say", "text": "a"}, {"do": "cut", "when": 1}]', "step 2.*do not fit cut"),
        ('[{"do": "repeat"}]', "repeat takes a list"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "script.json"
    file.write_text(text)
    with pytest.raises(ConfigurationError, match=message):
        load_script(file)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"absent\.json cannot be read"):
        load_script(tmp_path / "absent.json")
