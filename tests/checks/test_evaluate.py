from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_harness.checks import Check, CheckContext, Verdict
from pytest_harness.checks.evaluate import as_float, evaluate, weighted_mean
from pytest_harness.errors import TargetError
from pytest_harness.records import Evaluation
from pytest_harness.vocabulary import CheckStatus


@dataclass(frozen=True)
class Says(Check):
    """Answers what it was told to answer."""

    verdict: Verdict | Exception = field(default_factory=lambda: Verdict.share(1, 1, "yes"))

    def grade(self, context: CheckContext) -> Verdict:
        if isinstance(self.verdict, Exception):
            raise self.verdict
        (context.scratch / "left").mkdir()
        return self.verdict


@contextmanager
def nothing(overlay: Path) -> Iterator[None]:
    yield


def ask(context: CheckContext, *checks: Check) -> Evaluation:
    return evaluate(checks, context, {}, nothing)


def half(name: str, weight: float = 1.0, *, required: bool = False) -> Says:
    return Says(name, Verdict.share(1, 2, "half"), weight=weight, required=required)


def test_the_score_is_the_exact_weighted_mean(context: CheckContext) -> None:
    found = ask(context, Says("a", weight=0.1), half("b", 0.2), Says("c", weight=0.3))
    assert found.exact == "5/6"
    assert [check.score for check in found.checks] == [1.0, 0.5, 1.0]


def test_full_marks_are_exactly_one_whatever_the_weights(context: CheckContext) -> None:
    checks = [Says(str(n), weight=weight) for n, weight in enumerate((0.1, 0.2, 0.3, 1 / 3))]
    assert ask(context, *checks).score == 1.0


def test_a_required_check_leaves_the_score_visible(context: CheckContext) -> None:
    found = ask(context, Says("a"), half("b", required=True))
    assert found.exact == "3/4"
    assert not found.eligible
    assert ask(context, Says("a", required=True), half("b")).eligible


def test_a_check_without_a_score_leaves_the_evaluation_without_one(context: CheckContext) -> None:
    for verdict in (Verdict.timeout("late"), Verdict.error("broken"), TargetError("wrong")):
        found = ask(context, Says("a"), Says("b", verdict))
        assert found.score is None
        assert found.exact is None
        assert [check.name for check in found.unscored] == ["b"]


def test_an_error_of_the_harness_becomes_an_error_of_the_check(context: CheckContext) -> None:
    (result,) = ask(context, Says("a", TargetError("the schema is wrong"))).checks
    assert result.status is CheckStatus.ERROR
    assert result.reason == "the schema is wrong"
    assert result.type == "Says"


def test_a_check_whose_need_is_not_met_scores_nothing(context: CheckContext) -> None:
    found = ask(context, half("a"), Says("b", needs=("a",)), Says("c", needs=("b",)), Says("d"))
    assert [check.score for check in found.checks] == [0.5, 0.0, 0.0, 1.0]
    assert "'" not in found.checks[1].reason
    assert "a" in found.checks[1].reason


def test_a_need_that_is_met_changes_nothing(context: CheckContext) -> None:
    assert ask(context, Says("a"), Says("b", needs=("a",))).score == 1.0


def test_each_check_has_an_empty_directory_that_is_emptied_again(context: CheckContext) -> None:
    assert ask(context, Says("a"), Says("b")).score == 1.0
    (own,) = context.scratch.iterdir()
    assert list(own.iterdir()) == []


def test_an_overlay_is_there_for_its_check_alone(context: CheckContext, tmp_path: Path) -> None:
    seen: list[str] = []

    @dataclass(frozen=True)
    class Looks(Check):
        def grade(self, context: CheckContext) -> Verdict:
            seen.append(self.name)
            return Verdict.share(1, 1, "")

    @contextmanager
    def lay(overlay: Path) -> Iterator[None]:
        seen.append(f"+{overlay.name}")
        yield
        seen.append(f"-{overlay.name}")

    checks = [Looks("a"), Looks("b", overlay="bug"), Looks("c")]
    evaluate(checks, context, {"bug": tmp_path / "bug"}, lay)
    assert seen == ["a", "+bug", "b", "-bug", "c"]


def test_compiled_files_are_not_trusted(context: CheckContext, tmp_path: Path) -> None:
    @dataclass(frozen=True)
    class Looks(Check):
        def grade(self, context: CheckContext) -> Verdict:
            found = sorted(context.workspace.rglob("*.pyc"))
            (context.workspace / "tests/__pycache__").mkdir()
            (context.workspace / "tests/__pycache__/later.pyc").touch()
            return Verdict.share(not found, 1, str(found))

    (context.workspace / "tests/__pycache__").mkdir(parents=True)
    (context.workspace / "tests/__pycache__/forged.pyc").touch()
    elsewhere = tmp_path / "elsewhere/__pycache__"
    elsewhere.mkdir(parents=True)
    (context.workspace / "link").symlink_to(elsewhere.parent)
    checks = [Looks("a"), Looks("b", overlay="bug")]
    found = evaluate(checks, context, {"bug": tmp_path}, nothing)
    assert found.score == 1.0, found
    assert elsewhere.exists()


def test_long_or_broken_text_is_made_fit_for_the_record(context: CheckContext) -> None:
    verdict = Verdict.share(1, 1, "name \udcff", "x" * 5000 + "end")
    (result,) = ask(context, Says("a", verdict)).checks
    assert result.reason == "name \\udcff"
    assert len(result.tail) == 2000
    assert result.tail.endswith("end")


def test_a_score_beyond_full_marks_is_an_error(context: CheckContext) -> None:
    found = ask(context, Says("a", Verdict(CheckStatus.PASSED, Fraction(2), "twice")))
    assert found.score is None


shares = st.fractions(min_value=0, max_value=1)
weights = st.floats(min_value=1e-6, max_value=1e6)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(weights, shares), min_size=1))
def test_the_mean_lies_between_and_is_full_only_if_all_are(
    pairs: Sequence[tuple[float, Fraction]],
) -> None:
    scores = [share for _, share in pairs]
    mean = weighted_mean([weight for weight, _ in pairs], scores)
    assert mean is not None
    assert min(scores) <= mean <= max(scores)
    assert (as_float(mean) == 1.0) == all(score == 1 for score in scores)
    assert (as_float(mean) == 0.0) == (not any(scores))
