"""What pytest shows for each thing that can happen to a cell."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import Project

AGENT = """
def agent(workspace):
    {body}

@harness_target
def greeting():
    return target(solution=agent, {changes})

{mark}
def test_it(greeting):
    assert greeting.best.score == 1.0, greeting.outcome
"""


def agent(project: Project, body: str, changes: str = "", mark: str = "") -> None:
    project.write(AGENT.format(body=body, changes=changes, mark=mark))


def test_a_bad_score_is_a_failure(project: Project, mode: tuple[str, ...]) -> None:
    agent(project, "(workspace / 'a.txt').write_text('worse')")
    result = project.run(*mode)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*checks of greeting*c0001: discard*", "*not better than c0000*"])


def test_a_change_outside_the_scope_is_an_error(project: Project, mode: tuple[str, ...]) -> None:
    agent(project, "(workspace / 'b.txt').write_text('all')", "writable=['a.txt']")
    result = project.run(*mode)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*ended as scope-violation*b.txt*"])
    assert [cell.outcome for cell in project.cells()] == ["scope-violation"]


def test_a_test_may_accept_a_scope_violation(project: Project) -> None:
    agent(
        project,
        "(workspace / 'b.txt').write_text('all')",
        "writable=['a.txt']",
        "@pytest.mark.harness_accept('scope-violation')",
    )
    project.run().assert_outcomes(failed=1)


def test_a_check_out_of_time_is_an_error_and_never_a_score(project: Project) -> None:
    agent(
        project,
        "(workspace / 'slow').touch()",
        "checks=[FileContains('all', 'a.txt', ['all']),"
        " Command('slow', 'test ! -e slow || sleep 60', timeout=0.5)]",
    )
    result = project.run("--junitxml=report.xml")
    result.assert_outcomes(errors=1)
    (cell,) = project.cells()
    assert (cell.fault, cell.candidates[1].score) == ("internal", None)
    report = (project.path / "report.xml").read_text()
    assert "<error" in report
    assert "harness.fault" in report


def test_a_broken_baseline_is_an_error(project: Project) -> None:
    agent(project, "pass", "checks=[Command('slow', 'sleep 60', timeout=0.3)]")
    result = project.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*the baseline is broken: check 'slow'*"])


def test_an_agent_that_touches_the_source_is_tampering(project: Project) -> None:
    agent(
        project,
        "(Path(__file__).parent / 'ws' / 'a.txt').write_text('hello all')",
    )
    result = project.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*ended as tampered: c0001 changed */ws*"])


def test_a_validation_refuses_before_the_checks_run(project: Project) -> None:
    agent(
        project,
        "(workspace / 'a.txt').write_text('all broken')",
        "validation=[Command('sound', '! grep -q broken a.txt')]",
    )
    project.run().assert_outcomes(failed=1)
    (cell,) = project.cells()
    assert cell.outcome == "invalid"
    assert cell.candidates[1].evaluation is None


def test_a_required_check_keeps_the_score_visible(project: Project) -> None:
    agent(
        project,
        "(workspace / 'a.txt').write_text('all')",
        "checks=[FileContains('greets', 'a.txt', ['hello'], required=True),"
        " FileContains('all', 'a.txt', ['all'], weight=9)]",
    )
    project.run().assert_outcomes(failed=1)
    (cell,) = project.cells()
    assert [(c.outcome, c.score) for c in cell.candidates] == [("baseline", 0.1), ("discard", 0.9)]
    assert cell.best == "c0000"


def test_a_special_file_is_refused(project: Project) -> None:
    agent(project, "import os; os.mkfifo(workspace / 'pipe')")
    project.run().assert_outcomes(failed=1)
    (cell,) = project.cells()
    assert cell.outcome == "invalid"
    assert "pipe" in cell.reason


def test_a_task_has_one_attempt(project: Project) -> None:
    project.write(
        """
@harness_target(budget=2)
def greeting():
    return target(kind=Kind.TASK)

def test_it(greeting):
    pass
"""
    )
    result = project.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*is a task and has one attempt, not a budget of 2*"])


@pytest.mark.parametrize(
    ("entry", "body", "outcomes"),
    [
        ("{'fake': 'known'}", "pass", {"xfailed": 1}),
        ("[xfail('known', backend='fa*', on='score')]", "pass", {"xfailed": 1}),
        ("[xfail('known', backend='fake', on='fault')]", "pass", {"failed": 1}),
        ("[xfail('known', backend='fake', on='fault')]", "1 / 0", {"xfailed": 1}),
        ("[xfail('known', backend='fake', on='score')]", "1 / 0", {"errors": 1}),
        ("[xfail('known', backend='fake')]", "1 / 0", {"xfailed": 1}),
        ("[xfail('known', test='test_other')]", "pass", {"failed": 1}),
        (
            "[xfail('known')]",
            "(workspace / 'a.txt').write_text('hello all')",
            {"xpassed": 1},
        ),
        (
            "[xfail('known', strict=True)]",
            "(workspace / 'a.txt').write_text('hello all')",
            {"failed": 1},
        ),
    ],
)
def test_expected_failures(
    project: Project, entry: str, body: str, outcomes: dict[str, int]
) -> None:
    project.write(
        f"""
def agent(workspace):
    {body}

@harness_target(xfail={entry})
def greeting():
    return target(solution=agent)

def test_it(greeting):
    assert greeting.best.score == 1.0
"""
    )
    project.run().assert_outcomes(**outcomes)


def test_expected_failures_from_ini(project: Project) -> None:
    (project.path / "pytest.ini").write_text(
        "[pytest]\nharness_xfail =\n    backend=noop target=greet*: not today\n"
    )
    project.run("--harness-backend=fake,noop").assert_outcomes(passed=2, xfailed=2)


def test_a_budget_is_climbed_from_the_best(project: Project, mode: tuple[str, ...]) -> None:
    agent(
        project,
        "n = len(list(workspace.glob('f*'))); (workspace / f'f{n}').write_text('x')",
        "checks=[FileContains(str(i), f'f{i}', ['x']) for i in range(3)]",
    )
    project.run("--harness-budget=2", *mode).assert_outcomes(failed=1)
    project.run("--harness-budget=10", *mode).assert_outcomes(passed=1)
    (cell,) = project.cells()
    assert [c.parent for c in cell.candidates] == [None, "c0000", "c0001", "c0002"]
    assert [c.outcome for c in cell.candidates] == ["baseline", "keep", "keep", "keep"]


def test_a_backend_that_raises_is_a_fault(project: Project, mode: tuple[str, ...]) -> None:
    (project.path / "conftest.py").write_text(
        """
from pytest_harness.backends.fake import NoopBackend

class Broken(NoopBackend):
    def propose(self, request):
        raise RuntimeError("no such luck")

def pytest_harness_backends(config):
    return {"mine": lambda model: Broken(id="mine", model=model)}
"""
    )
    result = project.run("--harness-backend=mine", *mode)
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["*(internal): backend 'mine' raised RuntimeError: no such luck*"])
    assert "Traceback" not in result.stdout.str()
    assert "optimize.py" not in result.stdout.str()


def test_the_summary_of_an_error_begins_with_the_cell(project: Project) -> None:
    agent(project, "(workspace / 'b.txt').write_text('all')", "writable=['a.txt']")
    result = project.run()
    result.stdout.fnmatch_lines(["ERROR *::test_it* - CellFailed: greeting*"])
