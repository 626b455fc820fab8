from __future__ import annotations

import json
from pathlib import Path

import pytest

from pytest_harness.errors import WorkspaceError
from pytest_harness.records import CheckResult
from pytest_harness.vocabulary import CheckStatus, Outcome
from pytest_harness.workspace import HistoryEntry, Limits, verify_context, write_context

from .trees import File, Link, read, write

_LIMITS = Limits(writable=("AGENTS.md", "scripts"), timeout=600.0, round=2, budget=3)


def _entry(
    number: int, score: float | None, diff: bytes = b"", outcome: Outcome = Outcome.DISCARD
) -> HistoryEntry:
    check = CheckResult(
        name="tests-pass",
        type="Command",
        weight=1.0,
        required=False,
        status=CheckStatus.FAILED,
        score=0.0,
        reason="expected exit 0, found 1",
        tail="boom ``` at line 3",
    )
    return HistoryEntry(
        id=f"c{number:04}",
        parent="c0000" if number else None,
        outcome=outcome,
        reason="not better",
        score=score,
        checks=(check,),
        diff=diff,
    )


def _write(workspace: Path, *history: HistoryEntry, history_bytes: int = 100_000) -> str:
    return write_context(
        workspace,
        objective="Make it work.",
        limits=_LIMITS,
        environment="- git: 2",
        history=history,
        history_bytes=history_bytes,
    )


def test_objective_limits_and_environment_are_there_to_read(tmp_path: Path) -> None:
    _write(tmp_path)
    text = (tmp_path / ".pytest-harness" / "objective.md").read_text()
    for expected in ("Make it work.", "proposal 2 of 3", "600 seconds", "`AGENTS.md`", "`scripts`"):
        assert expected in text
    assert "- git: 2" in (tmp_path / ".pytest-harness" / "environment.md").read_text()


def test_history_is_best_first_then_newest(tmp_path: Path) -> None:
    _write(tmp_path, _entry(0, 0.5), _entry(1, 0.75, b"+x\n"), _entry(2, None), _entry(3, 0.5))
    history = json.loads((tmp_path / ".pytest-harness" / "history.json").read_bytes())
    assert [each["id"] for each in history["candidates"]] == ["c0001", "c0003", "c0002", "c0000"]
    assert history["left_out"] == 0
    assert history["candidates"][0]["diff"] == "+x\n"
    text = (tmp_path / ".pytest-harness" / "history.md").read_text()
    assert text.index("c0001") < text.index("c0003") < text.index("c0002")
    assert "expected exit 0, found 1" in text
    assert "````text\nboom ``` at line 3\n````" in text


def test_history_is_capped_in_bytes_and_says_what_is_missing(tmp_path: Path) -> None:
    entries = [_entry(number, 0.5, b"+\xff" * 3000) for number in range(100)]
    _write(tmp_path, *entries, history_bytes=9_000)
    root = tmp_path / ".pytest-harness"
    text = (root / "history.md").read_bytes()
    assert len(text) <= 9_000
    assert b"older candidates are left out" in text
    assert b"Changes of 6000 bytes are left out" in text
    history = json.loads((root / "history.json").read_bytes())
    assert (root / "history.json").stat().st_size <= 9_000
    assert history["left_out"] + len(history["candidates"]) == 100


def test_evidence_is_copied_and_never_overwritten(tmp_path: Path) -> None:
    given = write(tmp_path / "given", {b"a/log.txt": File(b"1"), b"b/log.txt": File(b"2")})
    workspace = write(tmp_path / "w", {})
    write_context(
        workspace,
        objective="x",
        limits=_LIMITS,
        environment="",
        evidence=[given / "a" / "log.txt", given / "b" / "log.txt", given / "a"],
    )
    assert read(workspace / ".pytest-harness" / "evidence") == {
        b"log.txt": File(b"1"),
        b"2-log.txt": File(b"2"),
        b"a/log.txt": File(b"1"),
    }


def test_touching_the_context_is_noticed(tmp_path: Path) -> None:
    digest = _write(tmp_path)
    assert verify_context(tmp_path, digest)
    (tmp_path / ".pytest-harness" / "objective.md").write_text("something else")
    assert not verify_context(tmp_path, digest)
    assert _write(tmp_path) == digest
    assert verify_context(tmp_path, digest)
    (tmp_path / ".pytest-harness").rename(tmp_path / "moved")
    assert not verify_context(tmp_path, digest)
    (tmp_path / ".pytest-harness").symlink_to("moved")
    assert not verify_context(tmp_path, digest)


def test_a_link_in_its_place_is_replaced_and_not_followed(tmp_path: Path) -> None:
    elsewhere = write(tmp_path / "elsewhere", {b"f": File(b"x")})
    workspace = write(tmp_path / "w", {b".pytest-harness": Link(b"../elsewhere")})
    digest = _write(workspace)
    assert verify_context(workspace, digest)
    assert read(elsewhere) == {b"f": File(b"x")}


def test_a_missing_workspace_is_said(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match=r"cannot write .* check its permissions"):
        _write(tmp_path / "gone")
