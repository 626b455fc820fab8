"""What a proposal made of a workspace is done again exactly, whatever it was."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import assume, given

from pytest_harness.backends.placeholders import Places
from pytest_harness.backends.workspace_change import Change, content_digest, take_change
from pytest_harness.errors import HarnessError
from pytest_harness.redaction import Vault
from pytest_harness.workspace import copy_tree, scan
from tests.workspace.conftest import PlainRunner
from tests.workspace.trees import File, Link, Node, above, examples, pairs, scratch, write

SECRET = "sk-canary-0123456789"
VAULT = Vault([SECRET])


def taken(root: Path, workspace: Path, *, ignore: tuple[str, ...] = ()) -> Change:
    """Take down what leads from ``root/old`` to a workspace."""
    (root / "temporary").mkdir()
    copy_tree(root / "old", root / "before")
    places = Places(workspace, root / "scratch")
    return take_change(
        root / "before", workspace, ignore, places, VAULT, root / "temporary", PlainRunner()
    )


def replay(change: Change, root: Path, to: Path) -> None:
    (root / "again").mkdir()
    change.apply(to, Places(to, root / "elsewhere"), root / "again", PlainRunner())


@pytest.mark.needs_git
@examples(60)
@given(pairs())
def test_a_change_that_is_done_again_leads_to_the_same(
    trees: tuple[dict[bytes, Node], dict[bytes, Node]],
) -> None:
    before, after = trees
    # Git cannot see past a link to itself that is to become a directory.
    assume(not any(isinstance(before.get(each), Link) for path in after for each in above(path)))
    with scratch() as root:
        write(root / "old", before)
        workspace = write(root / "work", after)
        change = taken(root, workspace)
        copy_tree(root / "old", root / "new")
        replay(change, root, root / "new")
        assert scan(root / "new").entries == scan(workspace).entries


@pytest.mark.needs_git
def test_modes_and_empty_directories_are_kept(tmp_path: Path) -> None:
    write(tmp_path / "old", {})
    workspace = write(tmp_path / "work", {})
    (workspace / "private").mkdir(mode=0o700)
    (workspace / "key").write_text("x")
    (workspace / "key").chmod(0o600)
    change = taken(tmp_path, workspace)
    replay(change, tmp_path, tmp_path / "old")
    assert stat.S_IMODE((tmp_path / "old" / "key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "old" / "private").stat().st_mode) == 0o700


@pytest.mark.needs_git
def test_a_directory_that_lost_its_files_is_kept_or_gone(tmp_path: Path) -> None:
    for name in ("kept", "gone"):
        (tmp_path / "old" / name).mkdir(parents=True)
        (tmp_path / "old" / name / "file").write_text("x")
    workspace = tmp_path / "work"
    (workspace / "kept").mkdir(parents=True)
    replay(taken(tmp_path, workspace), tmp_path, tmp_path / "old")
    assert [path.name for path in (tmp_path / "old").iterdir()] == ["kept"]


@pytest.mark.needs_git
def test_a_link_takes_the_place_of_a_directory(tmp_path: Path) -> None:
    write(tmp_path / "old", {b"a/b/c": File(b"x")})
    workspace = write(tmp_path / "work", {b"a": Link(b"a")})
    replay(taken(tmp_path, workspace), tmp_path, tmp_path / "old")
    assert scan(tmp_path / "old").entries == scan(workspace).entries


@pytest.mark.needs_git
def test_paths_become_those_of_another_place(tmp_path: Path) -> None:
    write(tmp_path / "old", {})
    workspace = write(tmp_path / "work", {})
    said = f"cd {workspace}; say '<workspace> <=scratch>'"
    (workspace / "go.sh").write_text(said)
    (workspace / "link").symlink_to(workspace / "go.sh")
    change = taken(tmp_path, workspace)
    assert str(workspace).encode() not in change.patch
    other = tmp_path / "old"
    replay(change, tmp_path, other)
    assert (other / "go.sh").read_text() == said.replace(str(workspace), str(other))
    assert (other / "link").readlink() == other / "go.sh"
    digests = {
        content_digest(each, (), Places(each, tmp_path / "x"), VAULT) for each in (workspace, other)
    }
    assert len(digests) == 1


@pytest.mark.needs_git
def test_secrets_are_hidden_in_texts_and_in_binary_files(tmp_path: Path) -> None:
    write(tmp_path / "old", {})
    workspace = write(tmp_path / "work", {})
    (workspace / "text").write_text(f"key {SECRET}\n")
    (workspace / "binary").write_bytes(b"\0" + SECRET.encode())
    replay(taken(tmp_path, workspace), tmp_path, tmp_path / "old")
    assert (tmp_path / "old" / "text").read_text() == "key [hidden]\n"
    assert (tmp_path / "old" / "binary").read_bytes() == b"\0[hidden]"


BEFORE = {
    "changed": (f"{SECRET}\n".encode(), b"nothing\n"),
    "gone": (f"{SECRET}\n".encode(), None),
    "binary": (b"\0" + SECRET.encode(), b"\0changed"),
    "gone-binary": (b"\0" + SECRET.encode(), None),
}


@pytest.mark.needs_git
@pytest.mark.parametrize("name", BEFORE)
def test_a_secret_that_was_there_before_is_not_written_down(tmp_path: Path, name: str) -> None:
    was, becomes = BEFORE[name]
    write(tmp_path / "old", {b"file": File(was)})
    workspace = write(tmp_path / "work", {} if becomes is None else {b"file": File(becomes)})
    with pytest.raises(HarnessError, match="it changed lines with secrets"):
        taken(tmp_path, workspace)


@pytest.mark.needs_git
def test_a_secret_that_stays_where_it_was_is_no_hindrance(tmp_path: Path) -> None:
    lines = b"".join(b"line %d\n" % number for number in range(20))
    was = SECRET.encode() + b"\n" + lines
    write(tmp_path / "old", {b"file": File(was)})
    workspace = write(tmp_path / "work", {b"file": File(was + b"more\n")})
    change = taken(tmp_path, workspace)
    assert SECRET.encode() not in change.patch
    replay(change, tmp_path, tmp_path / "old")
    assert (tmp_path / "old" / "file").read_bytes() == was + b"more\n"


@pytest.mark.needs_git
def test_what_is_ignored_is_no_part_of_it(tmp_path: Path) -> None:
    write(tmp_path / "old", {})
    workspace = write(tmp_path / "work", {})
    for name in (".venv", ".git", ".pytest-harness"):
        (workspace / name).mkdir()
        (workspace / name / "file").write_text("x")
    change = taken(tmp_path, workspace, ignore=(".venv",))
    assert change == Change()


def test_no_link_is_followed_out_of_the_workspace(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    workspace = tmp_path / "work"
    workspace.mkdir()
    (workspace / "link").symlink_to(tmp_path / "outside")
    (tmp_path / "again").mkdir()
    change = Change(directories={"link/made": 0o755})
    with pytest.raises(HarnessError, match="leads through the link"):
        change.apply(workspace, Places(workspace, tmp_path), tmp_path / "again", PlainRunner())
    assert not (tmp_path / "outside" / "made").exists()


@pytest.mark.needs_git
@pytest.mark.parametrize("recorded", ["directories", "modes"])
def test_no_mode_is_changed_behind_a_link(tmp_path: Path, recorded: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir(mode=0o700)
    workspace = tmp_path / "work"
    workspace.mkdir()
    (workspace / "link").symlink_to(outside)
    mode = {"link": 0o777}
    change = Change(directories=mode) if recorded == "directories" else Change(modes=mode)
    with pytest.raises(HarnessError, match="record the proposal again"):
        replay(change, tmp_path, workspace)
    assert stat.S_IMODE(outside.stat().st_mode) == 0o700
