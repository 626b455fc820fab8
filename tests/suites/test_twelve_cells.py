"""Six tasks in two formats, played by a mock: all pass, and nothing differs from run to run."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import MOCK, Ran, RunSuite

TARGETS = (
    "cli_help_flag",
    "docs_symbol_rename",
    "no_tool_diagnosis",
    "python_add",
    "read_only_audit",
    "test_output_first",
)
SESSIONS = {"alone": ("-n0",), "two": ("-n2",), "two again": ("-n2",)}
"""Options by session."""
AGAIN = [
    pytest.param(name, marks=pytest.mark.slow) if name.endswith("again") else name
    for name in SESSIONS
]
OF_ONE_RUN = frozenset(
    {
        "cwd",
        "duration",
        "durations",
        "ended_at",
        "first_event",
        "pid",
        "seen",
        "session",
        "started_at",
        "worker",
    }
)
"""Times, places and ids in records, which are another in each run."""
RECORDS = (".json", ".jsonl")


Session = Callable[[str], Ran]


@pytest.fixture(scope="module")
def session(run_suite: RunSuite) -> Session:
    """Return a function that runs a session by its name, once."""
    return functools.cache(lambda name: run_suite(*MOCK, *SESSIONS[name]))


@pytest.mark.parametrize("name", AGAIN)
def test_all_pass_and_cost_nothing(session: Session, name: str) -> None:
    ran = session(name)
    assert ran.exit == 0, ran.output
    assert re.search(r"\b12 passed\b", ran.output)
    assert "12 cells; $0.0000" in ran.output
    points = sorted((cell.target, str(cell.point.format)) for cell in ran.cells())
    assert points == [(name, format_) for name in TARGETS for format_ in ("native", "text")]


def test_both_formats_give_the_same_tool_sequence(session: Session) -> None:
    found: dict[str, list[object]] = {name: [] for name in TARGETS}
    for cell in session("alone").cells():
        attempt = cell.candidates[-1].proposal
        assert attempt is not None
        assert attempt.rejected_calls == 0
        found[cell.target].append((attempt.tool_calls, attempt.answer, attempt.turns))
    assert [len(each) for each in found.values()] == [2] * 6
    assert all(native == text for native, text in found.values())


@pytest.mark.parametrize("name", AGAIN[1:])
def test_the_records_are_equal_byte_by_byte(session: Session, name: str) -> None:
    first, other = settled(session("alone")), settled(session(name))
    assert first.keys() == other.keys()
    different = [path for path, data in first.items() if data != other[path]]
    assert not different, (first[different[0]], other[different[0]])
    names = {path.name for path in first}
    assert {"cell.json", "candidate.json", "events.jsonl", "transcript.jsonl"} <= names


def settled(ran: Ran) -> dict[Path, bytes]:
    """Return the files of all cells by their paths, without what belongs to one run."""
    cells = ran.run.resolve() / "cells"
    files = sorted(path for path in cells.rglob("*") if path.is_file() and path.stat().st_size)
    return {path.relative_to(cells): _settled(path, str(ran.temporary)) for path in files}


def _settled(path: Path, temporary: str) -> bytes:
    data = path.read_bytes()
    if path.suffix not in RECORDS:
        return data
    # A baseline is evaluated in the cell of whichever format comes first.
    text = re.sub(re.escape(temporary) + r"/[\w./-]*/work\b", "STAGE", data.decode())
    if path.suffix == ".jsonl":
        return b"\n".join(_without(json.loads(line)) for line in text.splitlines())
    return _without(json.loads(text))


def _without(document: object) -> bytes:
    """Write a record down again without the times, places and ids in it."""
    return json.dumps(_known(document)).encode()


def _known(value: object) -> object:
    if isinstance(value, dict):
        return {key: _known(inner) for key, inner in value.items() if key not in OF_ONE_RUN}
    if isinstance(value, list):
        return [_known(inner) for inner in value]
    return value
