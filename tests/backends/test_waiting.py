"""What providers' messages say of how long to wait."""

from __future__ import annotations

import pytest

from pytest_harness.backends.waiting import asked_to_wait


@pytest.mark.parametrize(
    ("message", "seconds"),
    [
        ("Rate limit reached for m on tokens. Please try again in 1.898s. Visit x", 1.898),
        ("exceeded retry limit, status: 429, Retry-After: 20", 20.0),
        ("retry-after=7", 7.0),
        ("Please try again in 20ms.", 0.02),
        ("try again in 6m0s", 360.0),
        ("try again in 2 minutes", 120.0),
        ("Try again in 1 hour.", 3600.0),
        ("retry after 5 seconds", 5.0),
        ("status 429: slow down, try again later", None),
        ("Try again in 3 days", None),
        ("waited for 3 files", None),
        ("", None),
    ],
)
def test_the_time_is_read(message: str, seconds: float | None) -> None:
    assert asked_to_wait(message) == (None if seconds is None else pytest.approx(seconds))
