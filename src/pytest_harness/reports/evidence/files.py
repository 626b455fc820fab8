"""Evidence as files; equal records give equal bytes."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Any

import tomlkit

from pytest_harness.errors import LedgerError
from pytest_harness.ledger.files import write_whole
from pytest_harness.reports.evidence.baseline import Comparison
from pytest_harness.reports.evidence.gathering import Evidence
from pytest_harness.reports.evidence.markdown import comparison_page, followups_page, summary_page
from pytest_harness.reports.evidence.records import ParityFile

FOLDER = "evidence"
"""The directory of the files, in the run's directory."""


class EvidenceFile(enum.StrEnum):
    """The files of evidence."""

    SUMMARY = "summary.json"
    CELLS = "per_run.jsonl"
    READINESS = "local_readiness.json"
    PARITY = "tool_mode_parity.toml"
    PAGE = "summary.md"
    FOLLOWUPS = "followups.md"
    BASELINE = "baseline.json"
    """Only where an earlier run was named."""
    BASELINE_PAGE = "baseline.md"
    """Only where an earlier run was named."""


def write(
    evidence: Evidence,
    directory: Path,
    *,
    comparison: Comparison | None = None,
    before: str = "",
) -> tuple[Path, ...]:
    """Write all files into ``directory``, which is made if it is missing, and return their paths.

    ``comparison`` with the earlier run called ``before`` is written as well, if there is one.
    Raises `LedgerError` if a file cannot be written.
    """
    contents = {
        EvidenceFile.SUMMARY: evidence.summary.to_json(indent=2) + b"\n",
        EvidenceFile.CELLS: b"".join(cell.to_json() + b"\n" for cell in evidence.cells),
        EvidenceFile.READINESS: evidence.readiness.to_json(indent=2) + b"\n",
        EvidenceFile.PARITY: parity_toml(evidence.parity),
        EvidenceFile.PAGE: summary_page(evidence).encode(),
        EvidenceFile.FOLLOWUPS: followups_page(evidence).encode(),
    }
    if comparison is not None:
        page = comparison_page(comparison, evidence.summary.run, before)
        contents[EvidenceFile.BASELINE] = comparison.to_json(indent=2) + b"\n"
        contents[EvidenceFile.BASELINE_PAGE] = page.encode()
    written: list[Path] = []
    path = directory
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for name, data in contents.items():
            path = directory / name
            write_whole(path, data, sync=False)
            written.append(path)
    except OSError as error:
        raise LedgerError(
            f"{path} cannot be written: {error.strerror or error}; "
            "choose another directory for the evidence"
        ) from error
    return tuple(written)


def parity_toml(parity: ParityFile) -> bytes:
    """Return ``tool_mode_parity.toml``; what does not exist is left out of it."""
    document: dict[str, Any] = parity.model_dump(mode="json", by_alias=True, exclude_none=True)
    document["date"] = parity.date
    return tomlkit.dumps(document).encode()
