"""The tool `replace_text`."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import Field

from pytest_harness.backends.events import Work
from pytest_harness.model.tools.arguments import Arguments
from pytest_harness.model.tools.base import Outcome
from pytest_harness.model.tools.confined import Confined
from pytest_harness.model.tools.content import BINARY_NOTE, as_text, cut_line
from pytest_harness.model.tools.handler import Handler
from pytest_harness.model.tools.naming import NotAllowedError, NotPossibleError, shown
from pytest_harness.model.tools.write_file import encoded
from pytest_harness.vocabulary import Tool

FILE_BYTES = 8 << 20
"""Larger files are not changed."""

# Bounds on what a mistake may cost.
_COUNTED = 100
_MOST_WANTED = 200
_MOST_LINES = 50_000
_LISTED = 10
_SIMILAR = 3
_COMPARED = 3000
_LINE = 200
_CUTOFF = 0.7


class ReplaceTextArguments(Arguments):
    """What to replace."""

    path: str = Field(description="The file, relative to the workspace.")
    old: str = Field(description="The text to replace, as it stands in the file, exactly once.")
    new: str = Field(description="What is to stand there instead.")


@dataclass(frozen=True, slots=True)
class _Edit:
    """What is looked for and put in its place, as bytes of the file."""

    old: bytes
    new: bytes
    note: str = ""


class ReplaceText(Handler[ReplaceTextArguments]):
    """Replaces a text that stands in a file once; all other bytes stay as they are."""

    tool = Tool.REPLACE_TEXT
    work = Work.EDIT
    model = ReplaceTextArguments

    def __init__(self, inside: Confined) -> None:
        self._inside = inside

    @property
    def description(self) -> str:
        """What it does, for models."""
        return (
            "Replace a text in a file of the workspace. It must stand there exactly once, so give "
            "enough lines around it; white space matters."
        )

    def summary(self, given: ReplaceTextArguments) -> str:
        """The path."""
        return given.path

    def execute(self, given: ReplaceTextArguments) -> Outcome:
        """Replace."""
        names = self._inside.names(given.path)
        old, new = encoded("old", given.old), encoded("new", given.new)
        if not old:
            raise NotAllowedError("old is empty; give the text to replace, or use write_file")
        if old == new:
            raise NotAllowedError("old and new are the same; nothing would change")
        path = shown(names)
        if self._inside.check_writable(names) is None:
            raise NotPossibleError(f"{path} does not exist; write_file makes files")
        with self._inside.reading(names) as (file, _):
            data = file.read(FILE_BYTES + 1)
        if len(data) > FILE_BYTES:
            raise NotPossibleError(f"{path} is larger than {FILE_BYTES >> 20} MiB")
        if b"\0" in data:
            raise NotPossibleError(f"{path} {BINARY_NOTE}, nor changed")
        edit = _edit(data, old, new)
        places = _places(data, edit.old)
        if not places:
            raise NotPossibleError(f"old does not stand in {path}{_near(data, given.old)}")
        if len(places) > 1:
            raise NotPossibleError(f"old stands in {path} {_often(places)}")
        self._inside.write(names, data.replace(edit.old, edit.new))
        return self.done(given, f"{path} was changed in line {places[0]}{edit.note}.", names)


def _edit(data: bytes, old: bytes, new: bytes) -> _Edit:
    """Take the texts as they are where that fits the file, else with the line ends of the file."""
    crlf = data.count(b"\r\n")
    only_crlf = crlf > 0 and crlf == data.count(b"\n")
    if old in data:
        if only_crlf and b"\n" in new and b"\r\n" not in new:
            return _Edit(old, _with_crlf(new), "; line ends were written as CRLF, as in the file")
        return _Edit(old, new)
    if crlf and b"\n" in old and _with_crlf(old) in data:
        note = "; line ends were taken as CRLF, as in the file"
        return _Edit(_with_crlf(old), _with_crlf(new), note)
    if b"\r\n" in old and _with_lf(old) in data:
        note = "; line ends were taken as LF, as in the file"
        return _Edit(_with_lf(old), _with_lf(new), note)
    return _Edit(old, new)


def _with_lf(text: bytes) -> bytes:
    return text.replace(b"\r\n", b"\n")


def _with_crlf(text: bytes) -> bytes:
    return _with_lf(text).replace(b"\n", b"\r\n")


def _places(data: bytes, old: bytes) -> list[int]:
    """Return the lines in which ``old`` begins, overlaps included."""
    found: list[int] = []
    line, seen, at = 1, 0, data.find(old)
    while at >= 0 and len(found) < _COUNTED:
        line += data.count(b"\n", seen, at)
        seen = at
        found.append(line)
        at = data.find(old, at + 1)
    return found


def _often(places: Sequence[int]) -> str:
    times = f"{len(places)} times" if len(places) < _COUNTED else f"at least {_COUNTED} times"
    lines = ", ".join(map(str, dict.fromkeys(places[:_LISTED])))
    more = " and further" if len(places) > _LISTED else ""
    return f"{times}, in lines {lines}{more}; give more of the text around the one that is meant"


def _near(data: bytes, old: str) -> str:
    """Say what in the file comes close to a text that does not stand there."""
    lines = as_text(data).split("\n")
    wanted = old.strip("\n").split("\n")
    same = _but_for_white_space(lines, wanted)
    if same:
        last = same + len(wanted) - 1
        where = f"line {same} differs" if len(wanted) == 1 else f"lines {same} to {last} differ"
        return f"; {where} only in white space: read the file and copy them as they are"
    first = next((each.strip() for each in wanted if each.strip()), "")
    similar = _similar(lines, first)
    if not similar:
        return ", nor anything like its first line; read the file and copy the text as it is"
    shown_lines = "; ".join(f"line {number}: {text}" for number, text in similar)
    return f"; read the file and copy the text as it is. Lines like its first: {shown_lines}"


def _but_for_white_space(lines: Sequence[str], wanted: Sequence[str]) -> int | None:
    """Return the line from which on the file is the same but for white space."""
    bare = ["".join(each.split()) for each in wanted]
    if not any(bare) or len(bare) > _MOST_WANTED:
        return None
    found = ["".join(each.split()) for each in lines[:_MOST_LINES]]
    for start in range(len(found) - len(bare) + 1):
        if found[start : start + len(bare)] == bare:
            return start + 1
    return None


def _similar(lines: Sequence[str], wanted: str) -> list[tuple[int, str]]:
    """Return the lines that are most like ``wanted``, in order; only so many are compared."""
    if not wanted:
        return []
    matcher = difflib.SequenceMatcher(autojunk=False)
    matcher.set_seq2(wanted[:_LINE])
    scored: list[tuple[float, int, str]] = []
    for number, line in enumerate(lines[:_COMPARED], 1):
        text = line.strip()[:_LINE]
        matcher.set_seq1(text)
        if matcher.real_quick_ratio() < _CUTOFF or matcher.quick_ratio() < _CUTOFF:
            continue
        ratio = matcher.ratio()
        if ratio >= _CUTOFF:
            scored.append((-ratio, number, cut_line(text, _LINE)))
    best = sorted(scored)[:_SIMILAR]
    return sorted((number, text) for _, number, text in best)
