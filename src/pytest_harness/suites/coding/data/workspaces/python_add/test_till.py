"""Tests of the till: run them with python3 test_till.py, or with pytest."""

from till import add


def test_two_amounts():
    assert add(2, 3) == 5, f"the sum of 2 and 3 is {add(2, 3)}"


if __name__ == "__main__":
    test_two_amounts()
    print("1 test passed")
