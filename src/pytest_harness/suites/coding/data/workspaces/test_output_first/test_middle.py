"""Tests of the middle: run them with python3 test_middle.py, or with pytest."""

from middle import median


def test_odd():
    assert median([5, 1, 3]) == 3, f"the median of 5, 1, 3 is {median([5, 1, 3])}"


def test_even():
    assert median([4, 1, 3, 2]) == 2.5, f"the median of 4, 1, 3, 2 is {median([4, 1, 3, 2])}"


if __name__ == "__main__":
    test_odd()
    test_even()
    print("2 tests passed")
