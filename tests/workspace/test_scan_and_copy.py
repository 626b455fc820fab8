from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from hypothesis import given

from pytest_harness.errors import SpecialFileError, WorkspaceError
from pytest_harness.workspace import EntryKind, copy_tree, display, lay_over, remove_tree, scan

from .trees import TREES, Empty, File, Link, Tree, examples, read, scratch, write


@examples(25)
@given(TREES)
def test_a_copy_holds_what_the_original_holds(tree: Tree) -> None:
    with scratch() as root:
        source = write(root / "source", tree)
        copy_tree(source, root / "copy")
        assert read(root / "copy") == dict(tree)
        assert scan(root / "copy") == scan(source)


@examples(25)
@given(TREES, TREES)
def test_two_directories_have_one_digest_if_and_only_if_they_hold_the_same(
    one: Tree, two: Tree
) -> None:
    with scratch() as root:
        same = scan(write(root / "one", one)).digest == scan(write(root / "two", two)).digest
        assert same == (one == two)


@examples(20)
@given(TREES, TREES)
def test_what_is_laid_over_wins_and_the_rest_stays(under: Tree, over: Tree) -> None:
    with scratch() as root:
        target = write(root / "under", under)
        lay_over(write(root / "over", over), target)
        found = read(target)
        for path, node in over.items():
            if not isinstance(node, Empty):
                assert found[path] == node
        for path, node in under.items():
            hidden = any(path == each or each.startswith(path + b"/") for each in over)
            below = any(path.startswith(each + b"/") for each in over)
            if not hidden and not below:
                assert found[path] == node


def test_a_file_takes_the_place_of_a_link_instead_of_going_through_it(tmp_path: Path) -> None:
    outside = write(tmp_path / "outside", {b"secret": File(b"mine"), b"d/x": File(b"mine")})
    target = write(
        tmp_path / "t", {b"f": Link(bytes(outside / "secret")), b"d": Link(b"../outside/d")}
    )
    lay_over(write(tmp_path / "over", {b"f": File(b"new"), b"d/x": File(b"new")}), target)
    assert read(target) == {b"f": File(b"new"), b"d/x": File(b"new")}
    assert read(outside) == {b"secret": File(b"mine"), b"d/x": File(b"mine")}


def test_links_are_neither_followed_nor_resolved(tmp_path: Path) -> None:
    root = write(tmp_path / "w", {b"up": Link(b".."), b"gone": Link(b"/no/such/thing")})
    assert {path: entry.link for path, entry in scan(root).entries.items()} == {
        b"gone": b"/no/such/thing",
        b"up": b"..",
    }


def test_modes_of_files_and_directories_and_times_of_files_are_kept(tmp_path: Path) -> None:
    source = write(tmp_path / "s", {b"locked/run.sh": File(b"#!", 0o700)})
    os.utime(source / "locked" / "run.sh", ns=(5, 1_000_000_007))
    (source / "locked").chmod(0o555)
    copy_tree(source, tmp_path / "c")
    copied = tmp_path / "c" / "locked"
    assert copied.stat().st_mode & 0o777 == 0o555
    assert (copied / "run.sh").stat().st_mode & 0o777 == 0o700
    assert (copied / "run.sh").stat().st_mtime_ns == 1_000_000_007
    remove_tree(source)
    assert not source.exists()


def test_large_files_are_copied_and_digested_whole(tmp_path: Path) -> None:
    data = os.urandom(1 << 16) * 40
    source = write(tmp_path / "s", {b"big": File(data), b"other": File(data[:-1] + b"x")})
    copy_tree(source, tmp_path / "c")
    assert read(tmp_path / "c") == read(source)
    entries = scan(tmp_path / "c").entries
    assert entries[b"big"].digest != entries[b"other"].digest


def test_what_tools_make_is_out_of_the_manifest_but_in_the_copy(tmp_path: Path) -> None:
    source = write(
        tmp_path / "s",
        {
            b"a.py": File(b"1"),
            b"__pycache__/a.pyc": File(b"2"),
            b"deep/.venv/bin/python": Link(b"/usr/bin/python3"),
            b"deep/b.py": File(b"3"),
        },
    )
    copy_tree(source, tmp_path / "c")
    manifest = scan(tmp_path / "c", ["__pycache__/", ".venv/"])
    assert set(manifest.entries) == {b"a.py", b"deep", b"deep/b.py"}
    assert manifest.ignored == (b"__pycache__", b"deep/.venv")
    assert read(tmp_path / "c") == read(source)


def test_a_change_right_after_a_scan_is_seen(tmp_path: Path) -> None:
    file = tmp_path / "f"
    seen = set()
    for number in range(20):
        file.write_bytes(b"%02d" % number)
        seen.add(scan(tmp_path).digest)
    assert len(seen) == 20


def test_the_repository_and_the_context_are_no_content(tmp_path: Path) -> None:
    tree = {b".git/HEAD": File(b"x"), b".pytest-harness/o.md": File(b"x"), b"sub/.git/HEAD": File()}
    source = write(tmp_path / "s", tree)
    assert set(scan(source).entries) == {b"sub", b"sub/.git", b"sub/.git/HEAD"}
    copy_tree(source, tmp_path / "c")
    assert not (tmp_path / "c" / ".git").exists()


@pytest.mark.parametrize("kind", ["pipe", "socket"])
def test_special_files_are_refused_by_name(tmp_path: Path, kind: str) -> None:
    source = write(tmp_path / "s", {b"d/a": File()})
    with socket.socket(socket.AF_UNIX) as server:
        if kind == "pipe":
            os.mkfifo(source / "d" / "odd")
        else:
            server.bind(str(source / "d" / "odd"))
        with pytest.raises(SpecialFileError, match=r"'d/odd' in .* remove it"):
            scan(source)
        with pytest.raises(SpecialFileError, match="'d/odd'"):
            copy_tree(source, tmp_path / "c")
    assert not (tmp_path / "c").exists()
    assert scan(source, ["d/"]).ignored == (b"d",)


def test_names_that_are_no_text_can_be_shown() -> None:
    assert display(b"caf\xc3\xa9/\xff.txt") == "café/\\xff.txt"


def test_what_cannot_be_read_is_said_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="No such file or directory"):
        scan(tmp_path / "gone")
    with pytest.raises(WorkspaceError, match="exists already"):
        copy_tree(tmp_path, tmp_path)
    with pytest.raises(WorkspaceError, match="cannot copy"):
        copy_tree(tmp_path / "gone", tmp_path / "c")
    assert not (tmp_path / "c").exists()


def test_removing_takes_links_files_and_nothing(tmp_path: Path) -> None:
    kept = write(tmp_path / "kept", {b"f": File(b"x")})
    (tmp_path / "link").symlink_to(kept)
    (tmp_path / "file").touch()
    for name in ("link", "file", "nothing"):
        remove_tree(tmp_path / name)
    assert read(tmp_path) == {b"kept/f": File(b"x")}


def test_entries_say_what_they_are(tmp_path: Path) -> None:
    entries = scan(write(tmp_path, {b"f": File(b"abc"), b"l": Link(b"f"), b"d": Empty()})).entries
    assert [entry.kind for entry in entries.values()] == [
        EntryKind.DIRECTORY,
        EntryKind.FILE,
        EntryKind.LINK,
    ]
    assert entries[b"f"].size == 3
    assert all(isinstance(path, bytes) for path in entries)
