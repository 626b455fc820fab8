"""The reference is what the sources say now."""

from __future__ import annotations

import runpy

from tests.docs.pages import ROOT


def test_the_reference_is_current() -> None:
    made = runpy.run_path(str(ROOT / "tools/generate_reference.py"))["reference"]()
    written = (ROOT / "docs/reference.md").read_text(encoding="utf-8")
    assert written == made, "run: python tools/generate_reference.py"
