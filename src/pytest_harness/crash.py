"""A test whose worker died, rebuilt from the ledger."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pytest_harness._compat import add_junit_properties
from pytest_harness.ledger import RunReader, RunWriter
from pytest_harness.records import TestLine
from pytest_harness.reports.junit import record_point_properties, result_properties


def record_crash(
    config: pytest.Config, writer: RunWriter, nodeid: str, report: pytest.TestReport
) -> None:
    """Write the test's line, and give its report the properties of its cell."""
    reader = RunReader(writer.path)
    key = reader.run.tests.get(nodeid)
    if key is None:
        return
    known = [*reader.unfinished(), *reader.cells()]
    record = next((each for each in known if each.key == key), None)
    if record is not None:
        path = writer.cell_directory(record.target_id, record.directory) / "cell.json"
        properties = record_point_properties(record, writer.path.name)
        properties |= result_properties(record, str(path))
        report.user_properties = list(properties.items())
        add_junit_properties(config, report, properties)
    writer.append_test(
        TestLine(
            nodeid=nodeid,
            cell=key,
            outcome="error",
            duration=0.0,
            message="the worker died while it ran this test",
            session=writer.session,
            worker=writer.worker,
            at=datetime.now(UTC),
        )
    )
