"""Every example of the documentation does what the page says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, Block, blocks, pages

RUNNABLE = [
    page
    for page in pages()
    if page.name != "reference.md" and any(block.file or block.runs for block in blocks(page))
]


def environment(home: Path) -> dict[str, str]:
    """What a user's shell has: the programs of this environment, and nothing of this session."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    return {
        "PATH": path,
        "HOME": str(home),
        "TMPDIR": os.environ.get("TMPDIR", "/tmp"),
        "LANG": "C.UTF-8",
        "COLUMNS": "100",
        # A user has no hypothesis, whose import would be a third of each short session.
        "PYTEST_ADDOPTS": "-p no:hypothesispytest",
    }


def lacks_git(block: Block) -> bool:
    """Whether the block puts patches on trees, and there is no git to do so."""
    needed = any("pytest-harness apply" in line or "export" in line for line in block.lines)
    return needed and shutil.which("git") is None


def run(block: Block, project: Path) -> None:
    home = project.parent / "home"
    home.mkdir(exist_ok=True)
    lines = block.lines
    assert lines, block.where
    for number, line in enumerate(lines, 1):
        found = subprocess.run(
            ["bash", "-c", line],
            cwd=project,
            env=environment(home),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        wanted = block.exit if number == len(lines) else 0
        shown = f"{block.where}: {line}\n{found.stdout}\n{found.stderr}"
        assert found.returncode == wanted, shown
        assert "Traceback" not in found.stderr, shown


@pytest.mark.slow
@pytest.mark.parametrize("page", RUNNABLE, ids=lambda page: page.stem)
def test_a_page_does_what_it_says(page: Path, tmp_path: Path) -> None:
    number = 0
    project = tmp_path / "project0"
    project.mkdir()
    for block in blocks(page):
        if block.fresh:
            number += 1
            project = tmp_path / f"project{number}"
            project.mkdir()
        if block.file is not None:
            file = project / block.file
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text, encoding="utf-8")
            if block.text.startswith("#!"):
                file.chmod(0o755)
        if block.runs and lacks_git(block):
            pytest.skip(f"git is missing, so the page was run up to {block.where} only")
        if block.runs:
            run(block, project)


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.stem)
def test_every_block_says_how_it_is_tested(page: Path) -> None:
    if page.name == "reference.md":
        return
    silent = [block.where for block in blocks(page) if not block.told]
    assert not silent


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.stem)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    targets = re.findall(r"\]\((?!https?://|#)([^)#\s]+)", text)
    assert not [target for target in targets if not (page.parent / target).exists()]


def test_the_readme_names_every_page() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert not [page.name for page in (ROOT / "docs").glob("*.md") if page.name not in text]
