"""The tools of one proposal: what is offered, and who executes a call."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest_harness
from pytest_harness.model.conversation import Call, ToolSpec
from pytest_harness.model.tools.base import Outcome
from pytest_harness.model.tools.confined import Confined
from pytest_harness.model.tools.handler import Handler, refused
from pytest_harness.model.tools.list_directory import ListDirectory
from pytest_harness.model.tools.naming import one_line
from pytest_harness.model.tools.read_file import ReadFile
from pytest_harness.model.tools.regular import Regular
from pytest_harness.model.tools.replace_text import ReplaceText
from pytest_harness.model.tools.run_command import RunCommand
from pytest_harness.model.tools.search_files import SearchFiles
from pytest_harness.model.tools.write_file import WriteFile
from pytest_harness.runtime.process import Runner
from pytest_harness.vocabulary import NESTED, Tool

_SHOWN = 60
# Pytest loads this package as a plugin, and it may lie elsewhere than all others.
_OF_PYTHON = (Path(sys.prefix), Path(sys.base_prefix), Path(pytest_harness.__file__).parents[1])


class Toolbox:
    """The tools that a model is offered, all confined to one workspace.

    ``workspace`` is absolute and real. ``environment`` is that of commands, without credentials;
    they run by ``runner``, each for ``command_timeout`` seconds at most and never longer than
    ``remaining`` says. ``commands`` are names on ``PATH``, paths, or ``"*"`` for all. ``ignore``
    are patterns of what is neither listed nor searched. Where ``runner`` does not reach the
    programs of this machine, ``host_programs`` is false and ``outside`` is a runner that does.
    """

    def __init__(
        self,
        workspace: Path,
        offered: Sequence[Tool],
        runner: Runner,
        environment: Mapping[str, str],
        commands: Sequence[str],
        command_timeout: float,
        ignore: Sequence[str],
        remaining: Callable[[], float],
        *,
        outside: Runner | None = None,
        host_programs: bool = True,
    ) -> None:
        inside = Confined(workspace)
        regular = Regular(workspace, outside or runner, environment, remaining)
        made: Iterable[Handler[Any]] = (
            ReadFile(inside),
            ListDirectory(inside, ignore),
            SearchFiles(inside, ignore, regular),
            ReplaceText(inside),
            WriteFile(inside),
            RunCommand(
                workspace,
                runner,
                command_environment(environment, host_programs=host_programs),
                commands,
                command_timeout=command_timeout,
                remaining=remaining,
                readable=_OF_PYTHON if host_programs else (),
            ),
        )
        self._handlers = {each.tool.value: each for each in made if each.tool in offered}

    @property
    def specs(self) -> tuple[ToolSpec, ...]:
        """The tools that are offered, in the order of `Tool`."""
        return tuple(each.spec for each in self._handlers.values())

    def execute(self, call: Call) -> Outcome:
        """Execute a call.

        Never raises for what a model wrote or what the disk holds. Raises `SupervisorError` where
        processes cannot be supervised, and lets `KeyboardInterrupt` through.
        """
        handler = self._handlers.get(call.name)
        if handler is None:
            return refused(self._unknown(call.name))
        return handler.call(call.arguments)

    def _unknown(self, name: str) -> str:
        offered = ", ".join(self._handlers)
        remedy = f"use one of {offered}" if offered else "no tools are offered: answer in words"
        if name in tuple(Tool):
            return f"The tool {name} is not offered here; {remedy}."
        return f"There is no tool {one_line(name[:_SHOWN])!r}; {remedy}."


def command_environment(
    environment: Mapping[str, str], *, host_programs: bool = True
) -> dict[str, str]:
    """Return the environment of commands.

    ``python`` and ``pytest`` are those of this session where ``host_programs`` can be started.
    Compiled files are not written: they could outlive a change that comes within the same second.
    """
    found = {"PYTHONDONTWRITEBYTECODE": "1", **environment, NESTED: "1"}
    if not host_programs:
        return found
    listed = found.get("PATH", os.defpath).split(os.pathsep)
    own = [str(Path(sys.executable).parent)] if sys.executable else []
    # A relative entry would let a file of the workspace stand for a program.
    places = (*own, *(each for each in listed if each.startswith("/")))
    found["PATH"] = os.pathsep.join(dict.fromkeys(places))
    return found
