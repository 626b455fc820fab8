"""Reading the blocks of a page and what a test should do with each.

A comment stands before each fenced block::

    <!-- test: file=tests/test_x.py -->     write the block to this file
    <!-- test: run -->                      run each line; all must succeed
    <!-- test: run exit=1 -->               run each line; the last ends with this code
    <!-- test: new project -->              the same as the next comment, in an empty project
    <!-- test: text -->                     nothing to run: a layout, or what is printed
    <!-- test: by hand: why -->             cannot be run here
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

_BLOCK = re.compile(
    r"(?ms)^(?:<!-- test: (?P<told>[^\n]*?) -->\n)?(?:\n)?```(?P<language>\w*)\n(?P<text>.*?)^```$"
)


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block."""

    page: str
    line: int
    language: str
    told: str
    text: str

    @property
    def where(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def fresh(self) -> bool:
        return self.told.startswith("new project")

    @property
    def file(self) -> str | None:
        found = re.search(r"\bfile=(\S+)", self.told)
        return found.group(1) if found else None

    @property
    def runs(self) -> bool:
        return bool(re.search(r"(^|, )run\b", self.told))

    @property
    def exit(self) -> int:
        found = re.search(r"\bexit=(\d+)", self.told)
        return int(found.group(1)) if found else 0

    @property
    def lines(self) -> list[str]:
        """The command lines, without comments."""
        joined = self.text.replace("\\\n", " ")
        return [line for line in joined.splitlines() if line.strip() and line[0] != "#"]


def pages() -> list[Path]:
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    for found in _BLOCK.finditer(text):
        yield Block(
            page=str(page.relative_to(ROOT)),
            line=text.count("\n", 0, found.start("text")),
            language=found["language"],
            told=found["told"] or "",
            text=found["text"],
        )
