"""Every class of fault has its word, told apart by evidence, and is counted apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_harness.records import CellRecord
from pytest_harness.reports import junit, matrix
from pytest_harness.reports.causes import COUNTED, cause_of
from pytest_harness.reports.facts import is_counted
from pytest_harness.reports.read_xml import read_xml
from pytest_harness.vocabulary import Cause, CheckStatus, Ended, Fault, Lack, Outcome
from tests.reports.samples import cell, started


def fault(of: Fault, **changes: object) -> CellRecord:
    return cell(fault=of, after=None, reason="why").model_copy(update=changes)


def ended(by: Ended, record: CellRecord) -> CellRecord:
    """Return the record with another end of its proposal."""
    first, second = record.candidates
    assert second.proposal is not None
    proposal = second.proposal.model_copy(update={"ended": by})
    return record.model_copy(
        update={"candidates": (first, second.model_copy(update={"proposal": proposal}))}
    )


def check(status: CheckStatus) -> CellRecord:
    """Return a cell one of whose checks has no score."""
    record = cell(outcome=Outcome.CRASH)
    first, second = record.candidates
    assert second.evaluation is not None
    one, two = second.evaluation.checks
    two = two.model_copy(update={"status": status, "score": None})
    evaluation = second.evaluation.model_copy(update={"score": None, "checks": (one, two)})
    second = second.model_copy(update={"evaluation": evaluation, "fault": Fault.INTERNAL})
    return record.model_copy(update={"candidates": (first, second), "fault": Fault.INTERNAL})


SAMPLES = {
    Cause.MISSING_PROGRAM: fault(Fault.UNAVAILABLE, lacks=Lack.PROGRAM, candidates=()),
    Cause.MISSING_KEY: fault(Fault.UNAVAILABLE, lacks=Lack.KEY, candidates=()),
    Cause.MISSING_MODEL: fault(Fault.UNAVAILABLE, lacks=Lack.MODEL, candidates=()),
    Cause.UNAVAILABLE: fault(Fault.UNAVAILABLE, candidates=()),
    Cause.REFUSED_KEY: fault(Fault.AUTH),
    Cause.RATE_LIMIT: fault(Fault.RATE_LIMIT),
    Cause.TRANSPORT: fault(Fault.TRANSPORT),
    Cause.UNSUPPORTED: fault(Fault.UNSUPPORTED),
    Cause.BUDGET: fault(Fault.BUDGET, withheld=True),
    Cause.INTERRUPTED: fault(Fault.INTERRUPTED),
    Cause.CHECK_TIMEOUT: check(CheckStatus.TIMEOUT),
    Cause.CHECK_ERROR: check(CheckStatus.ERROR),
    Cause.INTERNAL: fault(Fault.INTERNAL),
    Cause.UNFINISHED: started(cell()),
    Cause.TAMPERED: cell(outcome=Outcome.TAMPERED),
    Cause.SCOPE_VIOLATION: cell(outcome=Outcome.SCOPE_VIOLATION),
    Cause.AGENT_TIMEOUT: cell(outcome=Outcome.TIMEOUT, after=None),
    Cause.LIMIT: ended(Ended.LIMIT, cell(outcome=Outcome.CRASH, after=None)),
    Cause.CRASH: cell(outcome=Outcome.CRASH, after=None),
}


@pytest.mark.parametrize("cause", list(Cause), ids=str)
def test_each_has_its_evidence(cause: Cause) -> None:
    record = SAMPLES[cause]
    assert cause_of(record) is cause
    assert is_counted(record) is (cause in COUNTED)


def test_a_plain_result_has_none() -> None:
    assert cause_of(cell()) is None
    assert cause_of(cell(after=0.0)) is None


def test_a_program_that_could_not_be_started_is_missing() -> None:
    record = ended(Ended.NOT_STARTED, cell(fault=Fault.UNAVAILABLE, after=None))
    assert cause_of(record) is Cause.MISSING_PROGRAM


def test_the_table_counts_by_cause_and_backend() -> None:
    records = [
        fault(Fault.AUTH),
        cell(outcome=Outcome.TIMEOUT, after=None),
        fault(Fault.AUTH),
        cell(),
        fault(Fault.AUTH, point=cell(backend="pi", model=None).point),
    ]
    found = matrix.build(records)
    assert found.causes_table().rows == (
        ("refused key", "codex@gpt-5.5", 2, False),
        ("refused key", "pi", 1, False),
        ("agent out of time", "codex@gpt-5.5", 1, True),
    )
    entry = found.entries["codex@gpt-5.5", "python_fixture"]
    assert (len(entry.scores), entry.text()) == (2, "0.525 (n=2, 2 faults)")


@pytest.mark.parametrize("cause", list(Cause), ids=str)
def test_xml_keeps_it(cause: Cause, tmp_path: Path) -> None:
    record = SAMPLES[cause]
    known = junit.record_point_properties(record, "run") | junit.result_properties(record, "x")
    properties = "".join(f'<property name="{k}" value="{v}"/>' for k, v in known.items())
    file = tmp_path / "report.xml"
    file.write_text(
        "<testsuites><testsuite><testcase name='t'><properties>"
        f"{properties}</properties></testcase></testsuite></testsuites>"
    )
    (found,) = read_xml(file)
    assert found.result.cause is cause
