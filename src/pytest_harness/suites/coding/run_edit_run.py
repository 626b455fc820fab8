"""The tests were run, then something was edited, then they were run again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import ClassVar

from pytest_harness.checks import Check, CheckContext, Verdict
from pytest_harness.records import ToolCall

SHELLS = ("run_command", "run_shell_command", "exec_command", "shell", "[Bb]ash", "execute")
"""What plain models, and the programs of agents, call the tool that runs commands."""
EDITORS = (
    "replace_text",
    "write_file",
    "replace",
    "[Ee]dit",
    "[Ww]rite",
    "MultiEdit",
    "create",
    "str_replace*",
    "*patch",
)
"""What they call the tools that change files."""


@dataclass(frozen=True)
class RunEditRun(Check):
    """The share of three steps that were taken in their order; other calls may come between.

    A command counts where its line mentions tests, or where the program does not tell its line; an
    edit counts unless it failed. The tests may fail, and the first time they should.
    What a program edits by means of its shell cannot be told from any other command.
    """

    open_by_nature: ClassVar[bool] = True

    def grade(self, context: CheckContext) -> Verdict:
        """Look for the steps among the calls."""
        if context.tool_calls is None:
            return Verdict.share(0, 3, "there is no record of tool calls")
        wanted = (_runs_tests, _edits, _runs_tests)
        found = 0
        for call in context.tool_calls:
            if found < len(wanted) and wanted[found](call):
                found += 1
        if found == len(wanted):
            return Verdict.share(found, found, "the tests were run before and after the edit")
        missing = ("the tests were not run first", "nothing was edited after the tests were run")
        reason = (*missing, "the tests were not run again after the edit")[found]
        return Verdict.share(found, len(wanted), reason, _listed(context.tool_calls))


def _runs_tests(call: ToolCall) -> bool:
    return _is_one(call, SHELLS) and (not call.summary or "test" in call.summary)


def _edits(call: ToolCall) -> bool:
    return not call.failed and _is_one(call, EDITORS)


def _is_one(call: ToolCall, names: Sequence[str]) -> bool:
    return any(fnmatchcase(call.name, name) for name in names)


def _listed(calls: Sequence[ToolCall]) -> str:
    return "\n".join(f"{call.name} {call.summary}".rstrip() for call in calls)
