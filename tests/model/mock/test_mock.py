"""The model that plays a script: in both formats the same, and as the clients of vendors fail."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from pytest_harness.errors import BackendError
from pytest_harness.model.client import Finish, ModelError, Reply
from pytest_harness.model.conversation import Question, ToolSpec
from pytest_harness.model.formats.choosing import format_of
from pytest_harness.model.mock import MockClient
from pytest_harness.model.mock_steps import ANSWER, script_of
from pytest_harness.target import Solution
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
)
from pytest_harness.testing.script import Script
from pytest_harness.vocabulary import Fault, Tool, ToolFormat

QUESTION = Question(messages=())
ARGUMENTS = {
    Tool.READ_FILE: ("path",),
    Tool.WRITE_FILE: ("path", "content"),
    Tool.REPLACE_TEXT: ("path", "old", "new"),
    Tool.RUN_COMMAND: ("argv",),
}
SPECS = tuple(
    ToolSpec(
        name=name,
        description="",
        parameters={"type": "object", "properties": {each: {} for each in arguments}},
    )
    for name, arguments in ARGUMENTS.items()
)
STEPS = (
    Think("Let me see."),
    Say("I begin."),
    ReadFile("a.py"),
    EditFile("a.py", "one\n", "two\n"),
    Together(WriteFile("b.txt", "text\n"), RunCommand("python -m pytest 'a b'")),
    CallTool("fly", {"to": 1}),
    Say("Done."),
)


def client(
    steps: Sequence[Step],
    format_: ToolFormat = ToolFormat.NATIVE,
    tools: Sequence[ToolSpec] = SPECS,
) -> MockClient:
    return MockClient(Script(steps), format_, tools)


def ask(mock: MockClient, limit: float = 60) -> Reply:
    return mock.ask(QUESTION, limit, lambda: False)


def asked(steps: Sequence[Step], format_: ToolFormat) -> list[list[tuple[str, dict[str, Any]]]]:
    """Return the calls of all turns, as the format reads them."""
    mock = client(steps, format_)
    found: list[list[tuple[str, dict[str, Any]]]] = []
    for number in range(1, 20):
        turn = format_of(format_).read(ask(mock), number, SPECS)
        assert not turn.rejected
        if turn.done:
            return found
        found.append([(call.name, dict(call.arguments)) for call in turn.calls])
    raise AssertionError("it has no end")


@pytest.mark.parametrize("format_", ToolFormat)
def test_steps_become_calls_of_our_tools(format_: ToolFormat) -> None:
    assert asked(STEPS, format_) == [
        [("read_file", {"path": "a.py"})],
        [("replace_text", {"path": "a.py", "old": "one\n", "new": "two\n"})],
        [
            ("write_file", {"path": "b.txt", "content": "text\n"}),
            ("run_command", {"argv": ["python", "-m", "pytest", "a b"]}),
        ],
        [("fly", {"to": 1})],
    ]


@pytest.mark.parametrize("format_", ToolFormat)
def test_words_go_with_what_follows_them(format_: ToolFormat) -> None:
    mock = client(STEPS, format_)
    first = ask(mock)
    assert first.reasoning == "Let me see."
    assert first.text.startswith("I begin.")
    assert (first.usage.total_input, first.usage.total_output, first.cost_usd) == (100, 20, 0.0)


def test_a_tool_that_is_not_offered_is_called_by_its_own_name() -> None:
    mock = client([WriteFile("a", "b")], tools=SPECS[-1:])
    assert [call.name for call in ask(mock).calls] == ["write_file"]
    mock = client([RunCommand("it's")], tools=())
    assert [call.arguments for call in ask(mock).calls] == [{"argv": ["it's"]}]


@pytest.mark.parametrize(
    ("step", "fault", "again"),
    [
        (Status(401), Fault.AUTH, False),
        (Status(404), Fault.UNSUPPORTED, False),
        (Status(429, retry_after=3), Fault.RATE_LIMIT, True),
        (Status(500), Fault.TRANSPORT, True),
        (Cut(), Fault.TRANSPORT, True),
        (Refuse(), Fault.TRANSPORT, True),
        (Malformed(), Fault.TRANSPORT, True),
        (Hang(0.01), Fault.TRANSPORT, True),
    ],
    ids=repr,
)
def test_faults_have_their_class(step: Step, fault: Fault, *, again: bool) -> None:
    mock = client([ReadFile("a"), step, Say("hello")])
    ask(mock)
    with pytest.raises(ModelError) as told:
        ask(mock)
    assert (told.value.fault, told.value.again) == (fault, again)
    assert told.value.retry_after == (3 if fault is Fault.RATE_LIMIT else None)
    assert ask(mock).text == "hello"


def test_one_that_never_recovers_does_not() -> None:
    mock = client([Repeat(Status(500))])
    for _ in range(5):
        with pytest.raises(ModelError):
            ask(mock)


def test_answers_without_words_and_at_the_limit() -> None:
    mock = client([Empty(), Say("so far"), Length()], ToolFormat.TEXT)
    assert ask(mock).text == ""
    cut = ask(mock)
    assert (cut.text, cut.finish) == ("so far", Finish.LENGTH)
    assert ask(mock).text == "<done/>"


@pytest.mark.parametrize("step", [Delay(600), Hang(600)], ids=repr)
def test_nobody_waits_longer_than_the_limit_or_the_session(step: Step) -> None:
    steps = [step, ReadFile("a")]
    with pytest.raises(ModelError) as told:
        ask(client(steps), limit=0.05)
    assert told.value.fault is Fault.TRANSPORT
    with pytest.raises(ModelError) as told:
        client(steps).ask(QUESTION, 600, lambda: True)
    assert told.value.fault is Fault.INTERRUPTED


def test_files_of_a_solution_are_written_by_their_paths(tmp_path: Path) -> None:
    for name, text in {"b.txt": "two\r\n", "a/z.py": "x = 1\n", "a-b": ""}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(text.encode())
    script = script_of(None, Solution(files=tmp_path))
    expected = (
        WriteFile("a-b", ""),
        WriteFile("a/z.py", "x = 1\n"),
        WriteFile("b.txt", "two\r\n"),
        Say(ANSWER),
    )
    assert script.steps == expected


def test_what_is_given_first_is_played() -> None:
    solution = Solution(steps=(ReadFile("a"),), answer="forty-two")
    assert script_of("seven", solution).steps == (Say("seven"),)
    assert script_of(None, solution).steps == (ReadFile("a"),)
    assert script_of(None, Solution(answer="forty-two")).steps == (Say("forty-two"),)


def test_what_cannot_be_played_has_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "picture").write_bytes(b"\xff\x00")
    for solution in (None, Solution(patch="a.patch"), Solution(files=tmp_path)):
        with pytest.raises(BackendError, match=r"; .*give") as told:
            script_of(None, solution)
        assert told.value.fault is Fault.UNSUPPORTED
