"""What is held back from a program comes back, and never through a link that an agent made."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pytest_harness.backends.aside import set_aside
from pytest_harness.backends.gemini.shield import shielded

Hold = Callable[[Path, Path], contextlib.AbstractContextManager[None]]


def opencode(directory: Path, scratch: Path) -> contextlib.AbstractContextManager[None]:
    return set_aside([directory / ".opencode" / "plugin"], scratch)


def gemini(directory: Path, scratch: Path) -> contextlib.AbstractContextManager[None]:
    return shielded([directory], scratch)


HELD: dict[str, tuple[Hold, str]] = {
    "opencode": (opencode, ".opencode/plugin/x.js"),
    "gemini": (gemini, ".gemini/.env"),
}


@pytest.fixture(params=HELD)
def held(request: pytest.FixtureRequest) -> tuple[Hold, str]:
    return HELD[request.param]


@contextlib.contextmanager
def holding(tmp_path: Path, held: tuple[Hold, str], below: str = ".") -> Iterator[Path]:
    """Hold a file back in a directory of a workspace; give that directory."""
    hold, name = held
    directory = tmp_path / "ws" / below
    file = directory / name
    file.parent.mkdir(parents=True)
    file.write_text("MINE=1")
    with hold(directory, tmp_path / "scratch"):
        assert not file.exists()
        yield directory


def test_it_comes_back(tmp_path: Path, held: tuple[Hold, str]) -> None:
    with holding(tmp_path, held) as directory:
        pass
    assert (directory / held[1]).read_text() == "MINE=1"
    assert not list((tmp_path / "scratch").glob("*"))


@pytest.mark.parametrize("moved", ["folder", "directory"])
def test_it_is_not_written_where_a_link_leads(
    tmp_path: Path, held: tuple[Hold, str], moved: str
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    with holding(tmp_path, held, "sub") as directory:
        place = directory if moved == "directory" else directory / held[1].partition("/")[0]
        place.rename(tmp_path / "away")
        place.symlink_to(outside)
    assert list(outside.iterdir()) == []
    assert place.is_symlink()


@pytest.mark.parametrize("moved", ["folder", "directory"])
def test_file_in_the_way_of_its_place_stays(
    tmp_path: Path, held: tuple[Hold, str], moved: str
) -> None:
    with holding(tmp_path, held, "sub") as directory:
        place = directory if moved == "directory" else directory / held[1].partition("/")[0]
        place.rename(tmp_path / "away")
        place.write_text("the agent's")
    assert place.read_text() == "the agent's"


def test_what_is_behind_a_link_is_never_moved(tmp_path: Path) -> None:
    """A killed session would take it with it."""
    workspace, outside = tmp_path / "ws", tmp_path / "outside"
    for each in (workspace, outside):
        each.mkdir()
    (outside / ".env").write_text("KEY=1")
    (workspace / ".gemini").symlink_to(outside)
    with shielded([workspace], tmp_path / "scratch"):
        assert (outside / ".env").read_text() == "KEY=1"
        assert not (workspace / ".gemini" / ".env").exists()
    assert (workspace / ".gemini" / ".env").read_text() == "KEY=1"


@pytest.mark.parametrize("made", ["file", "link"])
def test_settings_folder_that_is_none_is_no_error(tmp_path: Path, made: str) -> None:
    """An earlier proposal may have made it."""
    workspace = tmp_path / "ws"
    workspace.mkdir()
    above, folder = tmp_path / ".gemini", workspace / ".gemini"
    above.mkdir()
    (above / ".env").write_text("KEY=1")
    if made == "file":
        folder.write_text("no folder")
    else:
        folder.symlink_to("nowhere")
    with shielded([workspace], tmp_path / "scratch"):
        assert (folder / ".env").read_text() == ""
    assert folder.is_symlink() == (made == "link")
    assert folder.is_file() == (made == "file")


def test_placeholder_is_not_removed_behind_a_link(tmp_path: Path) -> None:
    workspace, outside = tmp_path / "ws", tmp_path / "outside"
    for each in (workspace, outside, tmp_path / ".gemini"):
        each.mkdir()
    for each in (outside, tmp_path / ".gemini"):
        (each / ".env").touch()
    with shielded([workspace], tmp_path / "scratch"):
        (workspace / ".gemini").rename(tmp_path / "away")
        (workspace / ".gemini").symlink_to(outside)
    assert (outside / ".env").exists()
