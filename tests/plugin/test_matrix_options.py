"""``--harness-model``, ``-format``, ``-variant``, ``-trials``, ``-target``, ``-max-cells``."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import Project, Refused

VARIANTS = """
@harness_target(variants={"short": None, "long": "long"})
def greeting(harness_point: MatrixPoint):
    return target(objective=f"Greet, {harness_point.variant}.")

def test_starts(greeting):
    assert greeting.baseline.score == (1.0 if greeting.record.point.variant == "long" else 0.5)
"""


def test_a_model_needs_a_single_backend(project: Project, refused: Refused) -> None:
    result = project.run("--harness-model=m", "--harness-backend=fake,noop")
    refused(result, "--harness-model=m needs a single backend")


def test_models_pair_with_backends(project: Project) -> None:
    result = project.run("--harness-backend=fake@small,noop", "-v", "-k", "solves")
    result.stdout.fnmatch_lines(["*?fake-small-t1? PASSED*", "*?noop-t1? FAILED*"])


def test_a_second_model_renames_nothing(project: Project) -> None:
    first = project.run("--harness-backend=fake", "--harness-model=a", "--co", "-q")
    second = project.run("--harness-backend=fake", "--harness-model=a,b", "--co", "-q")
    names = [line for line in first.stdout.lines if "::" in line]
    assert len(names) == 2
    assert set(names) < {line for line in second.stdout.lines if "::" in line}


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        ("--harness-format=html", "'html' is unknown; use one of native, text"),
        ("--harness-format=text", "needs the backend 'model'"),
        ("--harness-trials=0", "--harness-trials: '0' is no number from 1 on"),
        ("--harness-budget=x", "--harness-budget: 'x' is no number from 1 on"),
        ("--harness-timeout=-1", "--harness-timeout: '-1' is no positive number of seconds"),
        ("--harness-runtime=moon", "'moon' is unknown"),
        ("--harness-run-name=a/b", "'a/b' cannot be the name of a run"),
        ("--harness-local-provider=x", "use ollama or lmstudio"),
        ("--harness-env-file=none.env", "none.env cannot be read"),
        ("--harness-config=none.toml", "none.toml: it cannot be read"),
    ],
)
def test_wrong_values_are_refused(
    project: Project, refused: Refused, option: str, sentence: str
) -> None:
    refused(project.run("--harness-backend=fake", option), sentence)
    assert project.runs() == []


def test_oss_and_hosted_contradict(project: Project, refused: Refused) -> None:
    refused(project.run("--harness-oss", "--harness-hosted"), "contradicts")


def test_variants_lay_their_files_over_the_workspace(
    project: Project, mode: tuple[str, ...]
) -> None:
    (project.path / "long").mkdir()
    (project.path / "long" / "a.txt").write_text("hello all\n")
    project.write(VARIANTS)
    project.run("--harness-backend=noop", *mode).assert_outcomes(passed=2)
    project.run("--harness-variant=long").assert_outcomes(passed=1)


def test_an_unknown_variant_is_one_sentence(project: Project) -> None:
    project.write(VARIANTS)
    result = project.run("--harness-variant=tall")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*target 'greeting' has no variant 'tall'; it has short, long*"])
    assert project.runs() == []


def test_trials_are_cells(project: Project, mode: tuple[str, ...]) -> None:
    project.run("--harness-trials=3", *mode).assert_outcomes(passed=6)
    assert [cell.point.trial for cell in project.cells()] == [1, 2, 3]


def test_targets_are_selected_by_name(project: Project) -> None:
    result = project.run("--harness-target=other*")
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    result.assert_outcomes(deselected=2)
    project.run("--harness-target=greet*").assert_outcomes(passed=2)


def test_too_many_cells_are_refused(project: Project, refused: Refused) -> None:
    refused(
        project.run("--harness-trials=3", "--harness-max-cells=2"),
        "3 cells are selected and --harness-max-cells is 2",
    )
    assert project.runs() == []


def test_too_many_cells_under_xdist_buy_nothing(project: Project) -> None:
    result = project.run("--harness-trials=3", "--harness-max-cells=2", "-n2")
    result.assert_outcomes(errors=6)
    assert project.runs() == []


def test_marks_are_exact(project: Project) -> None:
    result = project.run("--harness-trials=2", "-m", "harness(backend='fake', trial=2)")
    result.assert_outcomes(passed=2, deselected=2)


def test_require_real_refuses_the_fallback(project: Project, refused: Refused) -> None:
    (project.path / "pytest.ini").write_text("[pytest]\nharness_require_real = true\n")
    refused(project.run(), "harness_require_real is set and no backend is named")
    project.run("--harness-backend=fake").assert_outcomes(passed=2)


def test_native_toml_keeps_its_types(project: Project) -> None:
    (project.path / "pyproject.toml").write_text(
        '[tool.pytest]\nharness_trials = 2\nharness_backend = ["fake", "noop"]\n'
        "harness_timeout = 5.0\nharness_require_real = true\n"
    )
    project.run("-k", "solves").assert_outcomes(passed=2, failed=2)


def test_a_variant_that_nobody_has_is_refused(project: Project, refused: Refused) -> None:
    refused(project.run("--harness-variant=tall"), "no selected target has variants")
    assert project.runs() == []


def test_a_wrong_ini_value_names_its_key(project: Project, refused: Refused) -> None:
    (project.path / "pytest.ini").write_text("[pytest]\nharness_trials = many\n")
    refused(project.run(), "ini harness_trials: ")


def test_targets_of_one_name_are_never_averaged(project: Project) -> None:
    project.write(name="test_first.py")
    project.write(
        """
@harness_target
def greeting():
    return target(checks=[FileContains("never", "a.txt", ["nothing"])])

def test_it(greeting):
    pass
""",
        name="test_it.py",
    )
    result = project.run()
    result.stdout.fnmatch_lines(
        ["greeting *1.000 (n=1)", "greeting (test_it.greeting)*0.000 (n=1)"]
    )
