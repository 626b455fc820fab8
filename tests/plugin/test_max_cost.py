"""``--harness-max-cost``, caps of targets, and prices."""

from __future__ import annotations

import pytest

from pytest_harness.vocabulary import Fault
from tests.plugin.conftest import Project, Refused
from tests.plugin.paid import hire, seen, skip_pauses

DOLLAR = {"cost": 1.0, "input": 1000, "output": 100}
SLOW = {**DOLLAR, "seconds": 0.3}
PRICES = """
[models."gpt-5.5"]
price = { input = 1.25, cached_input = 0.125, output = 10.0, date = "2026-11-01" }
"""


def test_no_proposal_starts_beyond_it(project: Project) -> None:
    hire(project, DOLLAR, trials=4)
    result = project.run("--harness-max-cost=2", "-rs")
    result.assert_outcomes(passed=2, skipped=2)
    assert len(seen(project)) == 2
    result.stdout.fnmatch_lines(["*a cap of the run is reached: $2.0000 of $2.0000 are spent*"])
    result.stdout.fnmatch_lines(["*budget*paid*2*no*"])


def test_four_workers_share_it(project: Project) -> None:
    hire(project, SLOW, trials=8, target="proposal_caps=Caps(cost=1.0)")
    result = project.run("--harness-max-cost=3", "-n4", "--harness-fail-budget")
    result.assert_outcomes(passed=3, skipped=5)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*5 cells met a cap, so the session fails*"])
    assert len(seen(project)) == 3
    faults = [cell.fault for cell in project.cells()]
    assert faults.count(None) == 3
    assert faults.count(Fault.BUDGET) == 5


@pytest.mark.slow
def test_who_is_expected_to_cost_too_much_waits_for_the_others(project: Project) -> None:
    hire(project, {**SLOW, "cost": 0.1}, trials=4, target="proposal_caps=Caps(cost=2.0)")
    project.run("--harness-max-cost=3", "-n2").assert_outcomes(passed=4)
    ends = [each.at for each in seen(project, "end")]
    assert seen(project)[1].at >= min(ends)


def test_what_was_paid_for_is_kept_and_evaluated(project: Project) -> None:
    worse = {**DOLLAR, "text": "hello all"}
    hire(project, {**DOLLAR, "text": "hello"}, worse, trials=1)
    project.run("--harness-max-cost=1", "--harness-budget=3").assert_outcomes(skipped=1)
    (cell,) = project.cells()
    assert (cell.fault, cell.withheld) == ("budget", True)
    assert [each.outcome for each in cell.candidates] == ["baseline", "discard"]
    assert cell.candidates[1].evaluation is not None
    assert cell.spending.total.cost_usd == 1.0


def test_a_resumed_run_counts_what_was_spent_before(project: Project) -> None:
    hire(project, DOLLAR, trials=3)
    name = "--harness-run-name=night"
    project.run(name, "--harness-max-cost=2").assert_outcomes(passed=2, skipped=1)
    again = project.run(name, "--harness-resume", "--harness-max-cost=2")
    again.assert_outcomes(passed=2, skipped=1)
    assert len(seen(project)) == 2
    project.run(name, "--harness-resume", "--harness-max-cost=3").assert_outcomes(passed=3)
    assert len(seen(project)) == 3


