"""The ledger: what a session writes down, and how it is read again.

`RunWriter` is the one writer of records and `RunReader` the one reader; `layout` says where things
lie. Nothing here runs anything or knows pytest.
"""

from __future__ import annotations

from pytest_harness.ledger.finding import find_run, list_runs
from pytest_harness.ledger.layout import (
    BEST_PATCH,
    ORIGINAL,
    SNAPSHOT,
    CandidateFile,
    harness_folder,
    run_path,
)
from pytest_harness.ledger.reading import RunReader
from pytest_harness.ledger.session import check_free
from pytest_harness.ledger.writing import RunWriter
from pytest_harness.run_names import check_run_name, new_run_name

__all__ = [
    "BEST_PATCH",
    "ORIGINAL",
    "SNAPSHOT",
    "CandidateFile",
    "RunReader",
    "RunWriter",
    "check_free",
    "check_run_name",
    "find_run",
    "harness_folder",
    "list_runs",
    "new_run_name",
    "run_path",
]
