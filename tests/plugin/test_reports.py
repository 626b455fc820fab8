"""What a session leaves for people and for CI servers."""

from __future__ import annotations

from xml.etree import ElementTree

from tests.plugin.conftest import Project


def test_every_testcase_has_its_cell(project: Project, mode: tuple[str, ...]) -> None:
    project.run("--harness-backend=fake,noop", "--junitxml=report.xml", *mode)
    cases = ElementTree.parse(project.path / "report.xml").findall(".//testcase")  # noqa: S314
    assert len({(case.get("classname"), case.get("name")) for case in cases}) == len(cases) == 4
    for case in cases:
        properties = [(p.get("name"), p.get("value")) for p in case.findall(".//property")]
        assert len(dict(properties)) == len(properties)
        known = dict(properties)
        assert known["harness.target"] == "greeting"
        assert str(known["harness.backend"]) in str(case.get("name"))
        assert known["harness.score.baseline"] == "0.5"
        assert known["harness.run"] == project.runs()[0].name
        failure = case.find("failure")
        assert (failure is None) == (known["harness.score.best"] == "1.0")
        if failure is not None:
            assert "checks of greeting[noop-t1]" in str(failure.text)


def test_a_skipped_test_has_its_cell_too(project: Project) -> None:
    project.write(
        """
@harness_target
def greeting():
    return target()

@pytest.mark.skip(reason="not now")
def test_it(greeting):
    pass
"""
    )
    project.run("--junitxml=report.xml")
    text = (project.path / "report.xml").read_text()
    assert 'name="harness.cell" value="test_it.py::greeting[fake-t1]"' in text


def test_html_has_columns_details_and_the_matrix(project: Project, mode: tuple[str, ...]) -> None:
    project.run("--html=report.html", "--self-contained-html", *mode)
    page = (project.path / "report.html").read_text()
    assert 'data-column-type="backend"' in page
    assert "1.000 (n=1)" in page
    assert "hello all" in page  # the diff


def test_the_ledger_tells_tests_and_cells(project: Project, mode: tuple[str, ...]) -> None:
    project.run("--harness-backend=fake,noop", *mode)
    reader = project.reader()
    assert [cell.key for cell in reader.cells()] == list(reader.run.cells)
    outcomes = {line.nodeid: line.outcome for line in reader.tests()}
    assert outcomes == {
        "test_it.py::test_improves[fake-t1]": "passed",
        "test_it.py::test_solves[fake-t1]": "passed",
        "test_it.py::test_improves[noop-t1]": "failed",
        "test_it.py::test_solves[noop-t1]": "failed",
    }


def test_the_winner_is_kept_as_a_patch(project: Project) -> None:
    project.run()
    (cell,) = project.cells()
    patch = (project.reader().cell_directory(cell) / "best.patch").read_text()
    assert "-hello\n+hello all\n" in patch


def test_nothing_is_drawn_with_qq(project: Project) -> None:
    text = project.run("-qq").stdout.str()
    assert "harness" not in text
    assert "proposal" not in text


def test_equal_sessions_write_equal_cells(project: Project) -> None:
    project.run()
    project.run()
    first, second = (
        cell.model_dump(
            mode="json",
            include={"key", "fingerprint", "outcome", "best", "spending", "notes", "original"},
        )
        for run in project.runs()
        for cell in project.reader(run.name).cells()
    )
    assert first == second
    patches = [next(run.glob("cells/*/*/best.patch")).read_bytes() for run in project.runs()]
    assert patches[0] == patches[1]
