"""The whole agent with real clients, asking a model of ours that speaks their protocols."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_harness.backends.registry import Catalog, Overrides
from pytest_harness.config import HarnessConfig
from pytest_harness.config_models import ModelTables
from pytest_harness.model.selectors import Selector
from pytest_harness.records import ProposalRecord
from pytest_harness.runtime import Supervisor
from pytest_harness.testing import (
    EditFile,
    ReadFile,
    RunCommand,
    Say,
    ScriptedModel,
    Status,
    Step,
)
from pytest_harness.vocabulary import Fault, RejectedBy, ToolFormat
from tests.model.loop.doubles import request_in

KEY = "sk-wire-0123456789abcdef"
STEPS: list[Step] = [
    ReadFile("sum.py"),
    Status(500),
    EditFile("sum.py", "a - b", "a + b"),
    RunCommand("python -c 'import sum; print(sum.add(1, 2))'"),
    Say("It adds now."),
]
VENDORS = {
    "openai": ("OPENAI_BASE_URL", "OPENAI_API_KEY", "/v1"),
    "anthropic": ("ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY", ""),
    "google": ("GOOGLE_GEMINI_BASE_URL", "GEMINI_API_KEY", ""),
    "groq": ("GROQ_BASE_URL", "GROQ_API_KEY", "/v1"),
}

pytest.importorskip("pydantic_ai", reason='pip install "pytest-harness[models]"')


def propose(
    tmp_path: Path,
    vendor: str,
    steps: list[Step],
    overrides: Overrides,
    judge: list[Step] | None = None,
) -> ProposalRecord:
    tables = ModelTables(tiers={"strong": Selector("groq", "judge")})
    backend = Catalog(HarnessConfig(models=tables)).make("model", f"{vendor}:some", overrides)
    environment = {"PATH": "/usr/bin:/bin"}
    # The workspace is not told to the script: our tools take relative paths.
    with (
        Supervisor() as supervisor,
        ScriptedModel(steps) as model,
        ScriptedModel(judge or []) as second,
    ):
        for name, server in ((vendor, model), ("groq", second)):
            address, key, path = VENDORS[name]
            environment.setdefault(address, server.root_url + path)
            environment[key] = KEY
        request = request_in(tmp_path, runner=supervisor, environment=environment)
        (request.workspace / "sum.py").write_text("def add(a, b):\n    return a - b\n")
        return backend.propose(request)


@pytest.mark.parametrize("vendor", VENDORS)
def test_it_works_over_every_protocol(
    tmp_path: Path, vendor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pytest_harness.model.repeating.wait", lambda *_: True)
    record = propose(tmp_path, vendor, STEPS, Overrides(format=ToolFormat.NATIVE))
    assert (record.completed, record.fault, record.reason) == (True, None, "")
    assert (tmp_path / "ws/sum.py").read_text() == "def add(a, b):\n    return a + b\n"
    names = [call.name for call in record.tool_calls]
    assert names == ["read_file", "replace_text", "run_command"]
    assert (record.answer, record.program_retries) == ("It adds now.", 1)
    assert (record.spent.usage.total_input, record.spent.usage.total_output) == (400, 80)
    for path in (tmp_path / "artifacts").iterdir():
        assert KEY not in path.read_text()


def test_a_refused_key_is_a_fault(tmp_path: Path) -> None:
    record = propose(tmp_path, "openai", [Status(401)], Overrides())
    assert (record.completed, record.fault, record.turns) == (False, Fault.AUTH, 1)
    assert KEY not in record.model_dump_json()


def test_a_judge_objects_and_is_paid_apart(tmp_path: Path) -> None:
    verdict = '{"accept": false, "rule": "grounded", "reason": "Read the file first."}'
    judge: list[Step] = [Say(verdict)]
    steps: list[Step] = [ReadFile("sum.py"), Say("So.")]
    overrides = Overrides(step_judge="asymmetric", validator="off", format=ToolFormat.NATIVE)
    record = propose(tmp_path, "openai", steps, overrides, judge)
    assert {each.by for each in record.rejections} == {RejectedBy.JUDGE}
    assert record.rejections[0].rule == "grounded"
    assert record.judged.usage.total_input == 100 * len(record.rejections)
    assert record.notes
