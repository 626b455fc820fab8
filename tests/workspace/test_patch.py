from __future__ import annotations

from pathlib import Path

import pytest

from pytest_harness.errors import PatchError
from pytest_harness.workspace import Patch, apply, render, scan

from .conftest import NothingInstalled, PlainRunner
from .trees import Empty, File, Link, Tree, read, write


def _render(root: Path, before: Tree, after: Tree) -> Patch:
    old, new = write(root / "old", before), write(root / "new", after)
    return render(old, new, scan(old), scan(new))


def _file(root: Path, patch: Patch) -> Path:
    file = root / "change.patch"
    file.write_bytes(patch.data)
    return file


_TEXT = b"".join(b"line %d\n" % number for number in range(40))


def test_a_change_of_text_reads_as_git_writes_it(tmp_path: Path) -> None:
    edited = _TEXT.replace(b"line 7\n", b"line seven\nand more\n")
    patch = _render(tmp_path, {b"a.txt": File(_TEXT)}, {b"a.txt": File(edited)})
    lines = patch.data.decode().splitlines()
    assert lines[0] == "diff --git a/a.txt b/a.txt"
    assert lines[2:] == [
        "--- a/a.txt",
        "+++ b/a.txt",
        "@@ -5,7 +5,8 @@",
        " line 4",
        " line 5",
        " line 6",
        "-line 7",
        "+line seven",
        "+and more",
        " line 8",
        " line 9",
        " line 10",
    ]
    assert [(each.added_lines, each.removed_lines) for each in patch.changes] == [(2, 1)]


def test_what_git_cannot_hold_is_named_and_not_forgotten(tmp_path: Path) -> None:
    patch = _render(
        tmp_path,
        {b"f": File(b"1", 0o644)},
        {b"f": File(b"1", 0o600), b"empty": Empty(), b"sub/.git/config": File(b"x")},
    )
    assert patch.data == b""
    assert patch.left_out == ("empty", "f", "sub/.git/config")
    assert [change.path for change in patch.changes] == ["empty", "f", "sub/.git/config"]


def test_binary_content_has_no_line_counts(tmp_path: Path) -> None:
    patch = _render(tmp_path, {b"b": File(b"\0old")}, {b"b": File(b"\0new")})
    assert b"GIT binary patch" in patch.data
    assert patch.changes[0].added_lines is None


@pytest.mark.needs_git
def test_large_files_are_rebuilt(tmp_path: Path, runner: PlainRunner) -> None:
    text = b"".join(b"%d\n" % number for number in range(9000))
    before = {b"huge": File(_TEXT * 8000), b"long": File(text)}
    after = {b"huge": File(_TEXT * 8001), b"long": File(text.replace(b"1\n", b"one\n"))}
    patch = _render(tmp_path, before, after)
    apply(_file(tmp_path, patch), tmp_path / "old", runner)
    assert read(tmp_path / "old") == after


@pytest.mark.needs_git
def test_a_patch_applies_inside_another_repository(tmp_path: Path, runner: PlainRunner) -> None:
    (tmp_path / ".git" / "objects").mkdir(parents=True)
    (tmp_path / ".git" / "refs").mkdir()
    (tmp_path / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    patch = _render(tmp_path, {b"d/a": File(b"1\n")}, {b"d/a": File(b"2\n"), b"l": Link(b"d")})
    apply(_file(tmp_path, patch), tmp_path / "old", runner)
    assert read(tmp_path / "old") == {b"d/a": File(b"2\n"), b"l": Link(b"d")}


@pytest.mark.needs_git
def test_attributes_of_the_directory_change_no_bytes(tmp_path: Path, runner: PlainRunner) -> None:
    rules = {b".gitattributes": File(b"* text eol=crlf\n")}
    before = {**rules, b"unix": File(b"1\n2\n"), b"dos": File(b"1\r\n2\r\n")}
    after = {**rules, b"unix": File(b"1\n3\n"), b"dos": File(b"1\r\n3\r\n")}
    apply(_file(tmp_path, _render(tmp_path, before, after)), tmp_path / "old", runner)
    assert read(tmp_path / "old") == after


@pytest.mark.needs_git
def test_a_patch_that_does_not_apply_changes_nothing(tmp_path: Path, runner: PlainRunner) -> None:
    patch = _render(
        tmp_path,
        {b"a": File(b"1\n"), b"b": File(b"1\n")},
        {b"a": File(b"2\n"), b"b": File(b"2\n")},
    )
    other = write(tmp_path / "other", {b"a": File(b"1\n"), b"b": File(b"unlike\n")})
    for check in (True, False):
        with pytest.raises(PatchError, match=r"does not apply to .*patch failed: b:1"):
            apply(_file(tmp_path, patch), other, runner, check=check)
    assert read(other) == {b"a": File(b"1\n"), b"b": File(b"unlike\n")}


@pytest.mark.needs_git
def test_trying_changes_nothing(tmp_path: Path, runner: PlainRunner) -> None:
    patch = _render(tmp_path, {}, {b"a": File(b"1")})
    apply(_file(tmp_path, patch), tmp_path / "old", runner, check=True)
    assert read(tmp_path / "old") == {}


def test_an_empty_patch_applies_anywhere(
    tmp_path: Path, nothing_installed: NothingInstalled
) -> None:
    apply(_file(tmp_path, Patch(b"", ())), tmp_path, nothing_installed)


@pytest.mark.needs_git
def test_no_patch_writes_through_a_link(tmp_path: Path, runner: PlainRunner) -> None:
    patch = _render(tmp_path, {}, {b"d/a": File(b"1")})
    outside = write(tmp_path / "outside", {})
    root = write(tmp_path / "root", {b"d": Link(b"../outside")})
    with pytest.raises(PatchError, match="beyond a symbolic link"):
        apply(_file(tmp_path, patch), root, runner)
    assert read(outside) == {}


def test_missing_things_are_said_with_a_remedy(
    tmp_path: Path, runner: PlainRunner, nothing_installed: NothingInstalled
) -> None:
    file = _file(tmp_path, _render(tmp_path, {}, {b"a": File(b"1")}))
    with pytest.raises(PatchError, match="git was not found; install git"):
        apply(file, tmp_path, nothing_installed)
    with pytest.raises(PatchError, match="cannot read the patch"):
        apply(tmp_path / "gone.patch", tmp_path, runner)
    with pytest.raises(PatchError, match="it is no directory"):
        apply(file, tmp_path / "gone", runner)
