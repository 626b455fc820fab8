"""The agent loop: what is executed, what the model is told, and how it ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_harness.inputs import File, Message, Text, resolved
from pytest_harness.model.conversation import Said, Words
from pytest_harness.model.formats.native import NativeFormat
from pytest_harness.model.limits import CIRCLES
from pytest_harness.model.loop import Agent, Loop
from pytest_harness.model.options import ModelOptions
from pytest_harness.model.telling import telling
from pytest_harness.model.tools.base import Outcome
from pytest_harness.redaction import Vault
from pytest_harness.vocabulary import RejectedBy, Role, Tool, ToolFormat
from tests.model.loop.doubles import Bench, Player, broken, calling, request_in, saying, work

SECRET = "sk-loop-0123456789abcdef"


def test_calls_are_executed_in_order_and_answered(tmp_path: Path) -> None:
    tools = Bench()
    player = Player([calling("read_file:a", "write_file:b"), saying("done it")])
    told = work(tmp_path, tools=tools, player=player)
    assert told.end.completed
    assert tools.executed == ["read_file", "write_file"]
    assert player.results == [("read_file", "result 1", False), ("write_file", "result 2", False)]
    summary = told.teller.summary
    assert summary.answer == "done it"
    assert [call.name for call in summary.calls] == ["read_file", "write_file"]
    assert (summary.reads, summary.changes, summary.turns) == (("a",), ("b",), 2)
    assert told.teller.spent.usage.input == 200
    assert told.teller.spent.cost_usd == pytest.approx(0.02)
    assert [each["kind"] for each in told.events][-1] == "completed"


def test_a_refused_call_is_no_call_and_may_be_made_good(tmp_path: Path) -> None:
    told = work(tmp_path, calling("fly"), calling("read_file", "dig"), saying())
    assert [call.name for call in told.teller.summary.calls] == ["read_file"]
    assert told.teller.summary.refused == ["fly", "dig"]
    assert told.teller.rejections.calls == 2
    expected = [(1, RejectedBy.TOOL, "fly", False), (2, RejectedBy.TOOL, "dig", False)]
    assert told.rejected == expected


def test_a_failure_is_a_call_and_no_rejection(tmp_path: Path) -> None:
    tools = Bench(answer=lambda _: Outcome(text="no such text", failed=True))
    told = work(tmp_path, calling("write_file"), saying(), tools=tools)
    assert [(call.name, call.failed) for call in told.teller.summary.calls] == [
        ("write_file", True)
    ]
    assert told.teller.rejections.calls == 0


def test_what_cannot_be_read_is_explained_and_made_good_by_the_same_tool(tmp_path: Path) -> None:
    player = Player([broken("write_file"), calling("read_file"), calling("write_file"), saying()])
    told = work(tmp_path, player=player)
    assert told.rejected == [(1, RejectedBy.FORMAT, "write_file", True)]
    name, text, failed = player.results[0]
    assert (name, failed) == ("write_file", True)
    assert "no JSON" in text
    other = work(tmp_path, broken("write_file"), calling("read_file"), saying())
    assert other.rejected == [(1, RejectedBy.FORMAT, "write_file", False)]


def test_text_without_call_and_sign_gets_one_remark(tmp_path: Path) -> None:
    player = Player([saying("I think."), saying("I am thinking still.")])
    told = work(tmp_path, player=player, format_=ToolFormat.TEXT)
    assert told.end.completed
    assert told.teller.summary.answer == "I am thinking still."
    last = player.questions[-1].messages[-1]
    assert isinstance(last, Words)
    assert "final answer" in last.text


def test_the_remark_is_made_again_after_a_call(tmp_path: Path) -> None:
    call = '<tool_call>{"name": "read_file", "arguments": {}}</tool_call>'
    player = Player([saying("Hm."), saying(call), saying("Hm."), saying("So.\n<done/>")])
    told = work(tmp_path, player=player, format_=ToolFormat.TEXT)
    assert told.end.completed
    assert len(player.questions) == 4
    assert told.teller.summary.answer == "So."


def test_going_round_in_circles_is_the_models_own_failure(tmp_path: Path) -> None:
    tools = Bench(answer=lambda _: Outcome(text="the same"))
    told = work(tmp_path, calling("read_file:a"), tools=tools)
    assert (told.end.completed, told.end.fault) == (False, None)
    assert "vendor:model was stopped: it called read_file 5 times" in told.end.reason
    assert len(tools.executed) == CIRCLES


def test_the_same_unreadable_calls_again_and_again_are_circles(tmp_path: Path) -> None:
    player = Player([broken("write_file")])
    told = work(tmp_path, player=player)
    assert (told.end.completed, told.end.fault) == (False, None)
    assert "it wrote the same calls 5 times in a row" in told.end.reason
    assert len(player.questions) == CIRCLES


def test_a_long_name_is_told_in_short(tmp_path: Path) -> None:
    told = work(tmp_path, calling("n" * 10_000))
    assert f"it called {'n' * 60} ... 5 times" in told.end.reason


def test_another_result_is_no_circle(tmp_path: Path) -> None:
    plays = [calling("read_file:a")] * (CIRCLES + 1)
    assert work(tmp_path, *plays, saying()).end.completed


def test_no_secret_reaches_a_file_or_the_summary(tmp_path: Path) -> None:
    tools = Bench(answer=lambda _: Outcome(text=f"key={SECRET}", summary=SECRET))
    told = work(
        tmp_path,
        calling(f"read_file:{SECRET}", SECRET, text=f"I saw {SECRET}"),
        saying(f"It is {SECRET}.", reasoning=SECRET),
        tools=tools,
        vault=Vault([SECRET]),
        prompt=f"Do the job with {SECRET}.\n",
    )
    for path in told.artifacts.iterdir():
        assert SECRET.encode() not in path.read_bytes()
    kept = (told.teller.summary.answer, told.teller.summary.calls, told.teller.rejections.kept)
    assert SECRET not in repr(kept)
    assert told.teller.summary.answer == "It is [hidden]."


def test_the_transcript_holds_all_that_was_said(tmp_path: Path) -> None:
    answer = Outcome(text=f"in {tmp_path}/ws/a")
    tools = Bench(answer=lambda _: answer)
    told = work(
        tmp_path, calling("read_file:ä", "fly", text="Look."), broken("x"), saying(), tools=tools
    )
    lines = told.transcript
    assert [(line["turn"], line["role"]) for line in lines] == [
        (0, "system"),
        (0, "user"),
        (1, "assistant"),
        (1, "tool"),
        (1, "tool"),
        (2, "assistant"),
        (2, "harness"),
        (3, "assistant"),
    ]
    assert lines[2]["calls"][0] == {
        "id": "read_file1",
        "name": "read_file",
        "arguments": {"path": "ä"},
    }
    assert lines[3]["text"] == "in <workspace>/a"
    assert lines[4]["refused"]
    assert (lines[6]["rejected_by"], lines[6]["rule"]) == ("format", "x")


def test_a_long_transcript_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pytest_harness.model.transcript.ROOM", 3000)
    tools = Bench(answer=lambda _: Outcome(text="x" * 5000))
    told = work(tmp_path, calling("read_file"), calling("read_file:b"), saying(), tools=tools)
    assert told.end.completed
    assert "cut" in told.transcript[-1]["text"]
    assert (told.artifacts / "transcript.jsonl").stat().st_size < 3200


def test_inputs_come_first_with_the_content_of_their_files(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("Mind the gap.")
    given = [
        Message("system", "Be kind."),
        Message("user", ["Read this:", File("notes.md")]),
        Message("assistant", [Text("I did.")]),
    ]
    player = Player([saying()])
    prompt = "Read these files first:\n\n- file:///x\n\nDo the job.\n\nScope.\n"
    work(tmp_path, player=player, inputs=resolved(given, tmp_path), prompt=prompt)
    _, first, second, third, last = player.questions[0].messages
    assert first == Words(role=Role.SYSTEM, text="Be kind.")
    assert isinstance(second, Words)
    assert "notes.md" in second.text
    assert "Mind the gap." in second.text
    assert third == Said(text="I did.")
    assert last == Words(role=Role.USER, text="Do the job.\n\nScope.\n")


@pytest.mark.parametrize(
    ("offered", "word"),
    [((), "no tools"), ((Tool.RUN_COMMAND,), "no shell"), ((Tool.READ_FILE,), "workspace")],
)
def test_the_system_prompt_speaks_of_what_is_offered(
    tmp_path: Path, offered: tuple[str, ...], word: str
) -> None:
    player = Player([saying()])
    work(tmp_path, player=player, tools=Bench(offered=offered))
    first = player.questions[0].messages[0]
    assert isinstance(first, Words)
    assert word in " ".join(first.text.split())


def test_ones_own_system_prompt_stands_in_its_place(tmp_path: Path) -> None:
    player = Player([saying()])
    work(tmp_path, player=player, options=ModelOptions(system_prompt="Obey."))
    assert player.questions[0].messages[0] == Words(role=Role.SYSTEM, text="Obey.")


def test_an_input_that_is_gone_is_told(tmp_path: Path) -> None:
    request = request_in(tmp_path, inputs=resolved([Message("user", [File("gone")])], tmp_path))
    with telling(request) as teller:
        agent = Agent(model="m", client=Player([saying()]), format=NativeFormat(), tools=Bench())
        with pytest.raises(FileNotFoundError):
            Loop(agent, request, teller).run()
