"""Neutral calls, and the tools that programs offer."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_harness.testing import CallTool, EditFile, ReadFile, RunCommand, WriteFile
from pytest_harness.testing.steps import Single
from pytest_harness.testing.tools import (
    CLAUDE_TOOLS,
    CODEX_TOOLS,
    GEMINI_TOOLS,
    PLAIN_TOOLS,
    Offered,
    ToolCall,
    tool,
    tool_call,
)
from pytest_harness.testing.workspace import told_workspace

EDITS = {"type": "array", "items": {"properties": {"oldText": {}, "newText": {}}}}
OPENCODE = (
    tool("bash", "command", "timeout", "workdir", "description"),
    tool("edit", "filePath", "oldString", "newString", "replaceAll"),
    tool("read", "filePath", "offset", "limit"),
    tool("write", "filePath", "content"),
)
PI = (
    tool("read", "path", "offset", "limit"),
    tool("bash", "command", "timeout"),
    Offered("edit", {"path": {}, "edits": EDITS}),
    tool("write", "path", "content"),
)
COPILOT = (
    tool("bash", "command", "description", "shellId", "mode"),
    tool("read_bash", "shellId"),
    tool("view", "path", "view_range"),
    tool("create", "path", "file_text"),
    tool("edit", "path", "old_str", "new_str"),
)
CODEX = (*CODEX_TOOLS, Offered("apply_patch", freeform=True))
UNHEARD_OF = (
    tool("WriteFile", "filePath", "text"),
    tool("str_replace", "path", "old_str", "new_str"),
    tool("ReadFile", "path"),
    tool("Shell", "command"),
)

WRITE = WriteFile("a.txt", "new\n")
EDIT = EditFile("a.txt", "old\n", "new\n")
READ = ReadFile("a.txt")
RUN = RunCommand("ls -l")


def called(
    call: Single, offered: Sequence[Offered], usual: Sequence[Offered] = PLAIN_TOOLS
) -> tuple[str, Any]:
    made = tool_call(call, offered, usual, "/w")
    return made.name, made.text if made.text is not None else made.arguments


@pytest.mark.parametrize(
    ("offered", "write", "edit", "read", "run"),
    [
        pytest.param(
            CLAUDE_TOOLS,
            ("Write", {"file_path": "/w/a.txt", "content": "new\n"}),
            ("Edit", {"file_path": "/w/a.txt", "old_string": "old\n", "new_string": "new\n"}),
            ("Read", {"file_path": "/w/a.txt"}),
            ("Bash", {"command": "ls -l", "description": "Run a command"}),
            id="claude",
        ),
        pytest.param(
            GEMINI_TOOLS,
            ("write_file", {"file_path": "/w/a.txt", "content": "new\n"}),
            (
                "replace",
                {
                    "file_path": "/w/a.txt",
                    "instruction": "Edit a.txt",
                    "old_string": "old\n",
                    "new_string": "new\n",
                },
            ),
            ("read_file", {"file_path": "/w/a.txt"}),
            ("run_shell_command", {"command": "ls -l", "description": "Run a command"}),
            id="gemini",
        ),
        pytest.param(
            OPENCODE,
            ("write", {"filePath": "/w/a.txt", "content": "new\n"}),
            ("edit", {"filePath": "/w/a.txt", "oldString": "old\n", "newString": "new\n"}),
            ("read", {"filePath": "/w/a.txt"}),
            ("bash", {"command": "ls -l", "description": "Run a command"}),
            id="opencode",
        ),
        pytest.param(
            PI,
            ("write", {"path": "/w/a.txt", "content": "new\n"}),
            ("edit", {"path": "/w/a.txt", "edits": [{"oldText": "old\n", "newText": "new\n"}]}),
            ("read", {"path": "/w/a.txt"}),
            ("bash", {"command": "ls -l"}),
            id="pi",
        ),
        pytest.param(
            CODEX,
            ("apply_patch", "*** Begin Patch\n*** Add File: a.txt\n+new\n*** End Patch\n"),
            (
                "apply_patch",
                "*** Begin Patch\n*** Update File: a.txt\n@@\n-old\n+new\n*** End Patch\n",
            ),
            ("exec_command", {"cmd": "cat -- a.txt"}),
            ("exec_command", {"cmd": "ls -l"}),
            id="codex",
        ),
        pytest.param(
            UNHEARD_OF,
            ("WriteFile", {"filePath": "/w/a.txt", "text": "new\n"}),
            ("str_replace", {"path": "/w/a.txt", "old_str": "old\n", "new_str": "new\n"}),
            ("ReadFile", {"path": "/w/a.txt"}),
            ("Shell", {"command": "ls -l"}),
            id="a program nobody knew",
        ),
    ],
)
def test_each_program_gets_its_own_tools(
    offered: tuple[Offered, ...], write: object, edit: object, read: object, run: object
) -> None:
    assert called(WRITE, offered) == write
    assert called(EDIT, offered) == edit
    assert called(READ, offered) == read
    assert called(RUN, offered) == run


def test_a_tool_that_creates_gets_only_what_it_can_create(tmp_path: Path) -> None:
    def name(path: str, workspace: str | None = str(tmp_path)) -> str:
        return tool_call(WriteFile(path, "x"), COPILOT, PLAIN_TOOLS, workspace).name

    (tmp_path / "old.txt").write_text("old")
    assert name("new.txt") == "create"
    assert name("old.txt") == "bash"
    assert name("absent/new.txt") == "bash"
    assert name("new.txt", None) == "bash"


def test_a_patch_adds_no_file_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "old.txt").write_text("old")
    made = tool_call(WriteFile("old.txt", "x\n"), CODEX, CODEX_TOOLS, str(tmp_path))
    assert made.name == "exec_command"


def test_a_patch_may_be_an_argument() -> None:
    offered = [tool("apply_patch", "patchText"), *PLAIN_TOOLS]
    name, arguments = called(WRITE, offered)
    assert name == "apply_patch"
    assert arguments["patchText"].startswith("*** Begin Patch\n*** Add File: a.txt\n")


def test_a_patch_takes_whole_lines_only() -> None:
    for call in (WriteFile("a", "x"), EditFile("a", "x", "y"), EditFile("a", "x\n", "y")):
        assert called(call, CODEX)[0] == "exec_command"
    name, patch = called(EditFile("a", "x\n", ""), CODEX)
    assert name == "apply_patch"
    assert patch == "*** Begin Patch\n*** Update File: a\n@@\n-x\n*** End Patch\n"


def test_the_shell_does_what_no_tool_can() -> None:
    offered = [tool("bash", "command")]
    assert all(called(each, offered)[0] == "bash" for each in (WRITE, EDIT, READ, RUN))


def test_a_shell_may_want_words() -> None:
    offered = [Offered("shell", {"command": {"type": "array"}})]
    assert called(RUN, offered) == ("shell", {"command": ["bash", "-c", "ls -l"]})


def test_a_tool_without_a_schema_takes_its_usual_arguments() -> None:
    assert called(RUN, [Offered("exec_command")]) == ("exec_command", {"cmd": "ls -l"})


@pytest.mark.parametrize(
    ("usual", "names"),
    [
        (CLAUDE_TOOLS, ["Write", "Edit", "Read", "Bash"]),
        (GEMINI_TOOLS, ["write_file", "replace", "read_file", "run_shell_command"]),
        (PLAIN_TOOLS, ["write", "edit", "read", "bash"]),
        (CODEX_TOOLS, ["exec_command"] * 4),
    ],
)
def test_a_denied_tool_is_called_by_its_usual_name(
    usual: tuple[Offered, ...], names: list[str]
) -> None:
    offered = [tool("glob", "pattern")]
    assert [called(each, offered, usual)[0] for each in (WRITE, EDIT, READ, RUN)] == names


def test_any_tool_can_be_called_as_it_is() -> None:
    assert called(CallTool("x", {"a": 1}), CODEX) == ("x", {"a": 1})
    assert tool_call(CallTool("apply_patch", {"input": "p"}), CODEX, (), None) == ToolCall(
        "apply_patch", text="p"
    )


def shell(call: Single, place: Path) -> subprocess.CompletedProcess[str]:
    command = tool_call(call, (), CODEX_TOOLS, None).arguments["cmd"]
    return subprocess.run(
        ["sh", "-c", command], cwd=place, capture_output=True, text=True, check=False
    )


TEXT = st.text(st.characters(exclude_characters="\0\r", codec="utf-8"), max_size=12)


@settings(max_examples=25, deadline=None)
@given(before=TEXT, old=TEXT.filter(bool), new=TEXT, after=TEXT)
def test_the_shell_writes_and_edits_exactly(
    tmp_path_factory: pytest.TempPathFactory, before: str, old: str, new: str, after: str
) -> None:
    place = tmp_path_factory.mktemp("w")
    path = "a dir/it's $HOME.txt"
    text = before + old + after
    assert shell(WriteFile(path, text), place).returncode == 0
    assert (place / path).read_bytes() == text.encode()
    assert shell(ReadFile(path), place).stdout == text
    assert shell(EditFile(path, old, new), place).returncode == 0
    assert (place / path).read_bytes() == text.replace(old, new, 1).encode()


def test_the_shell_says_what_it_cannot_edit(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("text")
    missing = shell(EditFile("a", "[*]", "x"), tmp_path)
    assert (missing.returncode, missing.stderr) == (1, "the text to replace is not in the file\n")
    assert shell(EditFile("b", "a", "x"), tmp_path).returncode != 0
    assert (tmp_path / "a").read_text() == "text"
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize(
    "text",
    [
        " - Primary working directory: /a b/ws\n - Is a git repository",
        "<env>\n  Working directory: /a b/ws\n  Workspace root folder: /a b",
        "* Current working directory: /a b/ws\n* Git repository root: /a b",
        "- **Workspace Directories:**\n  - /a b/ws\n- **Directory Structure:**",
        "<environment_context>\n  <cwd>/a b/ws</cwd>",
        "</docs>\n\n<cwd>\n/a b/ws\n</cwd>",
    ],
)
def test_programs_tell_where_they_work(text: str) -> None:
    assert told_workspace(f"You help.\nUse /tmp for files.\n{text}") == "/a b/ws"


@pytest.mark.parametrize("text", ["", "Stay in the working directory.", "cwd: relative/path"])
def test_some_programs_do_not(text: str) -> None:
    assert told_workspace(text) is None
