from __future__ import annotations

import os
from pathlib import Path

import pytest

from pytest_harness.errors import SpecialFileError, WorkspaceError
from pytest_harness.workspace import Stage, remove_tree

from .trees import File, Link, read, write


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path / "stage", ["__pycache__/"])
    stage.admit("c0000", write(tmp_path / "source", {b"a": File(b"1"), b"t/b": File(b"2")}))
    return stage


def test_layers_are_part_of_the_snapshot(tmp_path: Path, stage: Stage) -> None:
    layer = write(tmp_path / "layer", {b"a": File(b"variant"), b"n": File(b"new")})
    manifest = stage.admit("v", tmp_path / "source", [layer])
    assert read(stage.snapshot("v")) == {
        b"a": File(b"variant"),
        b"n": File(b"new"),
        b"t/b": File(b"2"),
    }
    assert stage.manifest("v") is manifest
    assert read(tmp_path / "source")[b"a"] == File(b"1")


def test_a_candidate_is_moved_away_and_its_parent_stays(stage: Stage) -> None:
    stage.checkout("c0000")
    write(stage.path, {b"a": File(b"changed"), b".git/HEAD": File(), b".pytest-harness/x": File()})
    inode = (stage.path / "a").stat().st_ino
    stage.keep("c0001")
    assert not stage.path.exists()
    assert read(stage.snapshot("c0001")) == {b"a": File(b"changed"), b"t/b": File(b"2")}
    assert (stage.snapshot("c0001") / "a").stat().st_ino == inode
    assert read(stage.snapshot("c0000")) == {b"a": File(b"1"), b"t/b": File(b"2")}


def test_a_workspace_that_the_agent_removed_counts_as_empty(stage: Stage) -> None:
    stage.checkout("c0000")
    remove_tree(stage.path)
    assert not stage.keep("c0001").entries


def test_a_workspace_that_became_a_link_counts_as_empty(tmp_path: Path, stage: Stage) -> None:
    elsewhere = write(tmp_path / "elsewhere", {b"precious": File(b"x")})
    stage.checkout("c0000")
    remove_tree(stage.path)
    stage.path.symlink_to(elsewhere)
    assert not stage.keep("c0001").entries
    assert read(elsewhere) == {b"precious": File(b"x")}


def test_a_pipe_in_a_candidate_is_refused_and_the_stage_can_go_on(stage: Stage) -> None:
    stage.checkout("c0000")
    os.mkfifo(stage.path / "pipe")
    with pytest.raises(SpecialFileError, match="'pipe'"):
        stage.keep("c0001")
    stage.discard()
    stage.checkout("c0000")
    assert stage.keep("c0001") == stage.manifest("c0000")


def test_a_pipe_among_what_tools_make_is_left_out(stage: Stage) -> None:
    stage.checkout("c0000")
    (stage.path / "__pycache__").mkdir()
    os.mkfifo(stage.path / "__pycache__" / "pipe")
    stage.keep("c0001")
    stage.checkout("c0001")
    assert list((stage.path / "__pycache__").iterdir()) == []


def test_nothing_that_a_check_writes_reaches_a_later_proposal(tmp_path: Path, stage: Stage) -> None:
    hidden = write(tmp_path / "hidden", {b"t/secret": File(b"s"), b"a": File(b"hidden")})
    with stage.evaluation("c0000", [hidden]) as path:
        assert path == stage.path
        assert read(path) == {b"a": File(b"hidden"), b"t/b": File(b"2"), b"t/secret": File(b"s")}
        (path / "junk").touch()
    assert not stage.path.exists()
    stage.checkout("c0000")
    assert read(stage.path) == {b"a": File(b"1"), b"t/b": File(b"2")}


def test_an_overlay_is_there_for_a_while(tmp_path: Path, stage: Stage) -> None:
    overlay = write(tmp_path / "overlay", {b"a": File(b"bug")})
    with stage.evaluation("c0000") as path:
        (path / "made").symlink_to("a")
        before = read(path)
        with stage.overlaid(overlay):
            assert read(path) == {**before, b"a": File(b"bug")}
            remove_tree(path)
        assert read(path) == before == {b"a": File(b"1"), b"t/b": File(b"2"), b"made": Link(b"a")}
    assert [each.name for each in stage.root.iterdir()] == ["store"]


def test_an_overlay_is_taken_away_after_an_error(tmp_path: Path, stage: Stage) -> None:
    overlay = write(tmp_path / "overlay", {b"a": File(b"bug")})
    with stage.evaluation("c0000") as path:
        with pytest.raises(ZeroDivisionError), stage.overlaid(overlay):
            raise ZeroDivisionError
        assert read(path)[b"a"] == File(b"1")


def test_wrong_names_are_said(tmp_path: Path, stage: Stage) -> None:
    with pytest.raises(WorkspaceError, match=r"no snapshot 'c9' in .* known are: c0000"):
        stage.checkout("c9")
    with pytest.raises(WorkspaceError, match="'c0000' exists already"):
        stage.admit("c0000", tmp_path / "source")


def test_closing_leaves_nothing(stage: Stage) -> None:
    stage.checkout("c0000")
    stage.close()
    assert not stage.root.exists()
