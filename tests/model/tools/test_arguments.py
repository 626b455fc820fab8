"""Calls as models write them: what is taken, and what is said of the rest."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_harness.backends.events import Work
from pytest_harness.model.conversation import Call
from pytest_harness.vocabulary import Tool

from .conftest import Bench


def test_what_is_offered_is_described(bench: Bench) -> None:
    specs = bench.toolbox(commands=("python", "make")).specs
    assert [each.name for each in specs] == list(Tool)
    for spec in specs:
        jsonschema.Draft202012Validator.check_schema(dict(spec.parameters))
        assert spec.parameters["type"] == "object"
        assert spec.parameters["additionalProperties"] is False
        assert set(spec.parameters["required"]) <= set(spec.parameters["properties"])
        assert all(each["description"] for each in spec.parameters["properties"].values())
        assert spec.description.endswith(".")
    assert "python, make" in specs[-1].description
    assert "Every program" in bench.toolbox(commands=("*",)).specs[-1].description
    assert "No program" in bench.toolbox(commands=()).specs[-1].description


def test_a_schema_in_full(bench: Bench) -> None:
    spec = bench.toolbox(offered=[Tool.READ_FILE]).specs[0]
    told = {
        name: {key: value for key, value in each.items() if key != "description"}
        for name, each in spec.parameters["properties"].items()
    }
    assert told == {
        "path": {"type": "string"},
        "start_line": {"type": "integer", "minimum": 1},
        "end_line": {"type": "integer", "minimum": 1},
    }
    assert spec.parameters["required"] == ["path"]


@pytest.mark.parametrize(
    ("tool", "arguments", "words"),
    [
        ("read_file", {}, "path is missing"),
        ("read_file", {"path": None}, "path must be a text, not null"),
        ("read_file", {"path": 3}, "path must be a text, not 3"),
        ("read_file", {"path": ["a"]}, "path must be a text, not a list"),
        ("read_file", {"path": "a", "start_line": "2"}, "start_line must be a whole number, not"),
        ("read_file", {"path": "a", "start_line": 1.5}, "start_line must be a whole number, not"),
        ("read_file", {"path": "a", "start_line": True}, "a whole number, not true"),
        ("read_file", {"path": "a", "start_line": 0}, "start_line: Input should be greater"),
        ("read_file", {"path": "a", "line": 1}, "line is unknown"),
        ("read_file", {"path": "\ud800"}, "path: half of a surrogate pair"),
        ("write_file", {"path": "a", "content": "\udc80"}, "content: half of a surrogate pair"),
        ("run_command", {"argv": ["\udfff"]}, "argv: half of a surrogate pair"),
        ("list_directory", {"recursive": "yes"}, "recursive must be true or false, not 'yes'"),
        ("list_directory", {"recursive": 1}, "recursive must be true or false, not 1"),
        ("replace_text", {"path": "a", "old": "b"}, "new is missing"),
        ("write_file", {"path": "a", "content": {"b": 1}}, "content must be a text, not an object"),
        ("run_command", {"argv": "ls -l"}, "argv must be a list of texts, not 'ls -l'"),
        ("run_command", {"argv": ["ls", 1]}, "argv must be a list of texts"),
        ("run_command", {"argv": ["ls"], "timeout": "9"}, "timeout must be a number, not '9'"),
        ("run_command", {"argv": ["ls"], "shell": True}, "shell is unknown"),
    ],
)
def test_what_does_not_fit_is_refused_and_explained(
    bench: Bench, tool: str, arguments: dict[str, Any], words: str
) -> None:
    outcome = bench.call(tool, **arguments)
    assert outcome.refused
    assert words in outcome.text
    assert outcome.text.startswith(f"{tool} was not executed: ")
    assert "It takes " in outcome.text
    assert outcome.work is not Work.OTHER


def test_null_leaves_out_what_may_be_left_out(bench: Bench) -> None:
    bench.put("a", "text")
    assert bench.call("list_directory", path=None, recursive=None).text == "a"
    assert bench.call("read_file", path="a", start_line=None).text == "text"


def test_many_mistakes_are_told_in_few_words(bench: Bench) -> None:
    wrong = {f"key{number}" + "x" * 500: number for number in range(300)}
    outcome = bench.call("read_file", **wrong)
    assert outcome.refused
    assert "and 298 more" in outcome.text
    assert len(outcome.text) < 600


def test_what_records_hold_of_a_refused_call_is_short(bench: Bench) -> None:
    for outcome in (
        bench.call("search_files", pattern="x" * 2_000_000),
        bench.call("read_file", path="../" * 500_000),
        bench.call("run_command", argv=["x" * 2_000_000]),
    ):
        assert outcome.refused
        assert len(outcome.text) + len(outcome.summary) < 2000


def test_schemas_can_be_changed_by_who_gets_them(bench: Bench) -> None:
    first = bench.toolbox().specs[0].parameters
    first["properties"].clear()
    assert bench.toolbox().specs[0].parameters["properties"]


def test_a_tool_that_does_not_exist(bench: Bench) -> None:
    bash = bench.call("bash", command="ls")
    assert bash.refused
    assert "There is no tool 'bash'; use one of read_file, list_directory" in bash.text
    odd = bench.call("\n" * 900)
    assert odd.refused
    assert len(odd.text) < 400
    assert "\n" not in odd.text


def test_a_tool_that_is_not_offered(bench: Bench) -> None:
    box = bench.toolbox(offered=[Tool.LIST_DIRECTORY, Tool.READ_FILE])
    assert [each.name for each in box.specs] == ["read_file", "list_directory"]
    written = box.execute(Call(name="write_file", arguments={"path": "a", "content": ""}, id="1"))
    assert written.refused
    assert written.text == (
        "The tool write_file is not offered here; use one of read_file, list_directory."
    )
    assert bench.entries() == []


def test_where_no_tools_are_offered(bench: Bench) -> None:
    box = bench.toolbox(offered=[])
    assert box.specs == ()
    outcome = box.execute(Call(name="read_file", arguments={"path": "a"}, id="1"))
    assert outcome.refused
    assert "no tools are offered: answer in words" in outcome.text


TEXTS = st.text(st.characters(exclude_categories=()), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)
NAMES = st.sampled_from(
    ["path", "start_line", "end_line", "recursive", "pattern", "old", "new", "content", "timeout"]
)


@given(
    tool=st.sampled_from([each for each in Tool if each is not Tool.RUN_COMMAND]),
    arguments=st.dictionaries(NAMES | TEXTS, JSON, max_size=5),
)
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_tool_never_raises_for_what_a_model_wrote(
    bench: Bench, tool: Tool, arguments: dict[str, Any]
) -> None:
    outcome = bench.call(tool, **arguments)
    assert outcome.text or not outcome.failed
    assert "Traceback" not in outcome.text
