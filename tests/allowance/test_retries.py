"""How long is waited between two attempts."""

from __future__ import annotations

import pytest

from pytest_harness.allowance.retries import pause_before, wait


def test_pauses_grow_and_are_bounded() -> None:
    assert [pause_before(n, None) for n in range(1, 8)] == [1, 2, 4, 8, 16, 30, 30]
    assert pause_before(5000, None) == 30


@pytest.mark.parametrize(("asked", "pause"), [(0.5, 1.0), (20.0, 20.0), (3600.0, 60.0)])
def test_a_provider_is_granted_up_to_a_minute(asked: float, pause: float) -> None:
    assert pause_before(1, asked) == pause


def test_a_session_that_is_ending_ends_the_pause() -> None:
    looks = iter([False, False, True])
    assert not wait(600, lambda: next(looks))
    assert wait(0.0, lambda: False)
