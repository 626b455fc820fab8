"""Nothing outside of the workspace is read or changed, whatever a model writes."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_harness.model.tools import confined
from pytest_harness.model.tools.base import Outcome

from .conftest import UNGUESSED, Bench

USES: dict[str, Callable[[Bench, str], Outcome]] = {
    "read": lambda bench, path: bench.call("read_file", path=path),
    "list": lambda bench, path: bench.call("list_directory", path=path, recursive=True),
    "search": lambda bench, path: bench.call("search_files", path=path, pattern="secret"),
    "replace": lambda bench, path: bench.call("replace_text", path=path, old="the", new="x"),
    "write": lambda bench, path: bench.call("write_file", path=path, content="mine"),
}
READS = ("read", "list", "search")
WRITES = ("replace", "write")


def leaks(outcome: Outcome) -> bool:
    """Say whether the content of the file outside was told."""
    return "the secret" in outcome.text or UNGUESSED in outcome.text


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize(
    "path",
    [
        "..",
        "../outside/secret.txt",
        "a/../../outside/secret.txt",
        "a/b/../../../work/../outside",
        "/etc/passwd",
        "/",
        "{outside}/secret.txt",
        "{workspace}/../outside/secret.txt",
        "{workspace}-other",
        "//{workspace}/../outside",
        "a\0b",
        "x" * 256,
        "ä" * 128,
        "d/" * 65 + "f",
        "n/" + "y" * 5000,
        "",
    ],
)
def test_paths_that_lead_out_or_are_none_are_refused(bench: Bench, use: str, path: str) -> None:
    bench.put("a/b/c")
    full = path.replace("{outside}", str(bench.outside)).replace(
        "{workspace}", str(bench.workspace)
    )
    outcome = USES[use](bench, full)
    assert outcome.refused
    assert not leaks(outcome)
    assert len(outcome.text) < 500
    assert bench.entries() == ["a"]


def test_paths_that_stay_inside_are_taken(bench: Bench) -> None:
    bench.put("a/b", "text")
    for path in ("a/b", "./a//b", "a/../a/b", "none/../a/b", f"{bench.workspace}/a/b"):
        outcome = bench.call("read_file", path=path)
        assert (outcome.text, outcome.paths) == ("text", ("a/b",))
    assert not bench.call("write_file", path=f"{bench.workspace}/n", content="x").failed
    assert bench.entries() == ["a", "n"]


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize(
    ("link", "target", "path"),
    [
        ("l", "../outside", "l/secret.txt"),
        ("l", "../outside", "l"),
        ("l", "../outside/secret.txt", "l"),
        ("l", "{outside}", "l/secret.txt"),
        ("l", "{outside}/secret.txt", "l"),
        ("a/l", "../../outside", "a/l/secret.txt"),
        ("a/l", "b/../../../outside/secret.txt", "a/l"),
        ("l", "{workspace}/../outside/secret.txt", "l"),
        ("l", "/proc/self/root{outside}/secret.txt", "l"),
        ("l", "../work/../outside/secret.txt", "l"),
    ],
)
def test_links_that_lead_out_are_refused(
    bench: Bench, use: str, link: str, target: str, path: str
) -> None:
    bench.put("a/b/c", "x")
    place = bench.workspace / link
    place.symlink_to(
        target.replace("{outside}", str(bench.outside)).replace("{workspace}", str(bench.workspace))
    )
    outcome = USES[use](bench, path)
    assert outcome.refused
    assert not leaks(outcome)
    assert place.is_symlink()


def test_links_that_stay_inside_are_read(bench: Bench) -> None:
    bench.put("a/deep/x.txt", "the word\n")
    for link, target in {
        "one": "a/deep/x.txt",
        "a/two": "deep/../deep/x.txt",
        "a/deep/up": "../../a/deep/./x.txt",
        "far": f"{bench.workspace}/one",
    }.items():
        (bench.workspace / link).symlink_to(target)
        assert bench.call("read_file", path=link).text == "the word\n"
        found = bench.call("search_files", path=link, pattern="word").text
        assert found == "a/deep/x.txt:1: the word"
    (bench.workspace / "d").symlink_to("a")
    assert bench.call("read_file", path="d/deep/x.txt").text == "the word\n"
    assert bench.call("list_directory", path="d/deep").text.startswith("a/deep/up -> ")


@pytest.mark.parametrize("use", WRITES)
@pytest.mark.parametrize("path", ["file", "dir/x.txt", "dir/new", "dangling"])
def test_nothing_is_written_through_links(bench: Bench, use: str, path: str) -> None:
    place = bench.put("a/x.txt", "the text")
    (bench.workspace / "file").symlink_to("a/x.txt")
    (bench.workspace / "dir").symlink_to("a")
    (bench.workspace / "dangling").symlink_to("nothing")
    before = bench.entries()
    outcome = USES[use](bench, path)
    assert outcome.refused
    assert "is a link" in outcome.text
    assert place.read_text() == "the text"
    assert bench.entries() == before


@pytest.mark.parametrize("use", READS)
@pytest.mark.parametrize("path", ["self", "ping", "chain0", "up/up/up/up", "dangling"])
def test_links_that_lead_nowhere_are_failures(bench: Bench, use: str, path: str) -> None:
    (bench.workspace / "self").symlink_to("self")
    (bench.workspace / "ping").symlink_to("pong")
    (bench.workspace / "pong").symlink_to("./ping")
    (bench.workspace / "dangling").symlink_to("nothing")
    (bench.workspace / "up").symlink_to("up/up")
    for number in range(60):
        (bench.workspace / f"chain{number}").symlink_to(f"chain{number + 1}")
    outcome = USES[use](bench, path)
    assert outcome.failed
    assert not outcome.refused


@pytest.mark.parametrize("use", ["read", "replace", "write", "search"])
@pytest.mark.parametrize("kind", ["pipe", "socket", "device", "behind-a-link"])
def test_only_plain_files_are_opened(bench: Bench, use: str, kind: str) -> None:
    place = bench.workspace / "special"
    with socket.socket(socket.AF_UNIX) as listening:
        if kind == "pipe":
            os.mkfifo(place)
        elif kind == "socket":
            before = Path.cwd()
            os.chdir(bench.workspace)  # The name of a socket must be short.
            listening.bind("special")
            os.chdir(before)
        elif kind == "device":
            try:
                os.mknod(place, 0o20600, os.makedev(1, 3))
            except PermissionError:
                pytest.skip("devices cannot be made here")
        else:
            os.mkfifo(bench.workspace / "pipe")
            place.symlink_to("pipe")
        outcome = USES[use](bench, "special")
    assert outcome.refused
    assert not place.is_file()


@pytest.mark.parametrize("use", WRITES)
@pytest.mark.parametrize(
    "path",
    [".git", ".git/hooks/pre-commit", ".GIT/config", ".pytest-harness/objective.md", "./.git/x"],
)
def test_what_is_no_part_of_the_workspace_is_not_written(bench: Bench, use: str, path: str) -> None:
    config = bench.put(".git/config", "the")
    objective = bench.put(".pytest-harness/objective.md", "the")
    outcome = USES[use](bench, path)
    assert outcome.refused
    assert "no part of the workspace" in outcome.text
    assert (config.read_text(), objective.read_text()) == ("the", "the")
    assert bench.entries() == [".git", ".pytest-harness"]
    assert os.listdir(bench.workspace / ".git") == ["config"]  # noqa: PTH208 - names alone


@pytest.mark.parametrize("use", USES)
def test_a_directory_that_becomes_a_link_at_the_last_moment_is_not_followed(
    bench: Bench, use: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.put("a/secret.txt", "harmless")
    step = confined._step

    def late(above: int, name: str) -> int:
        place = bench.workspace / "a"
        if name == "a" and not place.is_symlink():
            place.rename(bench.workspace / "was")
            place.symlink_to(bench.outside)
        return step(above, name)

    monkeypatch.setattr(confined, "_step", late)
    outcome = USES[use](bench, "a" if use == "list" else "a/secret.txt")
    assert outcome.failed
    assert not leaks(outcome)


@pytest.mark.parametrize("use", ["read", "search", *WRITES])
def test_a_file_that_becomes_a_link_at_the_last_moment_is_not_followed(
    bench: Bench, use: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = bench.put("a", "the harmless")

    def swap() -> None:
        place.unlink(missing_ok=True)
        place.symlink_to(bench.outside / "secret.txt")

    plain, rename = confined._plain, os.rename

    def late_plain(info: os.stat_result, names: tuple[str, ...]) -> None:
        plain(info, names)
        swap()

    def late_rename(old: str, new: str, *, src_dir_fd: int, dst_dir_fd: int) -> None:
        swap()
        rename(old, new, src_dir_fd=src_dir_fd, dst_dir_fd=dst_dir_fd)

    if use == "write":
        monkeypatch.setattr(os, "rename", late_rename)
    else:
        monkeypatch.setattr(confined, "_plain", late_plain)
    outcome = USES[use](bench, "a")
    assert not leaks(outcome)
    if use == "write":
        assert not place.is_symlink()
        assert place.read_text() == "mine"
    else:
        assert outcome.failed


def test_a_pipe_that_appears_at_the_last_moment_does_not_hold_anything(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = bench.put("a", "text")
    plain = confined._plain

    def late(info: os.stat_result, names: tuple[str, ...]) -> None:
        plain(info, names)
        place.unlink()
        os.mkfifo(place)

    monkeypatch.setattr(confined, "_plain", late)
    assert bench.call("read_file", path="a").refused


def test_a_workspace_that_becomes_a_link_is_not_followed(bench: Bench) -> None:
    toolbox_root = bench.workspace
    toolbox_root.rmdir()
    toolbox_root.symlink_to(bench.outside)
    try:
        for use in USES.values():
            outcome = use(bench, "secret.txt")
            assert outcome.failed
            assert not leaks(outcome)
    finally:
        toolbox_root.unlink()
        toolbox_root.mkdir()


@contextmanager
def nobody() -> Iterator[None]:
    """Be somebody without special rights, where that is not so already."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_what_may_not_be_reached_is_a_failure() -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        Path(name).chmod(0o777)
        bench = Bench.__new__(Bench)
        with nobody():
            Bench.__init__(bench, Path(name), None)  # type: ignore[arg-type]
            bench.put("closed/a", "the text")
            bench.put("unreadable", "the text")
            (bench.workspace / "unreadable").chmod(0o200)
            (bench.workspace / "closed").chmod(0o555)
            for use in WRITES:
                outcome = USES[use](bench, "closed/a")
                assert outcome.failed
                assert "permission denied" in outcome.text
            assert "permission denied" in USES["write"](bench, "closed/sub/new").text
            assert USES["read"](bench, "closed/a").text == "the text"
            assert "permission denied" in USES["read"](bench, "unreadable").text
            (bench.workspace / "closed").chmod(0)
            assert "permission denied" in USES["list"](bench, "closed").text
            assert "1 directories could not be read" in USES["list"](bench, ".").text
            assert "could not be read: 2" in USES["search"](bench, ".").text
            (bench.workspace / "closed").chmod(0o755)


