"""What a run says about plain models: formats compared, verdicts, readiness, and what to look at.

`gather` reads a run and `write` puts it down as files; `read_summary`, `read_readiness`,
`read_evidence` and `read_parity` read those again. `compare` sets a run beside an earlier one.
Nothing here runs anything, and equal records give equal bytes.
"""

from __future__ import annotations

from pytest_harness.reports.evidence.baseline import Comparison, compare
from pytest_harness.reports.evidence.files import FOLDER, EvidenceFile, write
from pytest_harness.reports.evidence.gathering import Evidence, gather
from pytest_harness.reports.evidence.readiness import LOCAL
from pytest_harness.reports.evidence.reading import (
    read_evidence,
    read_parity,
    read_readiness,
    read_summary,
)

__all__ = [
    "FOLDER",
    "LOCAL",
    "Comparison",
    "Evidence",
    "EvidenceFile",
    "compare",
    "gather",
    "read_evidence",
    "read_parity",
    "read_readiness",
    "read_summary",
    "write",
]
