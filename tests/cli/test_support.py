from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pytest_harness.backends.claude.program import CLAUDE
from pytest_harness.backends.registry import PROVIDERS
from pytest_harness.cli.group import HarnessGroup
from pytest_harness.cli.support import support
from pytest_harness.model.vendors import VENDORS
from pytest_harness.reports.evidence.records import Summary
from pytest_harness.runtime.registry import RUNTIMES
from pytest_harness.vocabulary import ParityVerdict, ToolFormat
from tests.cli.evidence_files import entry, local_model, put, readiness, summary
from tests.reports.samples import Run

GROUP = HarnessGroup(commands={"support": support})
PAGE, SIDECAR = Path("support.md"), Path("support.json")
CODE = (
    "from pytest_harness.cli.group import HarnessGroup as G;"
    "from pytest_harness.cli.support import support as s; G(commands={'support': s})()"
)


def call(*arguments: str | Path) -> Result:
    words = ["support", *map(str, arguments)]
    return CliRunner().invoke(GROUP, words, catch_exceptions=False)


def document() -> dict[str, Any]:
    """The sidecar, which is strict JSON."""

    def refuse(word: str) -> None:
        raise AssertionError(word)

    found: dict[str, Any] = json.loads(SIDECAR.read_text(), parse_constant=refuse)
    return found


def results(name: str = "openai:gpt") -> Summary:
    text = entry((4, 12), (10, 12), ParityVerdict.NATIVE_UNRELIABLE, preferred=ToolFormat.TEXT)
    return summary(
        local=("ollama:qwen3",),
        parity={"ollama:qwen3": text, name: entry()},
    )


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_files_name_all_that_ships() -> None:
    result = call()
    assert result.exit_code == 0
    assert result.stdout == "wrote support.md\nwrote support.json\n"
    found, page = document(), PAGE.read_text()
    assert {each["name"] for each in found["providers"]} == set(PROVIDERS)
    assert {each["name"] for each in found["vendors"]} == set(VENDORS)
    assert {each["name"] for each in found["runtimes"]} == set(map(str, RUNTIMES))
    assert found["formats"] == ["native", "text"]
    claude = next(each for each in found["providers"] if each["name"] == "claude-cli")
    assert (claude["program"], claude["tested"]) == (CLAUDE.title, list(CLAUDE.tested))
    assert {"name": "codex", "provider": "codex-cli"} in found["backends"]
    ollama = next(each for each in found["vendors"] if each["name"] == "ollama")
    assert (ollama["local"], ollama["keys"], ollama["protocol"]) == (True, [], "ollama")
    assert found["measured"] is None
    for word in ("`codex-cli`", CLAUDE.tested[1], "`OPENAI_API_KEY`", "`sandbox`", "`native`"):
        assert word in page
    assert "measured" not in page


def test_a_second_time_nothing_is_written() -> None:
    call()
    state = PAGE.stat()
    result = call()
    assert "are current" in result.stdout
    assert PAGE.stat().st_mtime_ns == state.st_mtime_ns
    assert PAGE.stat().st_ino == state.st_ino


def test_the_machine_makes_no_difference(tmp_path: Path) -> None:
    found = []
    for number, environment in enumerate(
        (
            {**os.environ, "PYTHONHASHSEED": "1"},
            {"PATH": "/nowhere", "PYTHONHASHSEED": "2", "OPENAI_API_KEY": "sk-secret", "LANG": "C"},
        )
    ):
        place = tmp_path / str(number)
        place.mkdir()
        subprocess.run(
            [sys.executable, "-c", CODE, "support"],
            cwd=place,
            env={**environment, "HOME": str(place)},
            check=True,
            timeout=60,
            capture_output=True,
        )
        found.append([(place / each).read_bytes() for each in (PAGE, SIDECAR)])
    assert found[0] == found[1]
    assert b"sk-secret" not in b"".join(found[1])


def test_what_a_run_measured_stands_behind_it(project: Run) -> None:
    put(project.path / "evidence/summary.json", results())
    assert call("--empirical", "latest").exit_code == 0
    measured = document()["measured"]
    assert (measured["run"], measured["date"]) == ("nightly", "2026-03-04")
    assert measured["path"] == ".harness/runs/nightly"
    one, two = measured["models"]
    assert (one["model"], one["local"], one["preferred"]) == ("ollama:qwen3", True, "text")
    assert (two["native"]["rate"], two["verdict"]) == (11 / 12, "text-unreliable")
    page = PAGE.read_text()
    assert "In the run nightly of 2026-03-04" in page
    assert "| openai:gpt | no | 11/12, 92% (65% to 99%) |" in page
    first = PAGE.read_bytes(), SIDECAR.read_bytes()
    for place in (project.path, project.path / "evidence/summary.json", project.path / "evidence"):
        assert "are current" in call("--empirical", place).stdout
    assert (PAGE.read_bytes(), SIDECAR.read_bytes()) == first


