"""Which answers the tasks that ask for words accept."""

from __future__ import annotations

import re

import pytest

from pytest_harness.suites.coding.answers import DIAGNOSIS, SMALLEST_CHANGE, last_line


@pytest.mark.parametrize(
    "answer",
    [
        "LYNX-8462",
        "LYNX-8462\n",
        "Stock failed first.\nLYNX-8462",
        "Stock failed first.\n\n**LYNX-8462**\n",
        "So:\n`LYNX-8462`.",
        "So:\n```\nLYNX-8462\n```",
    ],
)
def test_a_last_line_of_nothing_else_is_accepted(answer: str) -> None:
    assert re.search(last_line("LYNX-8462"), answer)


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "LYNX-846",
        "LYNX-84620",
        "The code is LYNX-8462",
        "LYNX-8462\nor\nOTTER-8455",
        "LYNX-8462 OTTER-8455",
        "OTTER-LYNX-8462",
    ],
)
def test_anything_else_is_refused(answer: str) -> None:
    assert not re.search(last_line("LYNX-8462"), answer)


def test_the_diagnosis_is_right() -> None:
    numbered = re.findall(r"(?m)^ {4}(\d)  (.*)$", DIAGNOSIS)
    assert [number for number, _ in numbered] == [str(at) for at in range(1, 9)]
    lines = [line for _, line in numbered]
    assert run(lines, 2) == [4, 1, 5]
    for corrected in ("if len(found) >= count:", "if len(found) == count:"):
        assert re.search(SMALLEST_CHANGE, corrected)
        lines[4] = f"        {corrected}"
        assert run(lines, 2) == [1, 5]
        assert sum(run(lines, 4)) == 11
    assert not re.search(SMALLEST_CHANGE, DIAGNOSIS)


def run(lines: list[str], count: int) -> list[int]:
    """Run the code that the prompt shows."""
    names: dict[str, object] = {}
    exec("\n".join(lines), names)  # noqa: S102 - our own code
    last = names["last"]
    assert callable(last)
    found = last([3, 1, 4, 1, 5], count)
    assert isinstance(found, list)
    return found
