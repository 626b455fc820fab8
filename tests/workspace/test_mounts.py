"""What somebody mounted in a directory of ours is unmounted, never removed."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_harness.errors import SpecialFileError
from pytest_harness.workspace import Stage, make_empty, remove_tree


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A directory that must survive."""
    place = tmp_path.resolve() / "elsewhere"
    place.mkdir()
    (place / "precious").write_text("precious\n")
    return place


@pytest.fixture
def ours(tmp_path: Path, elsewhere: Path) -> Iterator[Path]:
    """A directory of ours with another one mounted in it."""
    root = tmp_path.resolve() / "ours"
    point = root / "work" / "a b"
    point.mkdir(parents=True)
    command = ["mount", "--bind", str(elsewhere), str(point)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    assert (point / "precious").exists()
    yield root
    subprocess.run(["umount", "-l", str(point)], capture_output=True, check=False)


def test_removing_does_not_reach_through_a_mount(ours: Path, elsewhere: Path) -> None:
    remove_tree(ours)
    assert not ours.exists()
    assert (elsewhere / "precious").read_text() == "precious\n"


def test_emptying_does_not_either(ours: Path, elsewhere: Path) -> None:
    make_empty(ours, ["work"])
    assert list(ours.rglob("*")) == [ours / "work"]
    assert (elsewhere / "precious").exists()


def test_a_workspace_with_a_mount_is_refused(ours: Path, elsewhere: Path) -> None:
    stage = Stage(ours)
    with pytest.raises(SpecialFileError, match="something was mounted at"):
        stage.keep("c0001")
    stage.close()
    assert not ours.exists()
    assert (elsewhere / "precious").exists()