def test_retries_are_paid_for(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    skip_pauses(monkeypatch)
    hire(project, {"fault": "transport", "cost": 1.0, "input": 1}, DOLLAR)
    project.run("--harness-max-cost=1").assert_outcomes(errors=1)
    assert len(seen(project)) == 1


def test_a_reached_cap_can_fail_the_session(project: Project) -> None:
    hire(project, DOLLAR, trials=2)
    assert project.run("--harness-max-cost=1").ret == pytest.ExitCode.OK
    result = project.run("--harness-max-cost=1", "--harness-fail-budget")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*1 cell met a cap, so the session fails*"])
    assert project.run("--harness-fail-budget").ret == pytest.ExitCode.OK


def test_a_cell_has_caps_of_its_own(project: Project) -> None:
    hire(project, {**DOLLAR, "text": "hello"}, trials=2, target="cell_caps=Caps(cost=2.0)")
    result = project.run("--harness-budget=5", "-rs")
    result.assert_outcomes(skipped=2)
    assert [len(cell.candidates) for cell in project.cells()] == [3, 3]
    result.stdout.fnmatch_lines(["*a cap of the cell is reached: $2.0000 of $2.0000*cell_caps*"])


def test_a_proposal_beyond_its_cap_ends_its_cell(project: Project) -> None:
    hire(project, {**DOLLAR, "text": "hello"}, target="proposal_caps=Caps(cost=0.5)")
    result = project.run("--harness-budget=5", "-rs")
    result.assert_outcomes(skipped=1)
    assert len(seen(project)) == 1
    (cell,) = project.cells()
    assert cell.candidates[1].evaluation is not None
    assert any("$1.0000 are more than $0.5000" in note for note in cell.notes)
    result.stdout.fnmatch_lines(["*raise proposal_caps of target 'greeting'*"])


def test_the_duration_of_a_proposal_is_a_limit(project: Project) -> None:
    hire(project, DOLLAR, target="proposal_caps=Caps(duration=7)")
    project.run().assert_outcomes(passed=1)
    assert [each.timeout for each in seen(project)] == [7.0]


def test_a_price_gives_the_cost(project: Project) -> None:
    hire(project, {"input": 1_000_000, "output": 100_000})
    (project.path / "harness.toml").write_text(PRICES)
    project.run("--harness-model=gpt-5.5").assert_outcomes(passed=1)
    (cell,) = project.cells()
    proposal = cell.candidates[1].proposal
    assert proposal is not None
    assert (cell.spending.total.cost_usd, proposal.price_date) == (2.25, "2026-11-01")


def test_a_reported_cost_wins_over_a_price(project: Project) -> None:
    hire(project, DOLLAR)
    (project.path / "harness.toml").write_text(PRICES)
    project.run("--harness-model=gpt-5.5").assert_outcomes(passed=1)
    (cell,) = project.cells()
    proposal = cell.candidates[1].proposal
    assert proposal is not None
    assert (cell.spending.total.cost_usd, proposal.price_date) == (1.0, None)


def test_a_backend_without_a_price_is_refused_under_a_cap(
    project: Project, mode: tuple[str, ...], refused: Refused
) -> None:
    arguments = ("--harness-backend=codex@gpt-6", "--harness-max-cost=1", *mode)
    refused(project.run(*arguments), 'give the price under [models."gpt-6"] in harness.toml')
    assert project.runs() == []


def test_so_is_one_that_a_decorator_names(project: Project) -> None:
    project.write(
        """
@harness_target(backend="codex")
def greeting():
    return target()

def test_it(greeting):
    pass
"""
    )
    result = project.run("--harness-max-cost=1")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*cannot hold for codex, which does not say what it costs*"])


def test_tokens_that_nobody_knows_the_cost_of_end_it(project: Project) -> None:
    hire(project, {"input": 5, "output": 5}, trials=2)
    result = project.run("--harness-max-cost=1", "-rs")
    result.assert_outcomes(passed=1, skipped=1)
    result.stdout.fnmatch_lines(["*cannot hold for paid*--harness-allow-unknown-cost*"])
    allowed = ("--harness-max-cost=1", "--harness-allow-unknown-cost")
    project.run(*allowed).assert_outcomes(passed=2)


@pytest.mark.parametrize("value", ["-1", "0", "nan", "inf", "much"])
def test_a_wrong_amount_is_refused(project: Project, refused: Refused, value: str) -> None:
    refused(
        project.run(f"--harness-max-cost={value}"),
        f"--harness-max-cost: {value!r} is no positive number of dollars",
    )


@pytest.mark.parametrize(
    ("price", "sentence"),
    [
        ("{ input = 1 }", "price has no output"),
        ("{ input = -1, output = 1 }", "price.input is no number of dollars from 0 on"),
        ("{ input = 1, output = 1, inputs = 2 }", "unknown key 'inputs'"),
    ],
)
def test_a_wrong_price_is_refused(
    project: Project, refused: Refused, price: str, sentence: str
) -> None:
    (project.path / "harness.toml").write_text(f'[models."m"]\nprice = {price}\n')
    refused(project.run(), sentence)


def test_a_wrong_cap_of_a_target_is_one_sentence(project: Project) -> None:
    hire(project, DOLLAR, target="cell_caps=Caps(cost=-1)")
    result = project.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*has cell_caps with cost=-1; give a positive number*"])
