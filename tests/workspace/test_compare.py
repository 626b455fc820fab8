from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given

from pytest_harness.records import FileChange
from pytest_harness.vocabulary import ChangeKind
from pytest_harness.workspace import compare, scan

from .trees import Empty, File, Link, Node, Tree, examples, pairs, scratch, write


def _compare(root: Path, before: Tree, after: Tree) -> list[tuple[str, str, str | None]]:
    changes = compare(scan(write(root / "before", before)), scan(write(root / "after", after)))
    return [(change.path, change.kind, change.old_path) for change in changes]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({}, {b"a": File(b"1")}, [("a", "added", None)]),
        ({b"a": File(b"1")}, {}, [("a", "deleted", None)]),
        ({b"a": File(b"1")}, {b"a": File(b"2")}, [("a", "modified", None)]),
        ({b"a": File(b"1")}, {b"a": File(b"1", 0o755)}, [("a", "mode", None)]),
        ({b"a": File(b"1")}, {b"a": File(b"1", 0o600)}, [("a", "mode", None)]),
        ({b"a": File(b"1")}, {b"a": Link(b"1")}, [("a", "type", None)]),
        ({b"a": Link(b"1")}, {b"a": Link(b"2")}, [("a", "modified", None)]),
        ({b"a": File(b"1")}, {b"b/a": File(b"1")}, [("b/a", "renamed", "a")]),
        ({b"a": Empty()}, {}, [("a", "deleted", None)]),
        ({}, {b"a/b": Empty()}, [("a/b", "added", None)]),
        ({b"a": Empty()}, {b"a": File(b"1")}, [("a", "type", None)]),
        (
            {b"a/x": File(b"1"), b"b/y": File(b"1")},
            {b"c/y": File(b"1"), b"c/z": File(b"1"), b"c/zz": File(b"1")},
            [("c/y", "renamed", "b/y"), ("c/z", "renamed", "a/x"), ("c/zz", "added", None)],
        ),
        ({b"a": File()}, {b"b": File()}, [("a", "deleted", None), ("b", "added", None)]),
    ],
)
def test_every_kind_of_change_is_seen(
    tmp_path: Path, before: Tree, after: Tree, expected: list[tuple[str, str, str | None]]
) -> None:
    assert _compare(tmp_path, before, after) == expected


def test_the_mode_of_a_directory_is_seen(tmp_path: Path) -> None:
    root = write(tmp_path, {b"d/f": File()})
    before = scan(root)
    (root / "d").chmod(0o700)
    assert compare(before, scan(root)) == (FileChange(path="d", kind=ChangeKind.MODE),)


def test_a_new_directory_that_holds_only_what_tools_make_is_no_change(tmp_path: Path) -> None:
    root = write(tmp_path, {b"f": File()})
    before = scan(root, ["node_modules/"])
    write(tmp_path, {b"app/node_modules/x": File()})
    after = scan(root, ["node_modules/"])
    assert compare(before, after) == ()
    assert after.ignored == (b"app/node_modules",)


@examples(25)
@given(pairs())
def test_changes_name_exactly_the_paths_that_differ(
    trees: tuple[dict[bytes, Node], dict[bytes, Node]],
) -> None:
    before, after = trees
    with scratch() as root:
        found = _compare(root, before, after)
    named = {path for path, _, _ in found} | {old for _, _, old in found if old is not None}
    differing = {
        path.decode("utf-8", "backslashreplace")
        for path in {*before, *after}
        if before.get(path) != after.get(path) and not _is_implied(path, before, after)
    }
    assert named == differing
    assert len({path for path, _, _ in found}) == len(found)


def _is_implied(path: bytes, one: Tree, two: Tree) -> bool:
    """An empty directory that was filled, or a directory that was emptied, is still there."""
    nodes = (one.get(path), two.get(path))
    if not any(isinstance(node, Empty) for node in nodes):
        return False
    other = one if nodes[0] is None else two
    return None in nodes and any(each.startswith(path + b"/") for each in other)
