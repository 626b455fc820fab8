"""``probe`` with programs that are not what they should be, or not here at all."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from pytest_harness.backends.registry import BUILT_IN, PROVIDERS, Catalog
from tests.cli.conftest import Harness

KEYS = (
    "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN", "CODEX_API_KEY",
    "OPENAI_API_KEY", "GEMINI_API_KEY", "GOOGLE_API_KEY",
)  # fmt: skip


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A search path with the shell and what a test puts there; no login, no key."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for name in KEYS:
        monkeypatch.delenv(name, raising=False)
    return folder


def put(programs: Path, name: str, says: str) -> None:
    """Put a program there that prints one line."""
    program = programs / name
    program.write_text(f"#!/bin/sh\necho '{says}'\n")
    program.chmod(0o755)


def look(harness: Harness, *backends: str) -> list[dict[str, Any]]:
    documents: list[dict[str, Any]] = json.loads(harness("probe", "--json", *backends).output)
    return documents


def test_a_binary_that_is_another_program_is_not_run_as_an_agent(
    harness: Harness, programs: Path
) -> None:
    put(programs, "claude", "Claude Monet 1.2")
    [document] = look(harness, "claude")
    assert (document["ready"], document["version"]) == (False, None)
    assert "is not Claude Code: it says 'Claude Monet 1.2'" in document["missing"]
    assert "npm install -g @anthropic-ai/claude-code" in document["remedy"]
    assert document["runtimes"] == []
    assert harness("probe", "--live", "claude").exit_code == 1


def test_a_version_that_was_not_tested_is_told_and_used(
    harness: Harness, programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(programs, "codex", "codex-cli 99.0.0")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789abcdef")
    [document] = look(harness, "codex")
    assert (document["ready"], document["version"]) == (True, "99.0.0")
    [note] = [each for each in document["notes"] if "tested" in each]
    assert note.startswith("Codex 99.0.0 is newer than what was tested (")
    assert document["tested"] in note
    assert "sk-0123456789abcdef" not in harness("probe", "codex").output


@pytest.mark.parametrize(
    ("backend", "says", "name"),
    [
        ("claude", "2.1.329 (Claude Code)", "ANTHROPIC_API_KEY"),
        ("codex", "codex-cli 0.169.0", "OPENAI_API_KEY"),
    ],
)
def test_an_empty_key_is_no_key_and_is_named(
    harness: Harness,
    programs: Path,
    monkeypatch: pytest.MonkeyPatch,
    backend: str,
    says: str,
    name: str,
) -> None:
    put(programs, backend, says)
    monkeypatch.setenv(name, "")
    [document] = look(harness, backend)
    assert (document["ready"], document["credentials"]) == (False, [])
    assert f"the variable {name} is set, but empty" in document["notes"]


def test_without_any_program_each_has_a_remedy(harness: Harness, programs: Path) -> None:
    result = harness("probe")
    assert result.exit_code == 0
    documents = look(harness)
    lacking = [each for each in documents if not each["ready"]]
    assert {"claude", "codex", "copilot", "gemini", "opencode", "pi"} <= {
        each["backend"] for each in lacking
    }
    assert all(each["missing"] and each["remedy"] for each in lacking)
    lines = [line.strip() for line in result.output.splitlines()]
    for command in ("npm install -g @openai/codex", "npm install -g @google/gemini-cli"):
        assert command in lines  # alone on its line, so that it can be copied
    assert harness("probe", "codex").exit_code == 1


def test_every_provider_is_a_backend_and_is_shown_once(harness: Harness, programs: Path) -> None:
    assert set(PROVIDERS) <= set(BUILT_IN)
    shown = Catalog().shown
    assert sorted(BUILT_IN[name] for name in shown) == sorted(PROVIDERS)
    assert {"claude", "claude-sdk", "pi-rpc"} <= set(shown)
    assert [each["provider"] for each in look(harness, "claude-cli", "claude")] == [
        "claude-cli",
        "claude-cli",
    ]


@pytest.mark.parametrize("width", [80, 120])
def test_lines_fit_the_terminal(
    harness: Harness, programs: Path, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    lines = harness("probe", "claude", "codex", "gemini", "pi-sdk").output.splitlines()
    assert lines
    assert max(map(len, lines)) <= width


def test_a_script_in_place_of_a_model_needs_no_key(harness: Harness, programs: Path) -> None:
    put(programs, "codex", "codex-cli 0.169.0")
    Path("script.yaml").write_text("- {do: say, text: done}\n")
    [document] = look(harness, "codex@scripted:script.yaml")
    assert (document["ready"], document["missing"]) == (True, "")
    lost = harness("probe", "codex@scripted:lost.yaml")
    assert lost.exit_code == 2
    assert "lost.yaml cannot be read" in lost.stderr
    assert len(lost.stderr.splitlines()) == 1


def test_a_backend_is_told_as_it_was_named(harness: Harness, programs: Path) -> None:
    named = ["model@openai:gpt-5-mini", "model@mock:mock", "model"]
    documents = look(harness, *named)
    assert [each["backend"] for each in documents] == named
    assert [each["ready"] for each in documents] == [False, True, False]
