"""Neutral calls, turned into calls of the tools that a request offers.

A tool is known by its name and by the arguments that its schema names, not by the program that
offers it. Where no tool fits, the shell does the work; where there is no shell either, the call is
made by the usual name, so that the program itself can refuse it.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from pytest_harness.testing.steps import (
    CallTool,
    EditFile,
    ReadFile,
    RunCommand,
    Single,
    WriteFile,
)

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Offered:
    """One tool that a request offers."""

    name: str
    """Its name."""
    arguments: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """Its arguments with their schemas; empty if the request does not tell them."""
    freeform: bool = False
    """Whether it takes one text in place of arguments."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call as a protocol sends it."""

    name: str
    """The tool."""
    arguments: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """Its arguments."""
    text: str | None = None
    """The one text of a freeform tool; ``None`` for all others."""


WRITERS = frozenset({"write", "writefile", "create", "createfile"})
EDITORS = frozenset({"edit", "editfile", "replace", "replacetext", "strreplace"})
READERS = frozenset({"read", "readfile", "view"})
SHELLS = frozenset(
    {"bash", "shell", "execcommand", "shellcommand", "runcommand", "runshellcommand"}
)
PATCHERS = frozenset({"applypatch"})

PATHS = ("file_path", "filePath", "path")
TEXTS = ("content", "file_text", "text")
COMMANDS = ("command", "cmd")
ARGV = "argv"
"""The argument of tools that start a program without a shell: its words."""
PATCHES = ("input", "patchText", "patch")
PAIRS = (
    ("old_string", "new_string"),
    ("oldString", "newString"),
    ("old_str", "new_str"),
    ("oldText", "newText"),
    ("old", "new"),
)


def tool(name: str, *arguments: str) -> Offered:
    """Describe a tool by the names of its arguments."""
    return Offered(name, {argument: {} for argument in arguments})


CLAUDE_TOOLS = (
    tool("Write", "file_path", "content"),
    tool("Edit", "file_path", "old_string", "new_string"),
    tool("Read", "file_path"),
    tool("Bash", "command", "description"),
)
GEMINI_TOOLS = (
    tool("write_file", "file_path", "content"),
    tool("replace", "file_path", "instruction", "old_string", "new_string"),
    tool("read_file", "file_path"),
    tool("run_shell_command", "command", "description"),
)
CODEX_TOOLS = (tool("exec_command", "cmd"),)
PLAIN_TOOLS = (
    tool("write", "path", "content"),
    tool("edit", "path", "old_str", "new_str"),
    tool("read", "path"),
    tool("bash", "command"),
)
MODEL_TOOLS = (
    tool("write_file", "path", "content"),
    tool("replace_text", "path", "old", "new"),
    tool("read_file", "path"),
    tool("run_command", ARGV),
)
"""The tools of plain models, whatever of them is offered."""
KNOWN = {each.name: each for each in (*CLAUDE_TOOLS, *GEMINI_TOOLS, *CODEX_TOOLS, *PLAIN_TOOLS)}


def tool_call(
    call: Single, offered: Sequence[Offered], usual: Sequence[Offered], workspace: str | None
) -> ToolCall:
    """Turn a neutral call into one of an offered tool.

    ``usual`` are the tools that are taken to exist where the offered ones do not fit. With a
    ``workspace``, paths of tools that take paths become absolute. A tool that starts a program
    without a shell gets the words of a `RunCommand`, and stands in for no other tool.
    """
    if isinstance(call, CallTool):
        freeform = any(each.freeform and each.name == call.name for each in offered)
        if freeform:
            return ToolCall(call.name, text="".join(map(str, call.arguments.values())))
        return ToolCall(call.name, call.arguments)
    told = [
        each if each.arguments or each.freeform else KNOWN.get(each.name, each) for each in offered
    ]
    shell = _as_command(call)
    shells = [each for each in told if ARGV not in each.arguments]
    found = _fitting(call, told, workspace) or _fitting(shell, shells, workspace)
    found = found or _fitting(call, usual, workspace) or _fitting(shell, usual, workspace)
    if found is None:
        raise AssertionError(f"no usual tool fits {call!r}")
    return found


def _fitting(call: Single, offered: Iterable[Offered], workspace: str | None) -> ToolCall | None:
    """Return the call of the first tool that fits."""
    made = (_made(call, each, workspace) for each in offered)
    return next((each for each in made if each is not None), None)


