from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pytest_harness.cli.group import HarnessGroup
from pytest_harness.cli.recommend import recommend
from pytest_harness.reports.evidence.cell_records import Contrast, Tally
from pytest_harness.vocabulary import Confidence, ParityVerdict, ToolFormat
from tests.cli.evidence_files import (
    entry,
    local_model,
    put,
    readiness,
    rollup,
    summary,
)
from tests.reports.samples import Run

GROUP = HarnessGroup(commands={"recommend": recommend})


def call(*arguments: str | Path) -> Result:
    words = ["recommend", *map(str, arguments)]
    return CliRunner().invoke(GROUP, words, catch_exceptions=False)


def ranked(*arguments: str | Path) -> list[dict[str, Any]]:
    """The models of the answer, which is strict JSON."""

    def refuse(word: str) -> None:
        raise AssertionError(word)

    document = json.loads(call(*arguments, "--json").stdout, parse_constant=refuse)
    found: list[dict[str, Any]] = document["models"]
    return found


def names(models: list[dict[str, Any]]) -> list[tuple[int | None, str]]:
    return [(each["rank"], each["model"]) for each in models]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_few_lucky_samples_do_not_beat_many() -> None:
    path = put(Path("summary.json"), summary(rollup("a:lucky", 3, 3), rollup("a:solid", 58, 60)))
    models = ranked("--input", path)
    assert names(models) == [(1, "a:solid"), (2, "a:lucky")]
    assert models[0]["rate"] < models[1]["rate"]
    assert models[0]["interval"]["low"] > models[1]["interval"]["low"]
    assert any("the true rate may be 44% as well as 100%" in each for each in models[1]["caveats"])
    assert any("do not tell it apart from a:lucky" in each for each in models[0]["caveats"])


def test_of_equals_the_cheaper_then_the_terser_then_the_faster_is_first() -> None:
    path = put(
        Path("summary.json"),
        summary(
            rollup("a:unpriced", 9, 10, unpriced=2, cost=0.001),
            rollup("a:slow", 9, 10, cost=0.5, tokens=500, seconds=9),
            rollup("a:fast", 9, 10, cost=0.5, tokens=500, seconds=8),
            rollup("a:wordy", 9, 10, cost=0.5, tokens=900, seconds=1),
            rollup("a:cheap", 9, 10, cost=0.25, tokens=2000, seconds=30),
        ),
    )
    models = ranked("--input", path)
    assert [each["model"] for each in models] == [
        "a:cheap",
        "a:fast",
        "a:slow",
        "a:wordy",
        "a:unpriced",
    ]
    assert models[0]["cost_usd"] == pytest.approx(0.25)
    assert models[0]["tokens"] == pytest.approx(2000)
    assert models[-1]["cost_usd"] is None
    assert any("the price of 2 cells is unknown" in each for each in models[-1]["caveats"])


def test_local_and_hosted_models_have_ranks_of_their_own() -> None:
    path = put(
        Path("summary.json"),
        summary(
            rollup("ollama:small", 2, 10),
            rollup("ollama:big", 9, 10, unpriced=10),
            rollup("openai:gpt", 10, 10, cost=0.1),
            local=("ollama:small", "ollama:big"),
        ),
    )
    models = ranked("--input", path)
    assert names(models) == [(1, "openai:gpt"), (1, "ollama:big"), (2, "ollama:small")]
    assert not any("price" in caveat for each in models[1:] for caveat in each["caveats"])
    text = call("--input", path).stdout
    assert text.index("hosted models") < text.index("openai:gpt")
    assert text.index("openai:gpt") < text.index("local models") < text.index("ollama:big")


def test_the_preferred_format_is_what_counts_and_costs() -> None:
    side = {"target": "t", "model": "a:m", "pairs": 12, "divergences": {}, "same_tools": 0}
    path = put(
        Path("summary.json"),
        summary(
            rollup("a:m", 16, 24, cost=2.0),
            parity={"a:m": entry()},
            contrasts=(
                Contrast(
                    **side,
                    native=Tally(samples=12, cost_usd=6.0, tokens_input=1200, seconds=24),
                    text=Tally(samples=12, cost_usd=42.0, tokens_input=9600, seconds=240),
                ),
            ),
        ),
    )
    (model,) = ranked("--input", path)
    assert (model["format"], model["passed"], model["samples"]) == ("native", 11, 12)
    assert (model["cost_usd"], model["tokens"], model["seconds"]) == (0.5, 100.0, 2.0)


@pytest.mark.parametrize(
    ("found", "format_", "caveat"),
    [
        (entry(), "native", None),
        (entry(confidence=Confidence.LOW), "native", "low confidence (text-unreliable)"),
        (entry(verdict=ParityVerdict.UNUSABLE, preferred=None), None, "it is unusable"),
        (entry(verdict=ParityVerdict.UNKNOWN, preferred=None), None, "the verdict is unknown"),
        (
            entry(native=(0, 0), verdict=ParityVerdict.UNKNOWN, preferred=None),
            "text",
            "in one format only",
        ),
    ],
)
def test_the_verdict_is_told(found: Any, format_: str | None, caveat: str | None) -> None:
    path = put(Path("summary.json"), summary(rollup("a:m", 16, 24), parity={"a:m": found}))
    (model,) = ranked("--input", path)
    assert model["format"] == format_
    said = " ".join(each for each in model["caveats"] if "true rate" not in each)
    assert caveat in said if caveat else not said


