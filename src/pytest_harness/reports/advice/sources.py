"""Finding the evidence that a user means."""

from __future__ import annotations

from pathlib import Path

from pytest_harness.errors import ConfigurationError
from pytest_harness.ledger import RunReader
from pytest_harness.ledger.layout import RUN_FILE
from pytest_harness.reports.evidence.files import FOLDER, EvidenceFile
from pytest_harness.reports.evidence.gathering import gather
from pytest_harness.reports.evidence.reading import read_evidence
from pytest_harness.reports.evidence.records import LocalReadiness, Summary


def load_evidence(place: Path) -> tuple[Path, Summary | LocalReadiness]:
    """Read the evidence at ``place``, and say where it was found.

    That is a summary, a local readiness, or a directory of a run or of evidence. Where a run has no
    such files, its records are read. Raises `LedgerError` if nothing can be read and `SchemaError`
    for a file that is none of these.
    """
    if not place.is_dir():
        return place, read_evidence(place)
    for path in (place / FOLDER / EvidenceFile.SUMMARY, place / EvidenceFile.SUMMARY):
        if path.exists():
            return path, read_evidence(path)
    if (place / RUN_FILE).exists():
        return place, gather(RunReader(place)).summary
    path = place / EvidenceFile.SUMMARY
    return path, read_evidence(path)


def load_summary(place: Path) -> Summary:
    """Read the summary at ``place``; raises as `load_evidence` does.

    A readiness of local models is a `ConfigurationError`.
    """
    path, evidence = load_evidence(place)
    if isinstance(evidence, LocalReadiness):
        raise ConfigurationError(
            f"{path} tells of local models only; "
            f"name the {EvidenceFile.SUMMARY} beside it, or its run"
        )
    return evidence
