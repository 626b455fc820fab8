"""Something is not there."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_harness.checks.base import Check, CheckContext, Verdict
from pytest_harness.checks.files import as_tuple, path_problem


@dataclass(frozen=True)
class FileAbsent(Check):
    """The share of paths at which nothing is: no file, no directory, no link, dangling or not."""

    path: str | Sequence[str] = ()
    """One path or several, relative to the workspace."""

    def problem(self) -> str | None:
        """Say what is wrong with the declaration."""
        paths = as_tuple(self.path)
        if not paths:
            return "it has no path; name at least one"
        return next((wrong for path in paths if (wrong := path_problem(path))), None)

    def grade(self, context: CheckContext) -> Verdict:
        """Count the paths at which nothing is."""
        paths = as_tuple(self.path)
        found = [path for path in paths if _present(context.workspace, path)]
        reason = f"{', '.join(found)} should not exist" if found else f"no {', '.join(paths)}"
        return Verdict.share(len(paths) - len(found), len(paths), reason)


def _present(workspace: Path, path: str) -> bool:
    """Whether something is at ``path``; what lies behind a link that leads outside counts too."""
    place = workspace / path
    if not place.parent.resolve().is_relative_to(workspace.resolve()):
        return True
    return os.path.lexists(place)
