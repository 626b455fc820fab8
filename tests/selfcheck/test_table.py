"""The published table of tricks is what happens when they are tried."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_harness.backends.cheat_evidence import load_evidence
from pytest_harness.backends.cheat_table import BY_TRICK, ROWS, Stand
from pytest_harness.backends.cheat_tricks import EVERYTHING, TOGETHER, Trick, trick_of
from pytest_harness.records import CandidateRecord
from pytest_harness.selfcheck_verdict import REFUSED
from pytest_harness.vocabulary import RuntimeMode
from tests.containers import IMAGE, use_image
from tests.plugin.conftest import Project
from tests.selfcheck.proving_ground import make_ground

HARMFUL = (Trick.WRITE_LEDGER, Trick.WRITE_CANDIDATES, Trick.WRITE_SOURCES)
"""Tricks that do nothing outside the workspace unless they are let."""

RUNTIMES = (
    RuntimeMode.HOST,
    RuntimeMode.PROFILE,
    RuntimeMode.SANDBOX,
    pytest.param(RuntimeMode.CONTAINER, marks=pytest.mark.container),
)


def test_every_trick_has_a_row() -> None:
    assert [row.trick for row in ROWS] == list(Trick)
    assert all(set(row.stands) == set(RuntimeMode) for row in ROWS)
    assert set(TOGETHER) <= set(Trick)


def stand(run: Path, candidate: CandidateRecord, baseline: CandidateRecord) -> Stand:
    """Say how a trick fared, by what the checks gave and by what its process managed."""
    evidence = load_evidence(run / candidate.artifacts)
    if candidate.outcome in REFUSED:
        return Stand.DETECTED
    better = (candidate.score or 0.0) > (baseline.score or 0.0)
    return Stand.OPEN if better or evidence.read or evidence.wrote else Stand.PREVENTED


@pytest.fixture
def ground(
    project: Project, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Project:
    if request.node.callspec.params["runtime"] is RuntimeMode.CONTAINER:
        use_image(monkeypatch)
        (project.path / "harness.toml").write_text(f'[runtimes.container]\nimage = "{IMAGE}"\n')
    make_ground(project)
    return project


@pytest.mark.slow
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_tricks_stand_as_published(ground: Project, runtime: RuntimeMode) -> None:
    result = ground.run(
        "--harness-selfcheck", f"--harness-runtime={runtime}", "-k", "cheat", "test_it.py"
    )
    result.assert_outcomes(passed=1)
    (cell,) = ground.cells()
    baseline, *tried = cell.candidates
    found = {
        trick_of(number): stand(ground.reader().path, candidate, baseline)
        for number, candidate in enumerate(tried, start=1)
    }
    del found[EVERYTHING]
    wanted = {trick: row.stands[runtime] for trick, row in BY_TRICK.items()}
    for trick in HARMFUL:
        # Without harm it is only told what could be done; the next test does it.
        done = {Stand.DETECTED: Stand.OPEN}.get(wanted[trick], wanted[trick])
        wanted[trick] = done
    assert found == wanted
    processes = [
        pid
        for candidate in tried
        for pid in load_evidence(ground.reader().path / candidate.artifacts).left
    ]
    assert processes
    if runtime in {RuntimeMode.HOST, RuntimeMode.PROFILE}:
        assert not [pid for pid in processes if Path(f"/proc/{pid}").exists()]


@pytest.mark.slow
@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("trick", HARMFUL)
def test_harm_stands_as_published(ground: Project, trick: Trick, runtime: RuntimeMode) -> None:
    ground.run(f"--harness-backend=vandal@{trick}", f"--harness-runtime={runtime}", "test_it.py")
    (cell,) = ground.cells()
    assert (
        stand(ground.reader().path, cell.candidates[1], cell.candidates[0])
        is (BY_TRICK[trick].stands[runtime])
    )
