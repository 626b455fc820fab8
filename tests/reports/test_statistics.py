from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_harness.reports.statistics import (
    Bounds,
    difference,
    mcnemar,
    paired_difference,
    share,
    wilson,
)

counts = st.integers(0, 60)


@st.composite
def samples(draw: st.DrawFn) -> tuple[int, int]:
    number = draw(st.integers(1, 200))
    return draw(st.integers(0, number)), number


def rounded(bounds: Bounds | None, digits: int = 4) -> tuple[float, ...] | None:
    return None if bounds is None else tuple(round(each, digits) for each in bounds)


@pytest.mark.parametrize(
    ("passed", "number", "low", "high"),
    [
        # Newcombe, Statistics in Medicine 17 (1998), 857-872, table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_gives_the_published_values(
    passed: int, number: int, low: float, high: float
) -> None:
    assert rounded(wilson(passed, number)) == (low, high)


@pytest.mark.parametrize(
    ("passed", "number", "low", "high"),
    [
        (5, 5, 0.57, 1.0),
        (10, 10, 0.72, 1.0),
        (9, 10, 0.60, 0.98),
        (16, 20, 0.58, 0.92),
        (30, 30, 0.89, 1.0),
    ],
)
def test_all_of_a_few_says_little(passed: int, number: int, low: float, high: float) -> None:
    assert rounded(wilson(passed, number), 2) == (low, high)


@pytest.mark.parametrize(
    ("table", "low", "high"),
    [
        # Newcombe, Statistics in Medicine 17 (1998), 873-890, table II, method 10.
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((6, 7, 2, 7), 0.0582, 0.8062),
        ((5, 56, 0, 29), -0.0381, 0.1926),
        ((0, 10, 0, 20), -0.1611, 0.2775),
        ((0, 10, 0, 10), -0.2775, 0.2775),
        ((10, 10, 0, 20), 0.6791, 1.0),
        ((10, 10, 0, 10), 0.6075, 1.0),
    ],
)
def test_differences_have_the_published_intervals(
    table: tuple[int, int, int, int], low: float, high: float
) -> None:
    assert rounded(difference(*table)) == (low, high)


def test_paired_differences_have_the_published_interval() -> None:
    # Cavo et al. (2012) in Fagerland, Lydersen and Laake, Statistical Analysis of Contingency
    # Tables (2017), chapter 8.
    assert rounded(paired_difference(59, 6, 16, 80)) == (-0.1186, -0.0046)


@pytest.mark.parametrize(
    ("first", "second", "value"),
    [(0, 5, 0.0625), (0, 6, 0.03125), (1, 8, 0.0390625), (2, 10, 0.03857421875), (4, 4, 1.0)],
)
def test_mcnemar_is_the_exact_binomial(first: int, second: int, value: float) -> None:
    assert mcnemar(first, second) == mcnemar(second, first) == value


def test_nothing_has_no_number() -> None:
    assert share(0, 0) is None
    assert wilson(0, 0) is None
    assert difference(1, 2, 0, 0) is None
    assert difference(0, 0, 1, 2) is None
    assert paired_difference(0, 0, 0, 0) is None
    assert mcnemar(0, 0) is None


@pytest.mark.parametrize("wrong", [(-1, 3), (4, 3)])
def test_impossible_counts_are_refused(wrong: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="negative"):
        wilson(*wrong)


@given(samples())
def test_wilson_holds_the_share_and_mirrors(sample: tuple[int, int]) -> None:
    passed, number = sample
    found, mirrored = wilson(passed, number), wilson(number - passed, number)
    rate = share(passed, number)
    assert found is not None
    assert mirrored is not None
    assert rate is not None
    assert 0 <= found.low <= rate <= found.high <= 1
    assert math.isclose(found.low, 1 - mirrored.high, abs_tol=1e-12)
    assert math.isclose(found.high, 1 - mirrored.low, abs_tol=1e-12)


@given(samples(), st.integers(2, 20))
def test_more_samples_of_the_same_share_say_more(sample: tuple[int, int], times: int) -> None:
    few, many = wilson(*sample), wilson(*(each * times for each in sample))
    assert few is not None
    assert many is not None
    assert many.high - many.low < few.high - few.low


@given(samples(), samples())
def test_a_difference_lies_in_its_interval_and_mirrors(
    one: tuple[int, int], two: tuple[int, int]
) -> None:
    found, mirrored = difference(*one, *two), difference(*two, *one)
    assert found is not None
    assert mirrored is not None
    rate = float(Fraction(*one) - Fraction(*two))
    assert -1 <= found.low <= rate + 1e-12
    assert rate - 1e-12 <= found.high <= 1
    assert math.isclose(found.low, -mirrored.high, abs_tol=1e-12)


@given(counts, counts, counts, counts)
def test_a_paired_difference_lies_in_its_interval_and_mirrors(
    both: int, first: int, second: int, neither: int
) -> None:
    found = paired_difference(both, first, second, neither)
    pairs = both + first + second + neither
    if not pairs:
        assert found is None
        return
    mirrored = paired_difference(both, second, first, neither)
    swapped = paired_difference(neither, first, second, both)
    assert found is not None
    assert mirrored is not None
    assert swapped is not None
    rate = (first - second) / pairs
    assert -1 <= found.low <= rate + 1e-12
    assert rate - 1e-12 <= found.high <= 1
    assert math.isclose(found.low, -mirrored.high, abs_tol=1e-9)
    assert math.isclose(found.low, swapped.low, abs_tol=1e-9)


@given(st.integers(1, 60), st.integers(0, 12))
def test_pairs_that_agree_say_more_than_samples_that_do_not_belong_together(
    both: int, first: int
) -> None:
    neither = both + first
    paired = paired_difference(both, first, 0, neither)
    pairs = both + first + neither
    loose = difference(both + first, pairs, both, pairs)
    assert paired is not None
    assert loose is not None
    assert paired.high - paired.low <= loose.high - loose.low + 1e-12


@given(counts, counts)
def test_mcnemar_is_a_probability_and_knows_no_side(first: int, second: int) -> None:
    found = mcnemar(first, second)
    assert found == mcnemar(second, first)
    if first + second:
        assert found is not None
        assert 0 < found <= 1
        # The smallest tail there is, on both sides.
        assert found >= min(1.0, 2 / 2 ** (first + second))


def test_one_more_for_the_winner_makes_the_p_smaller() -> None:
    found = [mcnemar(0, each) or 2.0 for each in range(1, 40)]
    assert found == sorted(found, reverse=True)
    assert len(set(found)) == len(found)
