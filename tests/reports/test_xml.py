from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_harness.ledger import RunReader
from pytest_harness.reports.xml import Attachments, split_nodeid, write_xml
from tests.reports.samples import NASTY, Run, cell, line_of, write_run


def draw(
    run: Run, attachments: Attachments = Attachments.RELATIVE
) -> tuple[ET.Element, dict[str, ET.Element]]:
    file = run.root / "reports/junit.xml"
    write_xml(RunReader(run.path), file, attachments)
    root = ET.parse(file).getroot()  # noqa: S314 - our own file
    return root, {case.get("name", ""): case for case in root.iter("testcase")}


def properties(case: ET.Element) -> dict[str, str]:
    return {each.get("name", ""): each.get("value", "") for each in case.iter("property")}


def test_every_test_is_a_testcase_with_its_properties(sample: Run) -> None:
    root, cases = draw(sample)
    suite = root[0]
    assert (
        suite.get("tests"),
        suite.get("failures"),
        suite.get("errors"),
        suite.get("skipped"),
    ) == (
        "7",
        "1",
        "2",
        "2",
    )
    case = cases["test_solves[codex-gpt-5.5-t1]"]
    assert case.get("classname") == "tests.test_agents"
    assert case.get("file") == "tests/test_agents.py"
    known = properties(case)
    assert known["harness.run"] == "first"
    assert known["harness.backend"] == "codex"
    assert known["harness.score.baseline"] == "0.05"
    assert known["harness.score.best"] == "1.0"
    assert Path(known["harness.record"]).is_file()
    assert len(known) == len(list(case.iter("property")))


def test_verdicts_are_as_pytest_writes_them(sample: Run) -> None:
    _, cases = draw(sample)
    failed = cases["test_solves[codex-gpt-5.5-t2]"].find("failure")
    assert failed is not None
    assert failed.text is not None
    assert "assert 0.5 == 1.0" in failed.text
    assert "tests-pass" in failed.text
    assert "<script>" in (failed.get("message") or "")
    assert "\n" not in (failed.get("message") or "")
    error = cases["test_solves[codex-gpt-5.5-t3]"].find("error")
    assert error is not None
    assert error.get("message") == "the key was refused"
    skips = {case.get("type") for case in ET.ElementTree(_root(sample)).iter("skipped")}
    assert skips == {"pytest.skip", "pytest.xfail"}


def _root(run: Run) -> ET.Element:
    return draw(run)[0]


def test_a_cell_whose_worker_died_is_an_error(sample: Run) -> None:
    _, cases = draw(sample)
    lost = cases["pi-t1"]
    error = lost.find("error")
    assert error is not None
    assert error.text == "worker 'gw3' died while it ran the cell"
    assert properties(lost)["harness.target"] == "python_cli"


def test_attachments_stand_alone_on_their_lines_and_exist(sample: Run) -> None:
    _, cases = draw(sample)
    output = cases["test_solves[codex-gpt-5.5-t1]"].findtext("system-out") or ""
    lines = output.strip().splitlines()
    assert any(line.endswith("best.patch]]") for line in lines)
    for line in lines:
        assert line.startswith("[[ATTACHMENT|")
        path = line.removeprefix("[[ATTACHMENT|").removesuffix("]]")
        assert not path.startswith("/")
        assert (sample.root / path).is_file()
    _, absolute = draw(sample, Attachments.ABSOLUTE)
    text = absolute["test_solves[codex-gpt-5.5-t1]"].findtext("system-out") or ""
    assert f"[[ATTACHMENT|{sample.root.resolve()}/" in text
    _, none = draw(sample, Attachments.NONE)
    assert all(case.find("system-out") is None for case in none.values())


def test_names_are_unique(tmp_path: Path) -> None:
    one = cell()
    lines = [
        line_of(one).model_copy(update={"nodeid": "a/b.py::C::test[x::y]"}),
        line_of(one).model_copy(update={"nodeid": "a.b::C::test[x::y]"}),
    ]
    root, _ = draw(write_run(tmp_path, [one], tests=lines))
    names = [(case.get("classname"), case.get("name")) for case in root.iter("testcase")]
    assert len(set(names)) == len(names) == 2


@pytest.mark.parametrize(
    ("nodeid", "expected"),
    [
        ("tests/test_a.py::test_b", ("tests/test_a.py", "tests.test_a", "test_b")),
        ("a.py::C::D::test_b[p::q]", ("a.py", "a.C.D", "test_b[p::q]")),
        ("a.py", ("a.py", "", "a.py")),
    ],
)
def test_node_ids_are_split_as_pytest_does(nodeid: str, expected: tuple[str, str, str]) -> None:
    assert split_nodeid(nodeid) == expected


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_whatever_was_said_the_file_is_valid(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    one = cell(after=0.5, reason=text or "x")
    line = line_of(one, outcome="failed", message=text, longrepr=text + NASTY)
    _, cases = draw(write_run(tmp_path_factory.mktemp("run"), [one], tests=[line]))
    assert len(cases) == 1
