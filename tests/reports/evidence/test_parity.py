from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_harness.reports.evidence.parity import confidence, preferred, verdict
from pytest_harness.reports.evidence.records import FormatResult
from pytest_harness.vocabulary import Confidence, Divergence, Fault, Outcome, ParityVerdict
from tests.reports.evidence.plain import NATIVE, TEXT, gathered, plain, rejection, trials

UNKNOWN = ParityVerdict.UNKNOWN
UNUSABLE = ParityVerdict.UNUSABLE
TEXT_BAD = ParityVerdict.TEXT_UNRELIABLE
NATIVE_BAD = ParityVerdict.NATIVE_UNRELIABLE
SAME = ParityVerdict.INTERCHANGEABLE


def side(passed: int, samples: int, repetitions: int = 2) -> FormatResult:
    return FormatResult(samples=samples, passed=passed, repetitions=repetitions)


@pytest.mark.parametrize(
    ("native", "text", "expected"),
    [
        ((5, 5), (4, 4), UNKNOWN),
        ((4, 4), (5, 5), UNKNOWN),
        ((0, 0), (5, 5), UNKNOWN),
        ((0, 5), (0, 5), UNUSABLE),
        ((19, 100), (19, 100), UNUSABLE),
        # Exactly the floor is not under it.
        ((1, 5), (1, 5), SAME),
        ((1, 5), (0, 5), TEXT_BAD),
        ((0, 5), (1, 5), NATIVE_BAD),
        # Exactly one and a half times: 0.3 to 0.2, which floating point would miss.
        ((3, 10), (2, 10), TEXT_BAD),
        ((2, 10), (3, 10), NATIVE_BAD),
        ((9, 10), (6, 10), TEXT_BAD),
        ((900, 1000), (601, 1000), UNKNOWN),
        # A fifth of the higher, exactly: 1.0 to 0.8 and 0.35 to 0.28.
        ((5, 5), (4, 5), SAME),
        ((35, 100), (28, 100), SAME),
        ((28, 100), (35, 100), SAME),
        ((35, 100), (27, 100), UNKNOWN),
        ((1000, 1000), (799, 1000), UNKNOWN),
        ((5, 5), (10, 10), SAME),
    ],
)
def test_verdicts_hold_at_their_boundaries(
    native: tuple[int, int], text: tuple[int, int], expected: ParityVerdict
) -> None:
    assert verdict(side(*native), side(*text)) is expected


@pytest.mark.parametrize(
    ("native", "text", "expected"),
    [
        (side(5, 5), side(5, 5), Confidence.HIGH),
        (side(0, 5), side(0, 5), Confidence.HIGH),
        (side(5, 5, 1), side(5, 5, 2), Confidence.LOW),
        (side(5, 5, 2), side(5, 5, 1), Confidence.LOW),
        (side(4, 4), side(9, 9), Confidence.LOW),
        (side(9, 9), side(4, 4), Confidence.LOW),
    ],
)
def test_confidence_needs_samples_and_repetitions_on_both_sides(
    native: FormatResult, text: FormatResult, expected: Confidence
) -> None:
    assert confidence(native, text) is expected


@pytest.mark.parametrize(
    ("native", "text", "expected"),
    [
        (side(5, 5), side(0, 5), NATIVE),
        (side(0, 5), side(5, 5), TEXT),
        (side(5, 5), side(5, 5), NATIVE),
        (side(9, 10), side(10, 10), TEXT),
        (side(0, 5), side(0, 5), None),
        (side(4, 4), side(0, 4), None),
    ],
)
def test_a_format_is_preferred_where_the_verdict_speaks_for_it(
    native: FormatResult, text: FormatResult, expected: object
) -> None:
    assert preferred(native, text) is expected


results = st.integers(0, 40).flatmap(
    lambda samples: st.integers(0, samples).map(lambda passed: side(passed, samples))
)
MIRROR = {TEXT_BAD: NATIVE_BAD, NATIVE_BAD: TEXT_BAD}


@given(results, results)
def test_a_verdict_knows_no_side(native: FormatResult, text: FormatResult) -> None:
    there, back = verdict(native, text), verdict(text, native)
    assert MIRROR.get(there, there) is back


@given(results, results)
def test_the_preferred_format_is_never_the_worse(native: FormatResult, text: FormatResult) -> None:
    chosen = preferred(native, text)
    if chosen is NATIVE:
        assert native.passed * text.samples >= text.passed * native.samples
    if chosen is TEXT:
        assert text.passed * native.samples >= native.passed * text.samples


