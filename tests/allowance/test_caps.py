"""Caps: when there is room, and what is said if there is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_harness.allowance.amount import NOTHING, Amount
from pytest_harness.allowance.caps import NO_CAPS, Caps, Room

COSTS = st.floats(0, 100)


@given(cap=st.floats(0.01, 100), each=st.floats(0.01, 10))
def test_equal_costs_never_go_beyond_the_cap(cap: float, each: float) -> None:
    spent = NOTHING
    one = Amount(cost=each)
    while Caps(cost=cap).room(spent, NOTHING, one, 0.0) is Room.FREE:
        spent += one
    assert spent.cost <= cap + 1e-6
    assert spent.cost + each > cap - 1e-6


@given(spent=COSTS, running=COSTS, expected=COSTS, cap=st.floats(0.01, 100))
def test_what_runs_can_only_take_room_away(
    spent: float, running: float, expected: float, cap: float
) -> None:
    caps = Caps(cost=cap)
    alone = caps.room(Amount(cost=spent), NOTHING, Amount(cost=expected), 0.0)
    beside = caps.room(Amount(cost=spent), Amount(cost=running), Amount(cost=expected), 0.0)
    if alone is Room.NONE:
        assert beside is Room.NONE
        assert caps.shortage(Amount(cost=spent), Amount(cost=expected), 0.0)
    else:
        assert beside is not Room.NONE


def test_without_caps_there_is_always_room() -> None:
    much = Amount(cost=1e9, tokens=10**12)
    assert NO_CAPS.room(much, much, much, 1e9) is Room.FREE


def test_three_times_a_third_fit_exactly() -> None:
    spent = Amount(cost=0.1) + Amount(cost=0.1)
    assert Caps(cost=0.3).room(spent, NOTHING, Amount(cost=0.1), 0.0) is Room.FREE


def test_time_is_a_cap() -> None:
    caps = Caps(duration=60)
    assert caps.room(NOTHING, NOTHING, NOTHING, 59.9) is Room.FREE
    assert caps.room(NOTHING, NOTHING, NOTHING, 60.0) is Room.NONE
    assert caps.shortage(NOTHING, NOTHING, 61.2) == "61 s of 60 s are over"


@pytest.mark.parametrize("wrong", [{"cost": 0}, {"tokens": -1}, {"duration": float("nan")}])
def test_a_cap_is_a_positive_number(wrong: dict[str, float]) -> None:
    (name,) = wrong
    assert f"{name}=" in Caps(**wrong).problem()  # type: ignore[arg-type]
