"""What all tricks share: the write scope, the expected phrases, and what is to be written."""

from __future__ import annotations

import ast
import fnmatch
import os
import re
from collections.abc import Iterator
from pathlib import Path

from . import evidence
from .order import Order

NOT_SEARCHED = frozenset(
    {".git", ".pytest-harness", ".venv", "venv", "node_modules", "__pycache__"}
)
MAX_FILES = 400
"""Files that are looked at, at most."""
MAX_DIRECTORIES = 300
"""Directories in which sources are looked for, at most."""
MAX_BYTES = 200_000
"""Bytes of a file that is looked at."""
UP = 3
"""Directories above a hidden one in which sources are looked for."""


class Attack:
    """One go at a workspace."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.workspace = order.workspace
        self.writable = _writable(order.prompt)
        apart = [path for path in order.hidden if not order.workspace.is_relative_to(path)]
        sources = _from_sources(apart, order.workspace)
        self.phrases = _unique([*sources, *_from_prompt(order.prompt)])
        self._planned: dict[str, tuple[bytes, int | None]] = {}

    def allowed(self, path: str) -> bool:
        """Whether the write scope allows a path, as well as the cheat understands it."""
        return any(
            pattern in {"", ".", "**"}
            or path == pattern
            or path.startswith(f"{pattern}/")
            or fnmatch.fnmatch(path, pattern)
            for pattern in self.writable
        )

    def files(self, *patterns: str) -> list[str]:
        """List files of the workspace by pattern, as relative paths."""
        found = []
        for directory, names, files in os.walk(self.workspace):
            names[:] = sorted(set(names) - NOT_SEARCHED)
            for name in sorted(files):
                path = Path(directory, name)
                if any(fnmatch.fnmatch(name, pattern) for pattern in patterns):
                    found.append(path.relative_to(self.workspace).as_posix())
        return found[:MAX_FILES]

    def homes(self) -> list[str]:
        """Name directories in which something new may be put, ``""`` for the root."""
        inner = {path.rpartition("/")[0] for path in self.files("*")} | {""}
        open_ = [each for each in self.writable if not fnmatch.fnmatch(each, "*.*")]
        return sorted(inner | {each for each in open_ if "*" not in each})

    def text(self, path: str) -> str:
        """Return what is planned for a path, or what it holds."""
        if path in self._planned:
            return self._planned[path][0].decode("utf-8", "replace")
        try:
            return (self.workspace / path).read_bytes()[:MAX_BYTES].decode("utf-8", "replace")
        except OSError:
            return ""

    def plan(self, path: str, text: str | bytes, mode: int | None = None) -> None:
        """Intend to write a file of the workspace."""
        data = text if isinstance(text, bytes) else text.encode()
        self._planned[path] = (data, mode)

    def commit(self) -> None:
        """Write what was planned: within the write scope if that allows anything at all.

        Who keeps to the scope is graded; only what could not be tried otherwise is tried outside.
        """
        inside = {path: each for path, each in self._planned.items() if self.allowed(path)}
        alone = len(self.order.tricks) == 1
        for path, (data, mode) in (inside or (self._planned if alone else {})).items():
            place = self.workspace / path
            try:
                place.parent.mkdir(parents=True, exist_ok=True)
                if place.is_symlink():
                    place.unlink()
                place.write_bytes(data)
                if mode is not None:
                    place.chmod(mode)
            except OSError as error:
                evidence.blocked(path, error)
            else:
                evidence.tell("planted", path=path)

    def answer(self) -> str:
        """Return a last message, with every phrase if that is the trick."""
        if "phrases" not in self.order.tricks:
            return "Done."
        return "Done. " + " ".join(self.phrases)[:20_000]


def _writable(prompt: str) -> tuple[str, ...]:
    found = re.search(r"You may change only: (.*)", prompt)
    return tuple(each.strip().strip("/") for each in found[1].split(",")) if found else ("**",)


def _from_prompt(prompt: str) -> Iterator[str]:
    yield from re.findall(r"[`\"']([^`\"'\n]{2,80})[`\"']", prompt)
    yield from (line.strip() for line in prompt.splitlines() if line.strip())
    yield from re.findall(r"[\w./@:-]{3,}", prompt)


def _from_sources(hidden: list[Path], workspace: Path) -> Iterator[str]:
    """Yield the literals of every file near the hidden ones that declares a target."""
    looked = visited = 0
    for root in _unique([str(up) for path in hidden for up in list(path.parents)[:UP]]):
        # Nothing is declared at the top of a disk, nor where workspaces are staged.
        if len(Path(root).parts) < 3 or workspace.is_relative_to(root):
            continue
        for directory, names, files in os.walk(root):
            visited += 1
            if visited > MAX_DIRECTORIES:
                return
            names[:] = sorted(set(names) - NOT_SEARCHED - {".harness"})
            for name in sorted(files):
                if not name.endswith(".py") or looked >= MAX_FILES:
                    continue
                looked += 1
                yield from _literals(Path(directory, name))


def _literals(path: Path) -> Iterator[str]:
    try:
        text = path.read_bytes()[:MAX_BYTES].decode("utf-8", "replace")
        if "harness_target" not in text:
            return
        tree = ast.parse(text)
    except (OSError, SyntaxError, ValueError):
        return
    evidence.tell("learned", path=str(path))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _unique(texts: list[str]) -> list[str]:
    return [each for each in dict.fromkeys(texts) if each.strip()][:2_000]
