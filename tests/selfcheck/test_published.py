"""The page on the threat model shows the table as it is."""

from __future__ import annotations

import runpy
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_page_shows_the_current_table() -> None:
    page = (ROOT / "docs/threat-model.md").read_text(encoding="utf-8")
    made = runpy.run_path(str(ROOT / "tools/list_tricks.py"))["with_tables"](page)
    assert page == made, "run: python tools/list_tricks.py"
