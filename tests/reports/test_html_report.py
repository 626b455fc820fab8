from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from pytest_harness.ledger import RunWriter
from tests.reports.samples import Run, cell, started, write_run

PROJECT = """
import os
from pathlib import Path
import pytest
from pytest_harness import _keys
from pytest_harness.records import CellRecord
from pytest_harness.reports import html, junit

RUN = Path({run!r})

def pytest_configure(config):
    if config.getoption("htmlpath", None):
        config.pluginmanager.register(html.HtmlReport(config, RUN))

@pytest.fixture
def agent(request):
    path = RUN / "cells" / "python_fixture" / request.param / "cell.json"
    record = CellRecord.from_json(path.read_bytes())
    junit.put_properties(request.node, junit.record_point_properties(record, RUN.name))
    junit.put_properties(request.node, junit.result_properties(record, str(path)))
    request.node.stash[_keys.RECORD] = str(path)
    if record.fault:
        pytest.fail(record.reason, pytrace=False)
    return record
"""


def prepare(pytester: pytest.Pytester, run: Path, tests: str) -> None:
    pytester.makeconftest(PROJECT.format(run=str(run)))
    pytester.makepyfile(test_agents=tests)


def page(path: Path) -> tuple[str, dict[str, Any]]:
    text = path.read_text()
    blob = re.search(r'data-jsonblob="([^"]*)"', text)
    assert blob is not None
    return text, json.loads(unescape(blob.group(1)))


TESTS = """
import pytest

@pytest.mark.parametrize("agent", {cells!r}, indirect=True)
def test_solves(agent):
    assert agent.best == "c0001"

def test_plain():
    pass
"""


@pytest.mark.parametrize("options", [[], ["-n2"]], ids=["alone", "xdist"])
def test_rows_have_our_columns_and_details(
    pytester: pytest.Pytester, sample: Run, options: list[str]
) -> None:
    names = [record.directory for record in sample.cells[:3]]
    prepare(pytester, sample.path, TESTS.format(cells=names))
    run = pytester.runpytest_subprocess if options else pytester.runpytest_inprocess
    result = run("-pno:harness", "--html=out/page.html", *options)
    result.assert_outcomes(passed=3, errors=1)
    text, data = page(pytester.path / "out/page.html")
    rows = {name: rows[0] for name, rows in data["tests"].items()}
    first = rows["test_agents.py::test_solves[codex-gpt-5.5-t1]"]
    assert '<td class="col-backend">codex</td>' in first["resultsTableRow"]
    assert '<td class="col-model">gpt-5.5</td>' in first["resultsTableRow"]
    assert '<td class="col-format">-</td>' in first["resultsTableRow"]
    assert '<td class="col-outcome">keep</td>' in first["resultsTableRow"]
    shown = [re.sub("<span hidden>.*</span>", "", each) for each in first["resultsTableRow"]]
    assert '<td class="col-before">0.050</td>' in shown
    assert '<td class="col-after">1.000</td>' in shown
    assert '<td class="col-tokens">1,550</td>' in shown
    assert '<td class="col-cost">$0.2500</td>' in shown
    head = text.partition('id="results-table-head"')[2].partition("</thead>")[0]
    assert len(first["resultsTableRow"]) == head.count("<th")
    [extra] = first["extras"]
    assert "git-safety" in extra["content"]
    assert '<span class="add">+new words</span>' in extra["content"]
    assert "-old &lt;b&gt;words&lt;/b&gt;" in extra["content"]
    assert "<script>" not in extra["content"]
    assert "&lt;script&gt;alert" in extra["content"]
    link = re.search(r'href="([^"]*best\.patch)"', extra["content"])
    assert link is not None
    assert (pytester.path / "out" / link.group(1)).resolve().is_file()
    fault = rows["test_agents.py::test_solves[codex-gpt-5.5-t3]"]
    assert '<td class="col-outcome">auth</td>' in fault["resultsTableRow"]
    plain = rows["test_agents.py::test_plain"]
    assert '<td class="col-backend">-</td>' in plain["resultsTableRow"]
    assert plain["extras"] == []
    assert "0.750 (n=2, 1 fault)" in text
    assert str(sample.path / "ledger.jsonl") in text
    assert "display:none}" not in text


def test_a_model_that_only_the_backend_names_has_its_column(
    pytester: pytest.Pytester, tmp_path: Path
) -> None:
    run = write_run(tmp_path, [cell(model=None)])
    prepare(pytester, run.path, TESTS.format(cells=[run.cells[0].directory]))
    pytester.runpytest_inprocess("-pno:harness", "--html=page.html").assert_outcomes(passed=2)
    _, data = page(pytester.path / "page.html")
    rows = {name: rows[0] for name, rows in data["tests"].items()}
    row = rows["test_agents.py::test_solves[codex-t1]"]["resultsTableRow"]
    assert '<td class="col-model">gpt-5.5</td>' in row


def test_columns_are_hidden_where_no_cell_ran(pytester: pytest.Pytester, tmp_path: Path) -> None:
    prepare(pytester, tmp_path / "none", "def test_plain(): pass")
    pytester.runpytest_inprocess("-pno:harness", "--html=page.html").assert_outcomes(passed=1)
    text, _ = page(pytester.path / "page.html")
    assert ".col-backend" in text
    assert "{display:none}" in text


CRASH = """
import os
import pytest
from pytest_harness.ledger import RunWriter
from pytest_harness.records import CellRecord

@pytest.fixture
def agent(worker_id):
    from conftest import RUN
    path = RUN / "cells" / "python_fixture" / "lost" / "cell.json"
    text = path.read_text().replace('"worker":"someone"', f'"worker":"{worker_id}"')
    path.write_text(text)
    os._exit(9)

@pytest.mark.parametrize("agent", ["pi-t1"], indirect=True)
def test_crashes(agent):
    pass

def test_other():
    pass
"""


def test_a_test_whose_worker_died_has_a_row_from_the_ledger(
    pytester: pytest.Pytester, sample: Run
) -> None:
    lost = cell(backend="pi", model=None, directory="lost", worker="someone")
    writer = RunWriter(sample.path, "s1", "someone")
    writer.open(resume=True)
    writer.start(writer.cell_directory("python_fixture", "lost"), started(lost))
    writer.close()
    prepare(pytester, sample.path, CRASH)
    result = pytester.runpytest_subprocess("-pno:harness", "--html=page.html", "-n1")
    result.stdout.fnmatch_lines(["*worker 'gw0' crashed while running*"])
    _, data = page(pytester.path / "page.html")
    [row] = data["tests"]["test_agents.py::test_crashes[pi-t1]"]
    assert '<td class="col-result">Error</td>' in row["resultsTableRow"]
    assert '<td class="col-backend">pi</td>' in row["resultsTableRow"]
    assert "crashed while running" in row["log"]
    assert "unfinished" in row["extras"][0]["content"]
