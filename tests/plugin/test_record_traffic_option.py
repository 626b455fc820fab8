"""What --harness-record-traffic keeps, and what a model recorded:PATH gives back.

The program is a small script in Codex's place that asks its endpoint until it gets a message.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from pytest_harness.backends.codex.cli import CODEX_CLI
from pytest_harness.testing import RunCommand, Say, ScriptedModel, Status
from tests.plugin.conftest import Project, Refused
from tests.plugin.tapes import Studio

KEY = "sk-canary-0123456789"
PROGRAM = """#!{python}
import json, os, re, subprocess, sys, urllib.error, urllib.request

if "--version" in sys.argv:
    print("codex-cli {version}")
    sys.exit()
address = re.search(r"http://127\\.0\\.0\\.1:\\d+/v1", " ".join(sys.argv))[0]
said = [{{"role": "user", "content": sys.stdin.read()}}]
tools = [{{"type": "function", "name": "shell", "parameters": {{
    "type": "object", "properties": {{"command": {{"type": "string"}}}}}}}}]
print(json.dumps({{"type": "thread.started", "thread_id": "1"}}), flush=True)
for _ in range({requests}):
    body = {{"model": "m", "input": said, "stream": False, "tools": tools}}
    request = urllib.request.Request(address + "/responses", json.dumps(body).encode(), {{
        "content-type": "application/json", "authorization": "Bearer " + os.environ["MY_KEY"]
            if "MY_KEY" in os.environ else "Bearer none"}})
    try:
        answer = json.load(urllib.request.urlopen(request))
    except urllib.error.HTTPError as error:
        message = "unexpected status %d: %s" % (error.code, error.read().decode())
        print(json.dumps({{"type": "turn.failed", "error": {{"message": message}}}}))
        sys.exit(1)
    for item in answer["output"]:
        if item["type"] == "function_call":
            subprocess.run(json.loads(item["arguments"])["command"], shell=True)
            said += [item, {{
                "type": "function_call_output", "call_id": item["call_id"], "output": "ok"}}]
        elif item["type"] == "message":
            text = item["content"][0]["text"]
            print(json.dumps({{"type": "item.completed", "item": {{
                "id": "1", "type": "agent_message", "text": text}}}}))
print(json.dumps({{"type": "turn.completed", "usage": {{"input_tokens": 1, "output_tokens": 1}}}}))
"""
TOML = """
[backends.mine]
provider = "codex-cli"
command = ["{program}"]
env_key = "MY_KEY"
"""


@pytest.fixture
def studio(project: Project, monkeypatch: pytest.MonkeyPatch) -> Studio:
    monkeypatch.setenv("MY_KEY", KEY)
    made = Studio(project)
    made.target()
    program(made)
    return made


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    work = RunCommand("printf 'hello all\\n' > a.txt; pwd > where.txt")
    with ScriptedModel([work, Say("done")]) as running:
        yield running


def program(studio: Studio, requests: int = 2) -> None:
    version = CODEX_CLI.program.tested[1]
    text = PROGRAM.format(python=sys.executable, version=version, requests=requests)
    studio.script.write_text(text)
    studio.script.chmod(0o755)


def configure(studio: Studio, base_url: str | None) -> None:
    line = "" if base_url is None else f'base_url = "{base_url}"\n'
    text = TOML.format(program=studio.script) + line
    (studio.project.path / "harness.toml").write_text(text)


def record(studio: Studio, *arguments: str) -> pytest.RunResult:
    return studio.project.run(
        "--harness-backend=mine", "--harness-record-traffic=traffic", *arguments
    )


def play(studio: Studio, *arguments: str) -> pytest.RunResult:
    return studio.project.run("--harness-backend=mine@recorded:traffic", *arguments)


def test_a_recorded_model_needs_neither_key_nor_endpoint(
    studio: Studio,
    model: ScriptedModel,
    mode: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    studio.target(trials=2)
    configure(studio, model.base_url)
    record(studio, *mode).assert_outcomes(passed=2)
    assert len(model.asked) == 4
    files = sorted((studio.project.path / "traffic").rglob("*.jsonl"))
    assert [path.relative_to(studio.project.path / "traffic").as_posix() for path in files] == [
        f"test_it.greeting/mine-t{n}/c0001.jsonl" for n in (1, 2)
    ]
    for path in files:
        text = path.read_text()
        assert KEY not in text
        assert "/harness/test_it" not in text
    monkeypatch.delenv("MY_KEY")
    configure(studio, "https://api.example.invalid/v1")
    play(studio, *mode).assert_outcomes(passed=2)
    assert len(model.asked) == 4
    for cell in studio.project.cells():
        assert cell.point.model == "recorded:traffic"
        assert cell.spending.total.cost_usd == 0
        assert cell.notes == ()


def test_a_new_version_that_asks_more_is_no_failure_of_the_agent(
    studio: Studio, model: ScriptedModel
) -> None:
    configure(studio, model.base_url)
    record(studio).assert_outcomes(passed=1)
    program(studio, requests=3)
    result = play(studio)
    result.assert_outcomes(errors=1)
    (cell,) = studio.project.cells()
    assert cell.fault == "internal"
    assert "has too few answers: request 3 of a conversation to /responses" in cell.reason
    assert cell.notes == ("c0001 asked its model 3 times, and 2 times when it was recorded",)


def test_faults_of_the_endpoint_are_recorded(studio: Studio) -> None:
    with ScriptedModel([Status(401)]) as model:
        configure(studio, model.base_url)
        record(studio).assert_outcomes(errors=1)
    play(studio).assert_outcomes(errors=1)
    assert [str(cell.fault) for cell in studio.project.cells()] == ["auth"]


def test_proposals_and_traffic_can_be_recorded_at_once(
    studio: Studio, model: ScriptedModel
) -> None:
    configure(studio, model.base_url)
    record(studio, "--harness-record=tapes").assert_outcomes(passed=1)
    recorded = studio.cells()
    studio.script.unlink()
    studio.replay().assert_outcomes(passed=1)
    assert [each["outcome"] for each in studio.cells()] == [each["outcome"] for each in recorded]


def test_a_backend_without_an_address_is_refused(studio: Studio) -> None:
    configure(studio, None)
    result = record(studio)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["*traffic of backend 'mine' cannot be recorded: it has no base_url; give it in harness*"]
    )


def test_a_recording_that_is_not_there_is_refused(studio: Studio, refused: Refused) -> None:
    configure(studio, "https://api.example.invalid/v1")
    refused(play(studio), "traffic holds no recorded traffic; record it with")


def test_playing_proposals_back_asks_nobody(studio: Studio, refused: Refused) -> None:
    studio.tapes.mkdir()
    configure(studio, "https://api.example.invalid/v1")
    refused(
        record(studio, "--harness-replay=tapes"),
        "--harness-record-traffic and --harness-replay exclude each other",
    )
