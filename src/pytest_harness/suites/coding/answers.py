"""Tasks that are solved by an answer alone; nothing may change."""

from __future__ import annotations

from pytest_harness import Answer, Cell, Solution, Target, ToolCalls, Unchanged, harness_target
from pytest_harness.checks.tool_calls import ToolOrder
from pytest_harness.testing.steps import ReadFile, Say
from pytest_harness.vocabulary import Kind, Tool

DIAGNOSIS = """\
Use no tool: all that there is to know stands here. This is window.py, its lines numbered:

    1  def last(items, count):
    2      \"""Return the last items, as many as asked for, in their order.\"""
    3      found = []
    4      for item in reversed(items):
    5          if len(found) > count:
    6              break
    7          found.append(item)
    8      return found[::-1]

A test of it fails:

    assert last([3, 1, 4, 1, 5], 2) == [1, 5]
    AssertionError: assert [4, 1, 5] == [1, 5]

Find the smallest change that corrects it; it is a change of one line. Answer with two lines: first
that line of code as it has to be; then, on a line of its own and with nothing after it, a token of
the form FIX-LINE-SUM, in which LINE is the number of that line, and SUM is what
sum(last([3, 1, 4, 1, 5], 4)) gives when the change has been made.
"""

SMALLEST_CHANGE = r"if len\(found\) *(?:>=|==) *count *:"


def last_line(token: str) -> str:
    """Return a pattern for texts that end with a line of nothing but a token, bare or marked up."""
    return rf"(?:\A|\n)[\s>*_`]*{token}[\s*_`.]*\Z"


@harness_target
def read_only_audit() -> Target:
    """A token that is put together from several files; starts at 0.

    Only tools that read are offered to plain models. Agents' programs have more, and are held to
    the write scope: it is empty.
    """
    return Target(
        kind=Kind.TASK,
        workspace="data/workspaces/read_only_audit",
        objective=(
            "A release has failed. Find out its code; README.md says where to begin. Change "
            "nothing. End your answer with a line that holds the code and nothing else."
        ),
        writable=[],
        tools=[Tool.READ_FILE, Tool.LIST_DIRECTORY, Tool.SEARCH_FILES],
        checks=[
            Answer("names-the-code", matches=last_line("LYNX-8462"), weight=3),
            Unchanged("nothing-changed", ".", needs=("names-the-code",)),
        ],
        solution=Solution(
            answer="Stock failed first.\n\nLYNX-8462",
            tool_calls=(Tool.READ_FILE,) * 4,
            steps=(
                ReadFile("README.md"),
                ReadFile("docs/codes.md"),
                ReadFile("logs/release.log"),
                ReadFile("services/stock.ini"),
                Say("Stock failed first.\n\nLYNX-8462"),
            ),
        ),
    )


def test_read_only_audit(read_only_audit: Cell) -> None:
    """The code is right, and nothing was changed."""
    assert read_only_audit.attempt.score == 1.0


@harness_target
def no_tool_diagnosis() -> Target:
    """Code and a failing test in the prompt itself, and no tools; starts at 0.

    Agents' programs have tools all the same, and lose marks for every use.
    """
    return Target(
        kind=Kind.TASK,
        workspace="data/workspaces/no_tool_diagnosis",
        objective=DIAGNOSIS,
        writable=[],
        tools=[],
        checks=[
            Answer("smallest-change", matches=SMALLEST_CHANGE),
            Answer("token", matches=last_line("FIX-5-11"), weight=2),
            ToolCalls("no-tool-used", mode=ToolOrder.NONE, needs=("token",)),
            Unchanged("nothing-changed", ".", needs=("token",)),
        ],
        solution=Solution(
            answer="if len(found) >= count:\nFIX-5-11",
            steps=(Say("if len(found) >= count:\nFIX-5-11"),),
        ),
    )


def test_no_tool_diagnosis(no_tool_diagnosis: Cell) -> None:
    """The change and the token are right, and no tool was used."""
    assert no_tool_diagnosis.attempt.score == 1.0
