"""The diffs in results of Copilot CLI's tools, which are exact: they are of texts cut at newlines.

A text that ends with a newline has an empty last line in them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_FILE = "diff --git "
_HUNK = re.compile(r"@@ -(\d+),(\d+) \+(\d+),(\d+) @@$")
_NOTHING = frozenset({"/dev/null", "a/dev/null", "b/dev/null"})


@dataclass(slots=True)
class FileDiff:
    """How one file was changed."""

    before: str = ""
    """Its absolute path; empty if it was made."""
    after: str = ""
    """Its absolute path; empty if it was deleted."""
    hunks: list[tuple[int, list[str]]] = field(default_factory=list)
    """Where each begins in the old text, counted from 0, and its lines with their signs."""

    def apply(self, text: str) -> str | None:
        """Return the changed text; ``None`` if the diff is of another text."""
        lines, made, at = text.split("\n") if self.before else [], [], 0
        for start, changes in self.hunks:
            made += lines[at:start]
            at = start
            for change in changes:
                sign, line = change[:1], change[1:]
                if sign != "+":
                    if at >= len(lines) or lines[at] != line:
                        return None
                    at += 1
                if sign != "-":
                    made.append(line)
        return "\n".join(made + lines[at:])


def read_diffs(text: str) -> Iterator[FileDiff]:
    """Yield the changes of all files; what cannot be read ends them."""
    lines = text.split("\n")
    at = 0
    found: FileDiff | None = None
    while at < len(lines):
        line = lines[at]
        at += 1
        if line.startswith(_FILE):
            if found is not None:
                yield found
            found = FileDiff()
        elif found is None:
            continue
        elif line.startswith("--- "):
            found.before = _path(line[4:])
        elif line.startswith("+++ "):
            found.after = _path(line[4:])
        elif match := _HUNK.match(line):
            start, removed, _, added = map(int, match.groups())
            changes: list[str] = []
            while (removed or added) and at < len(lines) and lines[at][:1] in {" ", "+", "-"}:
                changes.append(lines[at])
                removed -= lines[at][0] != "+"
                added -= lines[at][0] != "-"
                at += 1
            if removed or added:
                return
            found.hunks.append((max(0, start - 1), changes))
    if found is not None:
        yield found


def _path(word: str) -> str:
    """Return the absolute path that a line names."""
    if word in _NOTHING:
        return ""
    return word[1:] if word[:2] in {"a/", "b/"} else word
