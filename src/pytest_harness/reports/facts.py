"""The questions that every report asks of a cell's record, answered in one place."""

from __future__ import annotations

from pathlib import Path

from pytest_harness.ledger import BEST_PATCH, CandidateFile, RunReader
from pytest_harness.ledger.layout import CELL_FILE, CELLS
from pytest_harness.records import CandidateRecord, CellRecord, Point
from pytest_harness.vocabulary import SEVERE_OUTCOMES, CellStatus, Kind

_CANDIDATE_FILES = (
    CandidateFile.DIFF,
    CandidateFile.PROMPT,
    CandidateFile.STDOUT,
    CandidateFile.STDERR,
    CandidateFile.EVENTS,
    CandidateFile.TRANSCRIPT,
    CandidateFile.EVALUATION,
)


def backend_label(point: Point) -> str:
    """Return the backend with its model and format, if they were named: ``codex@gpt-5.5``."""
    label = point.backend if point.model is None else f"{point.backend}@{point.model}"
    return label if point.format is None else f"{label} {point.format.value}"


def model(record: CellRecord) -> str | None:
    """Return the model that was asked, named by the point of the matrix or by the backend alone."""
    told = (each.proposal.model for each in record.candidates if each.proposal is not None)
    return record.point.model or next((name for name in told if name), None)


def target_label(record: CellRecord) -> str:
    """Return the target with its variant, if it has any: ``python_fixture/terse``."""
    variant = record.point.variant
    return record.target if variant is None else f"{record.target}/{variant}"


def cell_label(record: CellRecord) -> str:
    """Return target and cell as a test shows them: ``python_fixture[codex-t1]``."""
    return f"{record.target}[{record.id}]"


def baseline(record: CellRecord) -> CandidateRecord | None:
    """Return the workspace as the target gives it, if it was evaluated."""
    return next(
        (each for each in record.candidates if each.parent is None and not each.proposal), None
    )


def result(record: CellRecord) -> CandidateRecord | None:
    """Return the candidate whose score is the cell's: a task's attempt, else the best."""
    if record.kind is Kind.TASK:
        return record.candidate(record.attempt)
    return record.candidate(record.best) or baseline(record)


def shown(record: CellRecord) -> CandidateRecord | None:
    """Return the candidate worth looking at: the result, or the last if that is the baseline."""
    chosen = result(record)
    if chosen is not None and chosen is not baseline(record):
        return chosen
    return record.candidates[-1] if record.candidates else None


def baseline_score(record: CellRecord) -> float | None:
    """Return the score before any proposal."""
    first = baseline(record)
    return None if first is None else first.score


def best_score(record: CellRecord) -> float | None:
    """Return the cell's score; ``None`` if it was not evaluated, or does not count."""
    chosen = result(record) if is_counted(record) else None
    return None if chosen is None else chosen.score


def is_counted(record: CellRecord) -> bool:
    """Whether the cell says something about the agent.

    A fault, an unfinished cell and what a test shows as an error (`SEVERE_OUTCOMES`) do not.
    """
    return (
        record.status is CellStatus.FINISHED
        and record.fault is None
        and record.outcome not in SEVERE_OUTCOMES
    )


def mean_score(record: CellRecord) -> float:
    """Return the score of a counted cell as it enters a mean.

    An agent that crashed or ran out of time before there was anything to evaluate got nothing: 0.
    """
    score = best_score(record)
    return 0.0 if score is None else score


def rejected_calls(record: CellRecord) -> int | None:
    """Return how many calls of a plain model were not executed; ``None`` for other agents."""
    if record.point.format is None:
        return None
    made = [each.proposal for each in record.candidates if each.proposal is not None]
    return sum(each.rejected_calls for each in made)


def proposals(record: CellRecord) -> int:
    """Return how many proposals were made."""
    return sum(each.proposal is not None for each in record.candidates)


def fault_word(record: CellRecord) -> str | None:
    """Return why the cell does not count, as a word; ``None`` if it does."""
    if record.status is not CellStatus.FINISHED:
        return "unfinished"
    if record.fault is not None:
        return record.fault.value
    if record.outcome in SEVERE_OUTCOMES:
        return record.outcome.value if record.outcome else None
    return None


def cell_folder(record: CellRecord) -> str:
    """Return the cell's directory relative to the run."""
    return f"{CELLS}/{record.target_id}/{record.directory}"


def artifact_files(run: Path, record: CellRecord) -> list[str]:
    """Return the cell's files worth a link that exist, relative to the run."""
    reader = RunReader(run)
    folder = reader.cell_directory(record)
    files = [folder / CELL_FILE, folder / BEST_PATCH]
    candidate = shown(record)
    if candidate is not None:
        files += [reader.artifact(candidate) / name for name in _CANDIDATE_FILES]
    return [file.relative_to(run).as_posix() for file in files if file.is_file()]


def diff_file(run: Path, record: CellRecord) -> Path | None:
    """Return the patch of the shown candidate: ``best.patch`` if it is the best, else its own."""
    candidate = shown(record)
    if candidate is None:
        return None
    reader = RunReader(run)
    best = reader.cell_directory(record) / BEST_PATCH
    if candidate.id == record.best and best.is_file():
        return best
    own = reader.artifact(candidate) / CandidateFile.DIFF
    return own if own.is_file() else None