def _made(call: Single, offer: Offered, workspace: str | None) -> ToolCall | None:
    """Return the call of this tool, or ``None`` if it does not fit."""
    name = offer.name.replace("_", "").lower()
    if name in PATCHERS:
        return _patching(call, offer, workspace)
    if offer.freeform:
        return None
    match call:
        case WriteFile(path, text) if name in WRITERS:
            given = _named(offer, PATHS, _absolute(path, workspace))
            content = _named(offer, TEXTS, text)
            if not given or not content:
                return None
            if name.startswith("create") and not _can_be_created(path, workspace):
                return None
            return ToolCall(offer.name, given | content)
        case EditFile(path, old, new) if name in EDITORS:
            given = _named(offer, PATHS, _absolute(path, workspace))
            change = _change(offer, old, new)
            if not given or not change:
                return None
            return ToolCall(offer.name, given | change | _spoken(offer, f"Edit {path}"))
        case ReadFile(path) if name in READERS:
            given = _named(offer, PATHS, _absolute(path, workspace))
            return ToolCall(offer.name, given) if given else None
        case RunCommand(command) if name in SHELLS and ARGV in offer.arguments:
            return ToolCall(offer.name, {ARGV: _words(command)})
        case RunCommand(command) if name in SHELLS:
            argument = next((each for each in COMMANDS if each in offer.arguments), None)
            if argument is None:
                return None
            schema = offer.arguments[argument]
            words = isinstance(schema, dict) and schema.get("type") == "array"
            line = ["bash", "-c", command] if words else command
            return ToolCall(offer.name, {argument: line} | _spoken(offer, "Run a command"))
    return None


def _words(command: str) -> list[str]:
    """Part a command line as a shell does; one with open quotes, at its spaces."""
    try:
        return shlex.split(command)
    except ValueError:
        return command.split()


def _named(offer: Offered, names: Sequence[str], value: object) -> Json:
    """Return the value under the first name that the tool knows; empty if it knows none."""
    return next(({name: value} for name in names if name in offer.arguments), {})


def _spoken(offer: Offered, text: str) -> Json:
    """Return the argument in which some tools want to be told what a call is for."""
    return {name: text for name in ("description", "instruction") if name in offer.arguments}


def _change(offer: Offered, old: str, new: str) -> Json:
    """Return the arguments that replace one text; empty if the tool has none for it."""
    for before, after in PAIRS:
        if before in offer.arguments and after in offer.arguments:
            return {before: old, after: new}
    edits = offer.arguments.get("edits")
    items = edits.get("items") if isinstance(edits, dict) else None
    inner = items.get("properties") if isinstance(items, dict) else None
    for before, after in PAIRS:
        if isinstance(inner, dict) and before in inner and after in inner:
            return {"edits": [{before: old, after: new}]}
    return {}


def _absolute(path: str, workspace: str | None) -> str:
    """Return the path below the workspace, if one is known."""
    return str(PurePosixPath(workspace) / path) if workspace else path


def _can_be_created(path: str, workspace: str | None) -> bool:
    """Whether a tool that creates files would do so: it wants a directory, and no file in it."""
    given = Path(_absolute(path, workspace))
    return given.is_absolute() and given.parent.is_dir() and not given.exists()


def _patching(call: Single, offer: Offered, workspace: str | None) -> ToolCall | None:
    """Write a change of whole lines in the grammar of ``apply_patch``."""
    match call:
        case WriteFile(path, _) if workspace and Path(_absolute(path, workspace)).exists():
            # Not every program lets a patch add a file that is there.
            return None
        case WriteFile(path, text) if text.endswith("\n"):
            change = f"*** Add File: {path}\n{_lines('+', text)}"
        case EditFile(path, old, new) if old.endswith("\n") and (not new or new.endswith("\n")):
            change = f"*** Update File: {path}\n@@\n{_lines('-', old)}{_lines('+', new)}"
        case _:
            return None
    patch = f"*** Begin Patch\n{change}*** End Patch\n"
    if offer.freeform:
        return ToolCall(offer.name, text=patch)
    argument = _named(offer, PATCHES, patch)
    return ToolCall(offer.name, argument) if argument else None


def _lines(mark: str, text: str) -> str:
    """Put a mark before every line."""
    return "".join(f"{mark}{line}\n" for line in text[:-1].split("\n")) if text else ""


def _as_command(call: Single) -> RunCommand:
    """Do with a shell, which may be any POSIX one, what a call asks for."""
    match call:
        case WriteFile(path, text):
            given = shlex.quote(path)
            return RunCommand(
                f'mkdir -p -- "$(dirname -- {given})" && printf %s {shlex.quote(text)} > {given}'
            )
        case EditFile(path, old, new):
            given = shlex.quote(path)
            # The x keeps the newlines at the end, which $( ) takes away.
            return RunCommand(
                f"old={shlex.quote(old)}; new={shlex.quote(new)}; "
                f'all=$(cat -- {given} && echo x) && all=${{all%x}} && case $all in *"$old"*) '
                f'printf %s "${{all%%"$old"*}}$new${{all#*"$old"}}" > {given};; '
                f"*) echo 'the text to replace is not in the file' >&2; exit 1;; esac"
            )
        case ReadFile(path):
            return RunCommand(f"cat -- {shlex.quote(path)}")
        case RunCommand():
            return call
        case CallTool():
            raise AssertionError("a tool called by its name is no command")
