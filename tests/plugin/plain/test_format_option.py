"""``--harness-format``, and the format that ``harness.toml`` prefers."""

from __future__ import annotations

from tests.plugin.conftest import Project, Refused

MOCK = ("--harness-backend=model", "--harness-model=mock:mock")


def test_both_formats_are_cells_of_their_own(project: Project, mode: tuple[str, ...]) -> None:
    result = project.run(*MOCK, "--harness-format=native,text", *mode)
    result.assert_outcomes(passed=4)
    cells = project.cells()
    assert [cell.id for cell in cells] == ["model-mock-mock-native-t1", "model-mock-mock-text-t1"]
    assert [cell.point.format for cell in cells] == ["native", "text"]
    assert {cell.spending.total.cost_usd for cell in cells} == {0.0}


def test_native_is_the_usual_one(project: Project) -> None:
    project.run(*MOCK).assert_outcomes(passed=2)
    assert [cell.point.format for cell in project.cells()] == ["native"]


def test_a_preferred_format_is_the_usual_one_of_its_model(project: Project) -> None:
    (project.path / "harness.toml").write_text('[models."mock:mock"]\nformat = "text"\n')
    project.run(*MOCK).assert_outcomes(passed=2)
    assert [cell.point.format for cell in project.cells()] == ["text"]
    project.run(*MOCK, "--harness-format=native").assert_outcomes(passed=2)
    assert [cell.point.format for cell in project.cells()] == ["native"]


def test_a_backend_of_harness_toml_has_formats_too(project: Project) -> None:
    declared = '[backends.careful]\nprovider = "model"\nmodel = "mock:mock"\n'
    (project.path / "harness.toml").write_text(declared)
    result = project.run("--harness-backend=careful,fake", "--harness-format=text")
    result.assert_outcomes(passed=4)
    assert [cell.id for cell in project.cells()] == ["careful-text-t1", "fake-t1"]


def test_a_mark_tells_the_format(project: Project) -> None:
    result = project.run(
        *MOCK, "--harness-format=native,text", "-m", "harness(format='text')", "--co", "-q"
    )
    result.stdout.fnmatch_lines(["*2/4 tests collected (2 deselected)*"])


def test_a_format_needs_a_plain_model(project: Project, refused: Refused) -> None:
    refused(
        project.run("--harness-backend=fake", "--harness-format=text"),
        "--harness-format needs the backend 'model', not fake; leave it out",
    )


def test_a_wrong_or_repeated_format_is_refused(project: Project, refused: Refused) -> None:
    refused(
        project.run(*MOCK, "--harness-format=xml"),
        "--harness-format: 'xml' is unknown; use one of native, text",
    )
    refused(
        project.run(*MOCK, "--harness-format=text,text"),
        "--harness-format: 'text' is named twice; name it once",
    )
    (project.path / "harness.toml").write_text('[models."mock:mock"]\nformat = "xml"\n')
    refused(project.run(*MOCK), "models.mock:mock.format: 'xml' is unknown; use native or text")
