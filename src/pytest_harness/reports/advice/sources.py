"""Finding the evidence that a user means."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pytest_harness.errors import ConfigurationError
from pytest_harness.reports.evidence.reading import read_evidence
from pytest_harness.reports.evidence.records import LocalReadiness, Summary

EVIDENCE: Final = "evidence"
"""The directory of evidence in that of a run."""
SUMMARY: Final = "summary.json"
"""The file with all of it."""


def evidence_file(place: Path) -> Path:
    """Return the file at ``place``: itself, or the summary in a directory of evidence or a run."""
    if not place.is_dir():
        return place
    inside = place / EVIDENCE
    return (inside if inside.is_dir() else place) / SUMMARY


def load_evidence(place: Path) -> tuple[Path, Summary | LocalReadiness]:
    """Read a summary or a local readiness, whichever ``place`` holds, and say from which file.

    Raises `LedgerError` if it cannot be read and `SchemaError` if it is neither.
    """
    path = evidence_file(place)
    return path, read_evidence(path)


def load_summary(place: Path) -> Summary:
    """Read the summary at ``place``; raises as `load_evidence` does.

    A readiness of local models is a `ConfigurationError`.
    """
    path = evidence_file(place)
    evidence = read_evidence(path)
    if isinstance(evidence, LocalReadiness):
        raise ConfigurationError(
            f"{path} tells of local models only; name the {SUMMARY} beside it, or its run"
        )
    return evidence
