"""Intervals and a test for shares of passed cells.

All of it is for small counts: nothing here takes a share of five for a normal variable. Where there
is nothing to compute from, the answer is ``None``. Trials of one target are taken as independent;
where a target's trials resemble each other, the truth is less certain than these say.
"""

from __future__ import annotations

import math
from fractions import Fraction
from statistics import NormalDist
from typing import NamedTuple

LEVEL = 0.95
"""The level of every interval."""
_Z = NormalDist().inv_cdf((1 + LEVEL) / 2)


class Bounds(NamedTuple):
    """An interval."""

    low: float
    high: float


def share(passed: int, samples: int) -> Fraction | None:
    """Return passed samples of all samples, exactly; ``None`` without samples."""
    return Fraction(passed, samples) if samples else None


def wilson(passed: int, samples: int) -> Bounds | None:
    """Return the score interval of a proportion; ``None`` without samples.

    E. B. Wilson, Probable inference, the law of succession, and statistical inference, Journal of
    the American Statistical Association 22 (1927), 209-212.
    """
    _check(passed, samples - passed)
    if not samples:
        return None
    square = _Z * _Z
    middle = passed + square / 2
    half = _Z * math.sqrt(passed * (samples - passed) / samples + square / 4)
    whole = samples + square
    # At the ends rounding must not leave what is exactly 0 or 1.
    low = 0.0 if passed == 0 else (middle - half) / whole
    high = 1.0 if passed == samples else (middle + half) / whole
    return Bounds(low, high)


def difference(passed: int, samples: int, other_passed: int, other_samples: int) -> Bounds | None:
    """Return the interval of the first proportion less the second, of independent samples.

    ``None`` if either has no samples. Method 10, the hybrid of two score intervals, of
    R. G. Newcombe, Interval estimation for the difference between independent proportions:
    comparison of eleven methods, Statistics in Medicine 17 (1998), 873-890.
    """
    first, second = wilson(passed, samples), wilson(other_passed, other_samples)
    if first is None or second is None:
        return None
    one, two = passed / samples, other_passed / other_samples
    below = math.hypot(one - first.low, second.high - two)
    above = math.hypot(first.high - one, two - second.low)
    return _within(one - two - below, one - two + above)


def paired_difference(both: int, first_only: int, second_only: int, neither: int) -> Bounds | None:
    """Return the interval of the first proportion less the second, of matched pairs.

    ``None`` without pairs. Method 10, score intervals joined by a correlation with correction for
    continuity, of R. G. Newcombe, Improved confidence intervals for the difference between binomial
    proportions based on paired data, Statistics in Medicine 17 (1998), 2635-2650.
    """
    _check(both, first_only, second_only, neither)
    pairs = both + first_only + second_only + neither
    passed, other = both + first_only, both + second_only
    first, second = wilson(passed, pairs), wilson(other, pairs)
    if first is None or second is None:
        return None
    one, two = passed / pairs, other / pairs
    tied = _correlation(both, first_only, second_only, neither)
    below = _joined(one - first.low, second.high - two, tied)
    above = _joined(first.high - one, two - second.low, tied)
    return _within(one - two - below, one - two + above)


def mcnemar(first_only: int, second_only: int) -> float | None:
    """Return the exact two-sided p of McNemar's test; ``None`` if no pair differs.

    Of the pairs that differ, half should favour each side if there were no difference: twice the
    smaller tail of a binomial with one half, at most 1. Q. McNemar, Note on the sampling error of
    the difference between correlated proportions or percentages, Psychometrika 12 (1947), 153-157.
    """
    _check(first_only, second_only)
    differing = first_only + second_only
    if not differing:
        return None
    tail = sum(math.comb(differing, each) for each in range(min(first_only, second_only) + 1))
    return float(min(Fraction(1), Fraction(2 * tail, 2**differing)))


def _correlation(both: int, first_only: int, second_only: int, neither: int) -> float:
    pairs = both + first_only + second_only + neither
    passed, other = both + first_only, both + second_only
    product = passed * (pairs - passed) * other * (pairs - other)
    if not product:
        return 0.0
    excess = Fraction(both * neither - first_only * second_only)
    if excess > 0:
        excess = max(excess - Fraction(pairs, 2), Fraction(0))
    return float(excess) / math.sqrt(product)


def _joined(one: float, two: float, tied: float) -> float:
    return math.sqrt(max(0.0, one * one - 2 * tied * one * two + two * two))


def _within(low: float, high: float) -> Bounds:
    return Bounds(max(-1.0, low), min(1.0, high))


def _check(*counts: int) -> None:
    if min(counts) < 0:
        raise ValueError(f"counts cannot be negative: {counts}")
