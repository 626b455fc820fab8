"""The order of the matrix over several sessions of one run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence


def merge_order(new: Sequence[str], old: Sequence[str]) -> tuple[str, ...]:
    """Return ``new`` with what only ``old`` has, each such key behind its neighbour in ``old``."""
    selected = set(new)
    behind: defaultdict[str | None, list[str]] = defaultdict(list)
    neighbour: str | None = None
    for key in old:
        if key in selected:
            neighbour = key
        else:
            behind[neighbour].append(key)
    merged = behind[None]
    for key in new:
        merged += [key, *behind[key]]
    return tuple(dict.fromkeys(merged))