def test_a_run_without_plain_models_says_so(project: Run) -> None:
    assert call("--empirical", "latest").exit_code == 0
    assert "It has no plain models." in PAGE.read_text()


def test_check_passes_on_what_was_written_and_writes_nothing() -> None:
    call("--output", "docs/made")
    result = call("--output", "docs/made", "--check")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "are current" in result.stdout
    result = call("--output", "lost", "--check")
    assert result.exit_code == 1
    assert "lost/support.md is not there" in result.stderr
    assert not Path("lost").exists()


@pytest.mark.parametrize(
    ("name", "old", "new", "sentence"),
    [
        (PAGE, b"| `codex` |", b"| `codec` |", "support.md differs in line "),
        (PAGE, b"`container`", b"`cont\xffiner`", "should be '| `container`"),
        (SIDECAR, b'"schema_version": 1', b'"schema_version": 2', "support.json differs in line 2"),
    ],
)
def test_check_names_the_first_difference(
    name: Path, old: bytes, new: bytes, sentence: str
) -> None:
    call()
    changed = name.read_bytes().replace(old, new, 1)
    name.write_bytes(changed)
    result = call("--check")
    assert result.exit_code == 1
    assert sentence in result.stderr
    assert "write it again with: pytest-harness support --output ." in result.stderr
    assert result.stderr.count("\n") == 1
    assert name.read_bytes() == changed


def test_check_tells_what_is_missing_at_the_end_or_too_much() -> None:
    call()
    PAGE.write_bytes(PAGE.read_bytes() + b"more")
    assert "'more' should be ''" in call("--check").stderr
    PAGE.write_bytes(b"")
    assert "differs in line 1: '' should be '# What is supported'" in call("--check").stderr


def test_check_with_a_run_sees_that_it_changed(tmp_path: Path) -> None:
    path = put(tmp_path / "summary.json", results())
    call("--empirical", path)
    assert call("--empirical", path, "--check").exit_code == 0
    put(path, results("openai:other"))
    result = call("--empirical", path, "--check")
    assert result.exit_code == 1
    assert "openai:other" in result.stderr
    assert f"--empirical {path}" in result.stderr
    assert call("--check").exit_code == 1


def test_names_from_a_run_are_shown_and_not_obeyed(tmp_path: Path) -> None:
    path = put(tmp_path / "summary.json", results("openai:<b>|`größe`|\x1b[31m_模型_\n# x"))
    call("--empirical", path)
    page = PAGE.read_text()
    assert "openai:\\<b\\>\\|\\`größe\\`\\|\\_模型\\_ # x" in page
    assert "\x1b" not in page
    rows = [line for line in page.splitlines() if "größe" in line]
    assert len(rows) == 1


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "there is no file"),
        (b"{", "summary.json: "),
        (b"\xff", "summary.json: "),
        (b'{"schema_version": 7}', "schema 7"),
    ],
)
def test_a_wrong_file_is_one_sentence(content: bytes | None, sentence: str) -> None:
    if content is not None:
        Path("summary.json").write_bytes(content)
    result = call("--empirical", "summary.json")
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert result.stderr.count("\n") == 1
    assert not PAGE.exists()


def test_a_readiness_of_local_models_is_no_run(tmp_path: Path) -> None:
    path = put(tmp_path / "local_readiness.json", readiness(local_model("ollama:a", 1, 2)))
    result = call("--empirical", path)
    assert result.exit_code == 2
    assert "tells of local models only; name the summary.json beside it" in result.stderr


def test_a_run_that_is_not_there_is_one_sentence() -> None:
    result = call("--empirical", "lost")
    assert result.exit_code == 2
    assert "there is no run 'lost'" in result.stderr
    assert not PAGE.exists()


def test_a_place_that_cannot_be_written_is_one_sentence() -> None:
    result = call("--output", "/proc/self/made")
    assert result.exit_code == 2
    assert result.stderr.startswith("pytest-harness: cannot use /proc/self/made")
    assert result.stderr.count("\n") == 1
