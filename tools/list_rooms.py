"""List the files of the package in ``ARCHITECTURE.md``: ``python tools/list_rooms.py``.

What stands beside each file is the first line of its docstring. The list lies between two comments;
the rest of the page is written by hand.
"""

from __future__ import annotations

import ast
import sys
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src/pytest_harness"
PAGE = ROOT / "ARCHITECTURE.md"
BEGIN, END = "<!-- rooms -->\n", "<!-- end of rooms -->\n"


def with_list(page: str) -> str:
    """Return the text of the page with a current list."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n{rooms()}\n{END}{rest.partition(END)[2]}"


def rooms() -> str:
    """Return the list, one table for each room."""
    data = tuple(PACKAGE.glob("suites/*/data"))
    own = (path for path in PACKAGE.rglob("*.py") if not any(map(path.is_relative_to, data)))
    files = sorted(own, key=lambda path: (path.parent.parts, path.name))
    parts = []
    for room, inside in groupby(files, key=lambda path: path.parent):
        name = room.relative_to(PACKAGE.parent).as_posix()
        rows = [f"| `{path.name}` | {_first_line(path)} |" for path in inside]
        parts.append("\n".join([f"`{name}/`\n", "| file | concept |", "|---|---|", *rows]) + "\n")
    return "\n".join(parts)


def _first_line(path: Path) -> str:
    doc = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    paragraph = " ".join(doc.partition("\n\n")[0].split())
    return paragraph.replace("``", "`").replace("|", "\\|")


def main() -> None:
    """Write the page."""
    PAGE.write_text(with_list(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write(f"wrote {PAGE}\n")


if __name__ == "__main__":
    main()
