"""What is written down: frozen, strict, versioned records.

``cell.json`` holds one `CellRecord`; ``ledger.jsonl`` holds `CellLine` and `TestLine`; ``run.json``
holds a `RunRecord`. Every report is drawn from these and from nothing else. Numbers that do not
exist are ``None``, and ``NaN`` or an infinity is refused when a record is made. Paths inside a
workspace are text: bytes that are not UTF-8 appear as hexadecimal escapes.
"""

from __future__ import annotations

from pytest_harness.records.base import SCHEMA, Record
from pytest_harness.records.candidate import (
    Attempt,
    CandidateRecord,
    FileChange,
    ProposalRecord,
    Rejection,
    ToolCall,
)
from pytest_harness.records.cell import CellRecord, Point
from pytest_harness.records.evaluation import CheckResult, Evaluation
from pytest_harness.records.run import CellLine, RunRecord, TestLine
from pytest_harness.records.spending import Spending, Spent, Usage

__all__ = [
    "SCHEMA",
    "Attempt",
    "CandidateRecord",
    "CellLine",
    "CellRecord",
    "CheckResult",
    "Evaluation",
    "FileChange",
    "Point",
    "ProposalRecord",
    "Record",
    "Rejection",
    "RunRecord",
    "Spending",
    "Spent",
    "TestLine",
    "ToolCall",
    "Usage",
]
