"""Directories as plain mappings, and hypothesis strategies that make them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st


def examples(number: int) -> settings:
    """Return the settings of a property; a busy machine is no reason to fail."""
    return settings(
        max_examples=number, deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )


@dataclass(frozen=True)
class File:
    data: bytes = b""
    mode: int = 0o644


@dataclass(frozen=True)
class Link:
    target: bytes


@dataclass(frozen=True)
class Empty:
    """A directory that holds nothing."""


Node = File | Link | Empty
Tree = Mapping[bytes, Node]


def write(root: Path, tree: Tree) -> Path:
    """Write a tree, directories as they are needed."""
    root.mkdir(parents=True, exist_ok=True)
    for path, node in tree.items():
        full = root / os.fsdecode(path)
        full.parent.mkdir(parents=True, exist_ok=True)
        match node:
            case File():
                full.write_bytes(node.data)
                full.chmod(node.mode)
            case Link():
                full.symlink_to(os.fsdecode(node.target))
            case Empty():
                full.mkdir()
    return root


def read(root: Path) -> dict[bytes, Node]:
    """Read a tree by the simplest possible means."""
    found: dict[bytes, Node] = {}
    for here, directories, files in os.walk(root):
        for name in [*files, *directories]:
            full = Path(here) / name
            path = os.fsencode(full.relative_to(root))
            if full.is_symlink():
                found[path] = Link(os.fsencode(full.readlink()))
            elif full.is_file():
                mode = 0o755 if full.stat().st_mode & 0o100 else 0o644
                found[path] = File(full.read_bytes(), mode)
            elif not any(full.iterdir()):
                found[path] = Empty()
    return found


def above(path: bytes) -> list[bytes]:
    """Return the directories that a path lies in."""
    parts = path.split(b"/")
    return [b"/".join(parts[:length]) for length in range(1, len(parts))]


@contextmanager
def scratch() -> Iterator[Path]:
    """A directory of one example; pytest's fixtures outlive all examples."""
    with TemporaryDirectory(prefix="trees-") as path:
        yield Path(path)


_NAMES = st.one_of(
    st.sampled_from([b"a", b"b", b"c", b"src", b"docs"]),
    st.sampled_from([b"a b", b" c", b'q"q', b"\\n", b"tab\t", b"nl\n", b"\xff\xfe", "ü".encode()]),
    st.binary(min_size=1, max_size=6).map(lambda raw: raw.replace(b"/", b"_").replace(b"\0", b"_")),
).filter(lambda name: name not in {b".", b".."} and not name.lower().startswith(b".git"))

_PATHS = st.lists(_NAMES, min_size=1, max_size=3).map(b"/".join)

_LINES = st.lists(
    st.sampled_from([b"one\n", b"two\n", b"three\r\n", b"\n", b"-- x\n", b"\\ y\n", b"\x0c\n"]),
    max_size=12,
).map(b"".join)
_CONTENT = st.one_of(
    _LINES,
    st.builds(lambda lines, end: lines + end, _LINES, st.sampled_from([b"end", b"\r", b"x\r"])),
    st.binary(max_size=80),
    st.sampled_from([b"\0binary\0" * 40, b""]),
)
_NODES = st.one_of(
    st.builds(File, _CONTENT, st.sampled_from([0o644, 0o755])),
    st.builds(File, _CONTENT, st.sampled_from([0o644, 0o755])),
    st.builds(Link, st.sampled_from([b"a", b"../x", b"/nowhere", b"src/a", b"\xff"])),
    st.builds(Empty),
)


def _consistent(nodes: Mapping[bytes, Node]) -> dict[bytes, Node]:
    """Drop what lies below something that is no directory."""
    kept: dict[bytes, Node] = {}
    for path in sorted(nodes, key=lambda each: (each.count(b"/"), each)):
        if not any(each in kept for each in above(path)):
            kept[path] = nodes[path]
    return kept


TREES = st.dictionaries(_PATHS, _NODES, max_size=8).map(_consistent)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[dict[bytes, Node], dict[bytes, Node]]:
    """A tree, and what edits, moves and deletions made of it."""
    before = draw(TREES)
    after: dict[bytes, Node] = {}
    for path, node in before.items():
        action = draw(st.sampled_from(["keep", "keep", "delete", "move", "replace", "mode"]))
        if action == "keep":
            after[path] = node
        elif action == "move":
            after[draw(_PATHS)] = node
        elif action == "replace":
            after[path] = draw(_NODES)
        elif action == "mode" and isinstance(node, File):
            after[path] = File(node.data, 0o755 if node.mode == 0o644 else 0o644)
    after.update(draw(st.dictionaries(_PATHS, _NODES, max_size=3)))
    return before, _consistent(after)
