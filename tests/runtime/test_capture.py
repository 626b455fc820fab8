"""The first and last part of a stream are kept, in memory and on disk."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_harness.errors import SupervisorError
from pytest_harness.runtime.capture import Capture, LineSplitter

chunks = st.lists(st.binary(max_size=40), max_size=20)


@given(chunks, st.integers(min_value=0, max_value=100))
def test_first_and_last_half_are_kept(parts: list[bytes], keep: int) -> None:
    whole = b"".join(parts)
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "stream")
        capture = Capture(keep, path)
        for part in parts:
            capture.feed(part)
        kept = capture.finish()
        assert path.read_bytes() == kept.data()
    assert kept.total == len(whole)
    if len(whole) <= keep:
        assert (kept.head, kept.tail, kept.cut) == (whole, b"", 0)
    else:
        assert kept.head + kept.tail == whole[: keep - keep // 2] + (
            whole[-(keep // 2) :] if keep > 1 else b""
        )
        assert kept.cut == len(whole) - keep
        assert f"[... {kept.cut} bytes cut ...]" in kept.text()


def test_large_chunks_and_small_ones_mix() -> None:
    parts = [bytes([n % 251]) * size for n, size in enumerate([1, 70_000, 3, 200_000, 5] * 9)]
    capture = Capture(300_000)
    for part in parts:
        capture.feed(part)
    kept = capture.finish()
    whole = b"".join(parts)
    assert (kept.head, kept.tail) == (whole[:150_000], whole[-150_000:])


def test_the_first_part_is_on_disk_before_the_end(tmp_path: Path) -> None:
    capture = Capture(10, tmp_path / "stream")
    capture.feed(b"abcdefgh")
    assert (tmp_path / "stream").read_bytes() == b"abcde"
    capture.close()


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(SupervisorError, match="gone/stream: No such file or directory; make room"):
        Capture(10, tmp_path / "gone" / "stream")


def test_a_full_disk_is_named() -> None:
    capture = Capture(10, Path("/dev/full"))
    with pytest.raises(SupervisorError, match="/dev/full: No space left"):
        capture.feed(b"abc")
    capture.close()


@given(chunks, st.integers(min_value=1, max_value=10))
def test_lines_do_not_depend_on_how_they_arrive(parts: list[bytes], limit: int) -> None:
    splitter = LineSplitter(limit)
    seen = [line for part in parts for line in splitter.feed(part)]
    seen += splitter.finish()
    wanted = b"".join(parts).split(b"\n")
    if not wanted[-1]:
        wanted.pop()
    assert seen == [line[:limit] for line in wanted]
