"""The other side of a search by regular expression: a program of its own, so that it can be ended.

Run as a script; needs nothing but the standard library. Standard input holds a line of JSON with
``pattern`` and ``hits``, then each file: a line of JSON with its ``size`` in bytes, and its bytes.
Standard output gets one line of JSON: ``hits``, a list of file number, line number and column, all
from 0, or ``wrong``, which says why the pattern is none.
"""

from __future__ import annotations

import json
import re
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


def search(pattern: re.Pattern[str], most: int) -> Iterator[tuple[int, int, int]]:
    """Yield at most so many hits, a line of a file counting once."""
    stdin = sys.stdin.buffer
    number = count = 0
    while header := stdin.readline():
        data = stdin.read(json.loads(header)["size"])
        lines = data.decode("utf-8", "surrogateescape").split("\n")
        for row, line in enumerate(lines[:-1] if not lines[-1] else lines):
            found = pattern.search(line.removesuffix("\r"))
            if found is None:
                continue
            yield number, row, found.start()
            count += 1
            if count == most:
                return
        number += 1


def main() -> dict[str, Any]:
    """Read, search, and return what is to be told."""
    order = json.loads(sys.stdin.buffer.readline())
    try:
        pattern = re.compile(order["pattern"])
    except (re.error, ValueError, RecursionError, OverflowError, MemoryError) as error:
        return {"wrong": str(error)}
    return {"hits": list(search(pattern, order["hits"]))}


if __name__ == "__main__":
    print(json.dumps(main()))  # noqa: T201
