"""Paths are as they were."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_harness.checks.base import Check, CheckContext, Verdict
from pytest_harness.checks.files import as_tuple, path_problem

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

MADE_BY_TOOLS = (
    "__pycache__/",
    ".pytest_cache/",
    ".mypy_cache/",
    ".ruff_cache/",
    ".venv/",
    "node_modules/",
    "*.egg-info/",
)
"""Patterns, as in ``.gitignore``, of what earlier checks may have left."""


@dataclass(frozen=True)
class Unchanged(Check):
    """All marks if paths are as in the target's workspace: content, mode, type, and nothing more.

    Hidden files count as part of the target's workspace. Links are compared and never followed.
    """

    paths: str | Sequence[str] = ()
    """Paths and patterns below the workspace; a directory's name means all below it."""
    _: KW_ONLY
    ignore: Sequence[str] = MADE_BY_TOOLS
    """Patterns, as in ``.gitignore``, of what does not count."""

    def problem(self) -> str | None:
        """Say what is wrong with the declaration."""
        paths = as_tuple(self.paths)
        if not paths:
            return "it has no paths; name at least one"
        if self.overlay is not None:
            return "it has an overlay, which would itself be a change; remove it"
        return next((wrong for path in paths if (wrong := path_problem(path))), None)

    def grade(self, context: CheckContext) -> Verdict:
        """Compare the paths with those of the target's workspace."""
        expected = self._described(context.original)
        for layer in context.hidden:
            expected = _lay_over(expected, self._described(layer))
        found = self._described(context.workspace)
        both = expected.keys() & found.keys()
        differences = {
            "changed": [path for path in both if expected[path] != found[path]],
            "deleted": [path for path in expected if path not in found],
            "added": [path for path in found if path not in expected],
        }
        parts = [f"{verb}: {_listed(paths)}" for verb, paths in differences.items() if paths]
        if parts:
            return Verdict.share(0, 1, "; ".join(parts))
        return Verdict.share(1, 1, f"{', '.join(as_tuple(self.paths))}: as before")

    def _described(self, root: Path) -> dict[str, str]:
        """Return, for each path below ``root`` that is asked for, what it is."""
        from pathspec import GitIgnoreSpec

        asked = GitIgnoreSpec.from_lines(f"/{path.removeprefix('./')}" for path in self._patterns())
        ignored = GitIgnoreSpec.from_lines(self.ignore)
        return {
            path: _describe(root / path)
            for path in _walk(root, "", ignored)
            if asked.match_file(path)
        }

    def _patterns(self) -> tuple[str, ...]:
        return tuple("**" if path in (".", "./") else path for path in as_tuple(self.paths))


def _walk(root: Path, below: str, ignored: GitIgnoreSpec) -> Iterator[str]:
    """Yield every path below ``root`` that is not ignored; no link is followed."""
    for entry in sorted((root / below).iterdir()):
        path = f"{below}{entry.name}"
        directory = entry.is_dir() and not entry.is_symlink()
        if path == ".git" or ignored.match_file(f"{path}/" if directory else path):
            continue
        yield path
        if directory:
            yield from _walk(root, f"{path}/", ignored)


def _describe(path: Path) -> str:
    """Say what is at ``path``: type, permissions and content; a link is not followed."""
    found = path.lstat()
    if stat.S_ISLNK(found.st_mode):
        return f"link {path.readlink()}"
    mode = stat.filemode(found.st_mode)
    if stat.S_ISREG(found.st_mode):
        with path.open("rb") as file:
            return f"{mode} {hashlib.file_digest(file, 'sha256').hexdigest()}"
    return mode


def _lay_over(below: Mapping[str, str], above: Mapping[str, str]) -> dict[str, str]:
    """Merge as a copy does: a file in the upper layer takes the place of a whole directory."""
    replaced = tuple(f"{path}/" for path, what in above.items() if not what.startswith("d"))
    kept = {path: what for path, what in below.items() if not path.startswith(replaced)}
    return {**kept, **above}


def _listed(paths: Sequence[str]) -> str:
    shown = ", ".join(sorted(paths)[:8])
    return f"{shown}, ... ({len(paths)} paths)" if len(paths) > 8 else shown
