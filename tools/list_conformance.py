"""Draw the table of what real programs were seen to do, or check the one in the documentation.

Usage: python tools/list_conformance.py [--check | --drift] [DIRECTORY]

The conformance tests note what they see in DIRECTORY (.ci-cache/observed). Without an option the
table in docs/conformance.md is written from it; ``--check`` fails where the page says something
else than what was seen; ``--drift`` only prints the differences, for newer versions.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "conformance.md"
OBSERVED = ROOT / ".ci-cache" / "observed"
BEGIN, END = "<!-- table begins -->\n", "<!-- table ends -->\n"


class Seen(NamedTuple):
    """One cell of the table."""

    provider: str
    behaviour: str
    observed: str
    version: str


def read(directory: Path) -> list[Seen]:
    """Return what was noted, the newest of each cell."""
    cells: dict[tuple[str, str], Seen] = {}
    for file in sorted(directory.glob("*.jsonl"), key=lambda path: path.stat().st_mtime):
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            seen = Seen(
                row["provider"], row["behaviour"], row["observed"], row["version"] or "unknown"
            )
            cells[seen.provider, seen.behaviour] = seen
    return list(cells.values())


def draw(cells: list[Seen]) -> str:
    """Return the table: a row for each provider, a column for each behaviour."""
    providers = sorted({cell.provider for cell in cells})
    behaviours = sorted({cell.behaviour for cell in cells})
    versions = {cell.provider: cell.version for cell in cells}
    found = {(cell.provider, cell.behaviour): cell.observed for cell in cells}
    lines = [["provider", "version", *behaviours]]
    lines += [
        [name, versions[name], *(found.get((name, each), "not seen") for each in behaviours)]
        for name in providers
    ]
    head, *rows = (f"| {' | '.join(line)} |\n" for line in lines)
    return head + "|" + "---|" * len(lines[0]) + "\n" + "".join(rows)


def cells_of(table: str) -> dict[tuple[str, str], str]:
    """Return the cells of a drawn table by provider and column."""
    rows = [
        [cell.strip() for cell in line.strip().strip("|").split("|")]
        for line in table.splitlines()
        if line.startswith("|") and not re.fullmatch(r"[|\-\s]+", line)
    ]
    if not rows:
        return {}
    head, *body = rows
    return {(row[0], name): cell for row in body for name, cell in zip(head, row, strict=True)}


def differences(written: str, seen: str) -> list[str]:
    """Return a sentence for each cell that differs."""
    old, new = cells_of(written), cells_of(seen)
    return [
        f"{provider}, {column}: the page says {old.get((provider, column), 'nothing')!r}, "
        f"seen was {new.get((provider, column), 'nothing')!r}"
        for provider, column in sorted(old.keys() | new.keys())
        if old.get((provider, column)) != new.get((provider, column))
    ]


def main(arguments: list[str]) -> int:
    """Write or check the table; return the exit code."""
    options = [each for each in arguments if each.startswith("--")]
    paths = [Path(each) for each in arguments if not each.startswith("--")]
    cells = read(paths[0] if paths else OBSERVED)
    if not cells:
        sys.stdout.write("nothing was noted; run the conformance tests first\n")
        return 1
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    written, _, after = rest.partition(END)
    table = draw(cells)
    if not options:
        PAGE.write_text(f"{before}{BEGIN}{table}{END}{after}", encoding="utf-8")
        return 0
    found = differences(written, table)
    sys.stdout.write("\n".join(found or ["the page says what was seen"]) + "\n")
    return 1 if found and "--check" in options else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