def test_a_model_is_judged_over_all_its_targets(tmp_path: Path) -> None:
    found = gathered(tmp_path, trials(NATIVE, 10, 0) + trials(TEXT, 4, 6))
    entry = found.parity.models["ollama:qwen3"]
    assert entry.verdict is TEXT_BAD
    assert entry.confidence is Confidence.HIGH
    assert entry.preferred is NATIVE
    assert (entry.native.samples, entry.native.passed, entry.native.repetitions) == (10, 10, 2)
    assert (entry.text.samples, entry.text.passed) == (10, 4)
    assert entry.difference == 0.6
    assert entry.interval is not None
    assert 0 < entry.interval.low < 0.6 < entry.interval.high
    assert (entry.pairs, entry.native_only, entry.text_only) == (10, 6, 0)
    assert entry.p_value == 0.03125
    assert entry.paired_interval is not None
    assert entry.evidence == ".harness/runs/first"
    assert found.summary.parity == found.parity.models


def test_five_samples_do_not_pretend_to_be_fifty(tmp_path: Path) -> None:
    few = gathered(tmp_path / "few", trials(NATIVE, 5, 0) + trials(TEXT, 3, 2))
    many = gathered(tmp_path / "many", trials(NATIVE, 50, 0) + trials(TEXT, 30, 20))
    small, large = few.parity.models["ollama:qwen3"], many.parity.models["ollama:qwen3"]
    assert small.verdict is large.verdict is TEXT_BAD
    assert small.interval is not None
    assert large.interval is not None
    assert small.interval.low < 0 < large.interval.low
    assert small.p_value == 0.5
    assert large.p_value is not None
    assert large.p_value < 0.001


def test_faults_are_no_samples_and_make_no_pair(tmp_path: Path) -> None:
    cells = [
        plain(trial=1, form=NATIVE),
        plain(trial=1, form=TEXT, fault=Fault.TRANSPORT, cost=None),
        plain(trial=2, form=NATIVE, outcome=Outcome.SCOPE_VIOLATION),
        plain(trial=2, form=TEXT),
    ]
    found = gathered(tmp_path, cells)
    entry = found.parity.models["ollama:qwen3"]
    assert (entry.native.samples, entry.text.samples, entry.pairs) == (1, 1, 0)
    assert entry.p_value is None
    assert entry.paired_interval is None
    assert [pair.divergence for pair in found.summary.pairs] == [None, None]
    assert found.summary.pairs[0].text.status == "transport"
    assert found.summary.totals.not_counted == {"scope-violation": 1, "transport": 1}


def test_one_format_alone_is_unknown(tmp_path: Path) -> None:
    entry = gathered(tmp_path, trials(NATIVE, 10, 0)).parity.models["ollama:qwen3"]
    assert entry.verdict is UNKNOWN
    assert entry.confidence is Confidence.LOW
    assert entry.preferred is None
    assert entry.text.rate is None
    assert entry.difference is None
    assert entry.interval is None


def test_the_formats_are_compared_for_each_target_and_model(tmp_path: Path) -> None:
    rejected = rejection(recovered=True)
    cells = [
        plain(form=NATIVE, tools=("read_file", "write_file")),
        plain(form=TEXT, tools=("write_file",), passed=False, rejections=[rejected, rejection()]),
        plain(form=NATIVE, trial=2, passed=False),
        plain(form=TEXT, trial=2),
        plain(form=NATIVE, trial=3),
        plain(form=TEXT, trial=3),
        plain(form=NATIVE, trial=4, passed=False),
        plain(form=TEXT, trial=4, passed=False),
        plain(form=NATIVE, trial=5),
        plain(form=NATIVE, target="other"),
    ]
    found = gathered(tmp_path, cells)
    assert [pair.divergence for pair in found.summary.pairs] == [
        Divergence.NATIVE_ONLY,
        Divergence.TEXT_ONLY,
        Divergence.BOTH_PASS,
        Divergence.BOTH_FAIL,
    ]
    first = found.summary.pairs[0]
    assert not first.same_tools
    assert not first.same_checks
    assert (first.native.status, first.text.status) == ("passed", "failed")
    assert first.text.tools == ("write_file",)
    assert (first.text.rejected_calls, first.text.recovered) == (2, 1)
    assert first.text.tokens == 1550
    assert first.text.turns == 3
    assert [check.status for check in first.text.checks] == ["passed", "failed"]
    (contrast,) = found.summary.contrasts
    assert contrast.pairs == 4
    assert contrast.same_tools == 3
    assert set(contrast.divergences.values()) == {1}
    assert contrast.native.cells == 5


def test_what_differs_in_more_than_the_format_is_no_pair(tmp_path: Path) -> None:
    cells = [
        plain(form=NATIVE, variant="judge"),
        plain(form=TEXT, variant="plain"),
        plain(form=NATIVE, parameters="(size=1)"),
        plain(form=TEXT, parameters="(size=2)"),
        plain(form=NATIVE, model="openai:a"),
        plain(form=TEXT, model="openai:b"),
        plain(form=NATIVE, trial=7),
        plain(form=TEXT, trial=8),
        plain(form=NATIVE, trial=9),
        plain(form=TEXT, trial=9, target_id="elsewhere.python_add"),
    ]
    assert gathered(tmp_path, cells).summary.pairs == ()
