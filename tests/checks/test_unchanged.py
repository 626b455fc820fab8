from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_harness.checks import CheckContext, Unchanged

from .conftest import Write

Project = Callable[..., CheckContext]
FILES = {"tests/test_a.py": "a", "tests/data/x.json": "{}", "src/a.py": "a"}


def replace_by_directory(place: Path) -> None:
    place.unlink()
    place.mkdir()


def replace_by_link(place: Path) -> None:
    place.rename(place.with_name("elsewhere"))
    place.symlink_to("elsewhere")


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda place: place.write_text("b"), "changed: tests/test_a.py"),
        (lambda place: place.chmod(0o755), "changed: tests/test_a.py"),
        (replace_by_directory, "changed: tests/test_a.py"),
        (replace_by_link, "changed: tests/test_a.py"),
        (lambda place: place.unlink(), "deleted: tests/test_a.py"),
        (lambda place: place.with_name("new.py").touch(), "added: tests/new.py"),
        (lambda place: place.with_name("new").mkdir(), "added: tests/new"),
        (lambda place: place.with_name("new").symlink_to("x"), "added: tests/new"),
    ],
    ids=["content", "mode", "directory", "link", "deleted", "added", "new-directory", "new-link"],
)
def test_any_difference_leaves_no_marks(
    project: Project, change: Callable[[Path], object], word: str
) -> None:
    context = project(FILES)
    assert Unchanged("x", "tests").grade(context).score == 1
    change(context.workspace / "tests/test_a.py")
    verdict = Unchanged("x", ["tests"]).grade(context)
    assert verdict.score == 0
    assert word in verdict.reason


@pytest.mark.parametrize("paths", ["src", "tests/*.py", "tests/data/x.json", "**/*.txt", "./src"])
def test_what_is_not_asked_for_may_change(project: Project, write: Write, paths: str) -> None:
    context = project(FILES)
    write(context.workspace, {"tests/data/new.json": "", "other": ""})
    assert Unchanged("x", paths).grade(context).score == 1


@pytest.mark.parametrize("paths", ["tests", "tests/**", "**/*.json", ".", "tests/data/", "tests/*"])
def test_patterns_reach_what_lies_below(project: Project, write: Write, paths: str) -> None:
    context = project(FILES)
    write(context.workspace, {"tests/data/x.json": "[]"})
    assert Unchanged("x", paths).grade(context).score == 0


def test_hidden_files_belong_to_the_original(
    project: Project, write: Write, tmp_path: Path
) -> None:
    hidden = write(tmp_path / "hidden", {"tests/test_a.py": "hidden", "tests/test_h.py": "h"})
    context = project(FILES, hidden=(hidden,))
    write(context.workspace, {"tests/test_a.py": "hidden", "tests/test_h.py": "h"})
    assert Unchanged("x", "tests").grade(context).score == 1


def test_what_earlier_checks_left_does_not_count(project: Project, write: Write) -> None:
    context = project(FILES)
    write(context.workspace, {"tests/__pycache__/a.pyc": "", ".venv/bin/python": ""})
    assert Unchanged("x", ".").grade(context).score == 1
    assert Unchanged("x", ".", ignore=()).grade(context).score == 0


def test_names_that_are_not_utf8_and_pipes_do_no_harm(project: Project) -> None:
    context = project(FILES)
    (context.workspace / os.fsdecode(b"tests/\xff")).write_text("")
    os.mkfifo(context.workspace / "tests/pipe")
    verdict = Unchanged("x", "tests").grade(context)
    assert verdict.score == 0
    assert "tests/pipe" in verdict.reason


def test_links_are_compared_and_not_followed(project: Project, write: Write) -> None:
    context = project(FILES)
    for root, name in ((context.original, "one"), (context.workspace, "two")):
        write(context.scratch / name, {"file": name})
        (root / "tests/link").symlink_to("../../scratch/shared")
    (context.scratch / "shared").symlink_to("one")
    assert Unchanged("x", "tests").grade(context).score == 1


def test_a_wrong_declaration_is_said() -> None:
    assert "no paths" in (Unchanged("x").problem() or "")
    assert "overlay" in (Unchanged("x", "tests", overlay="bug").problem() or "")
    assert Unchanged("x", "tests").problem() is None