def test_faults_are_named_and_no_samples_are_no_rank() -> None:
    path = put(
        Path("summary.json"),
        summary(
            rollup("a:down", 0, 0, tokens=None, faults={"transport": 3, "auth": 1}),
            rollup("a:works", 1, 6, faults={"rate-limit": 1}),
        ),
    )
    models = ranked("--input", path)
    assert names(models) == [(1, "a:works"), (None, "a:down")]
    assert "1 cell left out: 1 rate-limit" in models[0]["caveats"]
    assert "4 cells left out: 1 auth, 3 transport" in models[1]["caveats"]
    assert "there is no sample, so it has no rank" in models[1]["caveats"]
    assert ToolFormat.NATIVE.value not in call("--input", path).stdout


def test_readiness_is_told_by_its_content() -> None:
    path = put(
        Path("renamed.json"),
        readiness(
            local_model("ollama:a", 5, 12, caveats=("it was loaded before",)),
            local_model("vllm:b", 11, 12),
        ),
    )
    models = ranked("--input", path)
    assert names(models) == [(1, "vllm:b"), (2, "ollama:a")]
    assert models[0]["format"] == "text"
    assert models[1]["local"] is True
    assert "it was loaded before" in models[1]["caveats"]


def test_the_latest_run_is_what_is_asked_where_none_is_named(project: Run) -> None:
    put(project.path / "evidence/summary.json", summary(rollup("openai:gpt", 10, 10)))
    assert names(ranked()) == [(1, "openai:gpt")]
    assert names(ranked("latest")) == [(1, "openai:gpt")]
    assert names(ranked("--input", project.path)) == [(1, "openai:gpt")]
    Path("below").mkdir()
    os.chdir("below")
    assert names(ranked()) == [(1, "openai:gpt")]


def test_without_any_evidence_it_says_so(project: Run) -> None:
    for arguments in ([], ["latest"]):
        result = call(*arguments)
        assert result.exit_code == 0
        assert result.stdout.startswith("no recommendation: the run ")
        assert result.stdout.count("\n") == 1
        document = json.loads(call(*arguments, "--json").stdout)
        assert document["models"] == []
        assert "has no plain models" in document["reason"]


def test_without_any_run_it_says_so() -> None:
    result = call()
    assert result.exit_code == 0
    assert "there is no run" in result.stdout
    assert json.loads(call("--json").stdout)["models"] == []


@pytest.mark.parametrize(
    ("models", "reason"),
    [((), "has no plain models"), ((rollup("mock:mock", 12, 12),), "only scripted answers")],
)
def test_what_says_nothing_about_a_model_recommends_none(models: Any, reason: str) -> None:
    path = put(Path("summary.json"), summary(*models))
    assert ranked("--input", path) == []
    result = call("--input", path)
    assert result.exit_code == 0
    assert reason in result.stdout


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "there is no file"),
        (b"", "summary.json: "),
        (b"[1, 2", "summary.json: "),
        (b"\xff\xfe{}", "summary.json: "),
        (b'{"schema_version": 99}', "99"),
        (b'{"schema_version": 1, "run": NaN}', "summary.json: "),
        (b'schema = 1\nrun = "x"\n', "summary.json: "),
    ],
)
def test_a_damaged_file_is_one_sentence(content: bytes | None, sentence: str) -> None:
    if content is not None:
        Path("summary.json").write_bytes(content)
    result = call("--input", "summary.json")
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""


def test_a_run_that_is_named_must_be_there(project: Run) -> None:
    result = call("lost")
    assert result.exit_code == 2
    assert "there is no run 'lost'" in result.stderr
    assert call("latest", "--input", "x").exit_code == 2


def test_names_that_a_terminal_would_obey_are_written_out() -> None:
    path = put(Path("summary.json"), summary(rollup("a:\x1b[31mröt\n", 10, 10)))
    text = call("--input", path).stdout
    assert "\x1b" not in text
    assert "röt" in text
    assert ranked("--input", path)[0]["model"] == "a:\x1b[31mröt\n"


def test_the_same_evidence_gives_the_same_bytes(tmp_path: Path) -> None:
    put(tmp_path / "summary.json", summary(rollup("a:b", 9, 10), rollup("a:c", 9, 10)))
    code = (
        "from pytest_harness.cli.group import HarnessGroup as G;"
        "from pytest_harness.cli.recommend import recommend as r; G(commands={'recommend': r})()"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code, "recommend", "--input", "summary.json", "--json"],
            capture_output=True,
            check=True,
            timeout=60,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1
