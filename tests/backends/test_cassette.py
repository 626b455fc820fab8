"""A cassette is written whole or not at all, whoever else writes there."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pytest_harness.backends.base import ProposalRequest
from pytest_harness.backends.cassette import Cassette, Library, Tape
from pytest_harness.backends.fake import NoopBackend
from pytest_harness.errors import BackendError
from pytest_harness.records import ProposalRecord
from pytest_harness.runtime.place import Place
from pytest_harness.runtime.plain import PlainRuntime
from pytest_harness.runtime.settings import RuntimeSettings
from pytest_harness.vocabulary import Fault, RuntimeMode
from tests.workspace.conftest import PlainRunner


def request(tmp_path: Path, round_: int = 1, attempt: int = 1) -> ProposalRequest:
    return ProposalRequest(
        workspace=tmp_path,
        prompt="",
        round=round_,
        attempt=attempt,
        timeout=1,
        artifacts=tmp_path,
        scratch=tmp_path,
        runner=PlainRunner(),
        runtime=PlainRuntime(RuntimeSettings(mode=RuntimeMode.HOST)),
        place=Place(workspace=tmp_path, scratch=tmp_path),
        environment={},
        cell="the cell",
        directory="target/cell",
    )


def cassette(version: str = "1") -> Cassette:
    return Cassette(
        cell="the cell",
        round=1,
        attempt=1,
        backend="noop",
        provider="noop",
        version=version,
        prompt="p",
        before="b",
        after="a",
        proposal=ProposalRecord(backend="noop", provider="noop", runtime="host", completed=True),
    )


@pytest.fixture
def library(tmp_path: Path) -> Library:
    made = Library(tmp_path / "tapes")
    made.prepare(request(tmp_path))
    return made


def test_what_was_kept_is_loaded(tmp_path: Path, library: Library) -> None:
    files = {Tape.PATCH: b"patch", Tape.STDERR: b""}
    library.keep(request(tmp_path), cassette(), files)
    loaded = library.load(request(tmp_path))
    assert loaded.files == files
    assert loaded.cassette.proposal == cassette().proposal


def test_a_file_that_cannot_be_written_leaves_the_old_cassette(
    tmp_path: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.keep(request(tmp_path), cassette("1"), {Tape.PATCH: b"old"})

    def full(self: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device", str(self))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        library.keep(request(tmp_path), cassette("2"), {Tape.PATCH: b"new"})
    monkeypatch.undo()
    assert library.load(request(tmp_path)).files == {Tape.PATCH: b"old"}
    assert [path.name for path in (tmp_path / "tapes/target/cell").iterdir()] == ["c0001"]


def test_many_may_write_the_same_at_once(tmp_path: Path, library: Library) -> None:
    def keep(number: int) -> None:
        files = dict.fromkeys(Tape, b"%d" % number)
        library.keep(request(tmp_path), cassette(str(number)), files)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(keep, range(40)))
    loaded = library.load(request(tmp_path))
    assert set(loaded.files.values()) == {str(loaded.cassette.version).encode()}
    assert [path.name for path in (tmp_path / "tapes/target/cell").iterdir()] == ["c0001"]


def test_later_cassettes_go_with_the_one_they_followed(tmp_path: Path, library: Library) -> None:
    for round_, attempt in ((1, 1), (1, 2), (2, 1), (3, 1), (2, 1)):
        library.keep(request(tmp_path, round_, attempt), cassette(), {})
    folder = tmp_path / "tapes/target/cell"
    assert sorted(path.name for path in folder.iterdir()) == ["c0001", "c0001.2", "c0002"]


def test_a_missing_one_is_a_fault_of_the_benchmark(tmp_path: Path, library: Library) -> None:
    with pytest.raises(BackendError, match=r"proposal 1, attempt 2, of the cell was not") as told:
        library.load(request(tmp_path, attempt=2))
    assert told.value.fault is Fault.INTERNAL


def test_versions_are_those_of_the_backend(tmp_path: Path, library: Library) -> None:
    library.keep(request(tmp_path), cassette("1"), {})
    library.keep(request(tmp_path, 2), cassette("2"), {})
    assert library.versions(NoopBackend()) == {"1", "2"}
    assert library.versions(NoopBackend(model="other")) == frozenset()
