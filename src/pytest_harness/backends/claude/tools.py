"""What the tools of Claude Code do, in the words of all agents."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from pytest_harness.backends.events import Work
from pytest_harness.backends.json_lines import Json, name_of, table, text_of
from pytest_harness.backends.transcript import PATH, REMEMBERED

_WORK = {
    "Bash": Work.COMMAND,
    "PowerShell": Work.COMMAND,
    "Edit": Work.EDIT,
    "MultiEdit": Work.EDIT,
    "NotebookEdit": Work.EDIT,
    "Write": Work.EDIT,
    "Read": Work.READ,
}
_PATHS = ("file_path", "notebook_path")
_TELLING = ("command", "description", "query", "url", "pattern", "skill")
_EXIT = re.compile(r"Exit code (\d+)\b")


@dataclass(frozen=True, slots=True)
class Tool:
    """One call of a tool."""

    name: str
    """The tool."""
    work: Work
    """What it does."""
    text: str
    """The command line, or what else tells most."""
    paths: tuple[str, ...]
    """Files that it is about."""

    def shortened(self) -> Tool:
        """Return what is remembered of it until it ends."""
        paths = tuple(path[:PATH] for path in self.paths)
        return Tool(self.name, self.work, self.text[:REMEMBERED], paths)


def called(block: Json) -> tuple[Tool, str]:
    """Read the block of a call: the tool, and its arguments as JSON."""
    name, given = name_of(block.get("name")), table(block.get("input"))
    work = _WORK.get(name, Work.OTHER)
    paths: tuple[str, ...] = ()
    if work in {Work.EDIT, Work.READ}:
        paths = tuple(path for key in _PATHS if (path := text_of(given.get(key))))
    told = () if paths else _TELLING
    text = next((found for key in told if (found := text_of(given.get(key)))), "")
    return Tool(name, work, text, paths), json.dumps(given, ensure_ascii=False)


def output(block: Json) -> str:
    """Return what a tool printed."""
    content = block.get("content")
    if not isinstance(content, list):
        return text_of(content)
    texts = [text_of(each.get("text")) for each in content if isinstance(each, dict)]
    return "\n".join(text for text in texts if text)


def exit_code(work: Work, printed: str, *, failed: bool, background: bool) -> int | None:
    """Return the exit code of a command that ended, as far as it is told."""
    if work is not Work.COMMAND or background:
        return None
    if not failed:
        return 0
    match = _EXIT.match(printed)
    return None if match is None else int(match[1])