PIECES = st.sampled_from(
    [
        "..",
        ".",
        "",
        "a",
        "b",
        "out",
        "in",
        "up",
        "loop",
        "{o}",
        "{w}",
        "secret.txt",
        "\0",
        "\n",
        "~",
    ]
)
TEXTS = st.text(st.characters(exclude_categories=()), max_size=30)
"""Halves of surrogate pairs included."""
PATHS = st.one_of(
    TEXTS,
    st.lists(PIECES, max_size=8).map("/".join),
    st.lists(st.one_of(PIECES, st.text(max_size=3)), max_size=6).map("/".join),
)


@given(path=PATHS, use=st.sampled_from(list(USES)))
@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_the_path_nothing_outside_is_read_or_changed(
    bench: Bench, path: str, use: str
) -> None:
    bench.put("a/b/file", "x")
    for link, target in {
        "out": "../outside",
        "in": "a",
        "up": "..",
        "a/out": str(bench.outside),
        "a/b/up": "../../..",
        "loop": "a/../loop",
    }.items():
        if not (bench.workspace / link).is_symlink():
            (bench.workspace / link).symlink_to(target)
    path = path.replace("{o}", str(bench.outside)).replace("{w}", str(bench.workspace))
    outcome = USES[use](bench, path)
    assert not leaks(outcome)
    assert bench.untouched()
