"""List the known tricks in ``docs/threat-model.md``: ``python tools/list_tricks.py``.

The table comes from `backends/cheat_table.py`, which a test compares with what really happens.
"""

from __future__ import annotations

import sys
from pathlib import Path

from pytest_harness.backends.cheat_program.__main__ import TRICKS
from pytest_harness.backends.cheat_table import ROWS, Row, Stand
from pytest_harness.vocabulary import RuntimeMode

PAGE = Path(__file__).parents[1] / "docs/threat-model.md"
BEGIN, END = "<!-- tricks -->\n", "<!-- end of tricks -->\n"


def with_tables(page: str) -> str:
    """Return the page with the tables as they must be now."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n{tables()}\n{END}{rest.partition(END)[2]}"


def tables() -> str:
    """Return both tables: how each trick stands, and what stops it or closes it."""
    head = " | ".join(("trick", *RuntimeMode))
    lines = [f"| {head} |", "|" + "---|" * (1 + len(RuntimeMode))]
    lines += [f"| {' | '.join((f'`{row.trick}`', *_stands(row)))} |" for row in ROWS]
    lines += [
        "",
        "| trick | what it does | what stops it | what an author does |",
        "|---|---|---|---|",
    ]
    lines += [f"| `{row.trick}` | {_what(row)} | {_how(row)} | {row.close} |" for row in ROWS]
    return "\n".join(lines) + "\n"


def _stands(row: Row) -> list[str]:
    stands = [row.stands[mode] for mode in RuntimeMode]
    return [f"**{stand}**" if stand is Stand.OPEN else str(stand) for stand in stands]


def _what(row: Row) -> str:
    doc = TRICKS[row.trick].__doc__ or ""
    return doc.strip().rstrip(".")


def _how(row: Row) -> str:
    if set(row.stands.values()) == {Stand.OPEN}:
        return f"nothing: {row.how}"
    return row.how


if __name__ == "__main__":
    text = with_tables(PAGE.read_text(encoding="utf-8"))
    PAGE.write_text(text, encoding="utf-8")
    sys.stdout.write(f"wrote {PAGE}\n")
