"""Scripts from files."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from pytest_harness.errors import ConfigurationError
from pytest_harness.testing import (
    CallTool,
    Cut,
    Delay,
    EditFile,
    Empty,
    Hang,
    Length,
    Malformed,
    ReadFile,
    Refuse,
    Repeat,
    RunCommand,
    Say,
    Status,
    Step,
    Think,
    Together,
    WriteFile,
    load_script,
)
from pytest_harness.testing.steps import Plain

DOCUMENT: list[dict[str, Any]] = [
    {"do": "write", "path": "a", "text": "b"},
    {"do": "edit", "path": "a", "old": "b", "new": "c"},
    {"do": "read", "path": "a"},
    {"do": "run", "command": "ls"},
    {"do": "call", "name": "Skill", "arguments": {"skill": "tidy", "n": [1, None]}},
    {"do": "together", "steps": [{"do": "read", "path": "a"}, {"do": "run", "command": "ls"}]},
    {"do": "think", "text": "hm"},
    {"do": "delay", "seconds": 0.5},
    {"do": "status", "code": 429, "retry_after": 1, "message": "no", "headers": {"x-a": "1"}},
    {"do": "cut"},
    {"do": "hang", "seconds": 2, "in_the_middle": True},
    {"do": "malformed", "html": True},
    {"do": "refuse"},
    {"do": "empty"},
    {"do": "length"},
    {"do": "repeat", "times": 3, "steps": [{"do": "run", "command": "date"}]},
    {"do": "say", "text": "done"},
]
STEPS: tuple[Step, ...] = (
    WriteFile("a", "b"),
    EditFile("a", "b", "c"),
    ReadFile("a"),
    RunCommand("ls"),
    CallTool("Skill", {"skill": "tidy", "n": [1, None]}),
    Together(ReadFile("a"), RunCommand("ls")),
    Think("hm"),
    Delay(0.5),
    Status(429, 1, "no", {"x-a": "1"}),
    Cut(),
    Hang(2, in_the_middle=True),
    Malformed(html=True),
    Refuse(),
    Empty(),
    Length(),
    Repeat(RunCommand("date"), times=3),
    Say("done"),
)


@pytest.mark.parametrize(
    ("name", "write"),
    [("script.json", json.dumps), ("script.yaml", yaml.safe_dump), ("S.YML", yaml.safe_dump)],
)
def test_every_step_can_be_written(
    tmp_path: Path, name: str, write: Callable[[object], str]
) -> None:
    file = tmp_path / name
    file.write_text(write(DOCUMENT))
    assert load_script(file).steps == STEPS


def test_no_step_is_left_out() -> None:
    written = {type(step) for step in STEPS}
    assert {kind for kind in Plain.__args__ if dataclasses.is_dataclass(kind)} <= written


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "script.json cannot be read.*make it a JSON list"),
        ("{}", "no list"),
        ('[{"do": "dance"}]', "step 1: there is no step 'dance'; make do one of write, edit"),
        ('[{"do": ["say"]}]', "step 1: there is no step"),
        ('["say"]', "step 1: a step is an object"),
        ('[{"do": "say"}]', "step 1: say lacks 'text'; it takes text"),
        ('[{"do": "say", "text": "a"}, {"do": "cut", "when": 1}]', "step 2: cut does not know"),
        ('[{"do": "say", "text": 5}]', "step 1: 'text' of say cannot be 5"),
        ('[{"do": "status", "code": "429"}]', "'code' of status cannot be '429'"),
        ('[{"do": "status", "code": 429, "headers": {"a": 1}}]', "'headers' of status"),
        ('[{"do": "call", "name": "x", "arguments": []}]', "'arguments' of call"),
        ('[{"do": "repeat"}]', "step 1: repeat takes a list"),
        ('[{"do": "repeat", "steps": [{"do": "cut"}], "times": true}]', "repeat takes a list"),
        ('[{"do": "repeat", "steps": [{"do": "cut"}], "until": 3}]', "repeat takes a list"),
        ('[{"do": "repeat", "steps": []}]', "step 1: Repeat has no steps"),
        ('[{"do": "repeat", "steps": [{"do": "cut"}, {"do": "x"}]}]', r"step 1\.2: there is no"),
        ('[{"do": "together", "steps": [{"do": "cut"}]}]', r"step 1\.1: only calls"),
        ('[{"do": "together", "steps": [{"do": "read", "path": "a"}]}]', "step 1: Together has"),
        ('[{"do": "together", "calls": []}]', "together takes steps"),
        (
            '[{"do": "repeat", "steps": [{"do": "cut"}]}, {"do": "cut"}]',
            r"script\.json: nothing comes after",
        ),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "script.json"
    file.write_text(text)
    with pytest.raises(ConfigurationError, match=message):
        load_script(file)


@pytest.mark.parametrize("text", ["- {do: say", "a: [", "- !!python/object:os.system {}"])
def test_broken_yaml_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "script.yaml"
    file.write_text(text)
    with pytest.raises(
        ConfigurationError, match=r"script\.yaml cannot be read.*a YAML list"
    ) as hit:
        load_script(file)
    assert "\n" not in str(hit.value)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"absent\.json cannot be read"):
        load_script(tmp_path / "absent.json")
