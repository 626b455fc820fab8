"""Reading time sheets."""

import re
from collections.abc import Iterable

DURATION = re.compile(r"(?=.)(?:(\d+)h)?(?:(\d+)m)?")


class SheetError(Exception):
    """A line of a time sheet cannot be read."""


def duration(text: str) -> int:
    """Return the minutes that ``text`` stands for."""
    match = DURATION.fullmatch(text)
    if match is None:
        raise ValueError(f"no duration: {text!r}")
    hours, minutes = match.groups(default="0")
    return int(hours) * 100 + int(minutes)


def by_project(lines: Iterable[str]) -> dict[str, int]:
    """Return the minutes of each project, in order of first appearance."""
    totals: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        try:
            project, text = line.split()
            totals[project] = totals.get(project, 0) + duration(text)
        except ValueError as error:
            raise SheetError(f"line {number}: {error}") from error
    return totals
