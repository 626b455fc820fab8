"""Commands where something else than good will keeps them in their place."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_harness.model.conversation import Call
from pytest_harness.model.tools.base import Outcome
from pytest_harness.model.tools.toolbox import Toolbox
from pytest_harness.runtime import Supervisor
from pytest_harness.vocabulary import Fence, Tool

from ...runtime.fenced import Fenced


@pytest.fixture(params=list(Fence))
def fenced(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Fenced]:
    with Supervisor() as supervisor:
        yield Fenced(tmp_path.resolve(), supervisor, request.param)


def called(fenced: Fenced, tool: Tool, **arguments: Any) -> Outcome:
    """Call a tool whose commands run behind the fence."""
    with fenced.entered() as runner:
        environment = {"PATH": os.environ["PATH"], "HOME": str(fenced.scratch)}
        toolbox = Toolbox(
            fenced.workspace, [tool], runner, environment, ("*",), 60.0, (), lambda: 60.0
        )
        return toolbox.execute(Call(name=tool, arguments=arguments, id="1"))


def test_pytest_runs_there(fenced: Fenced) -> None:
    (fenced.workspace / "test_one.py").write_text("def test_one():\n    pass\n")
    argv = ["pytest", "-q", "-p", "no:cacheprovider"]
    outcome = called(fenced, Tool.RUN_COMMAND, argv=argv)
    assert outcome.exit == 0, outcome.text
    assert "1 passed" in outcome.text


def test_a_command_does_not_see_what_is_hidden(fenced: Fenced) -> None:
    outcome = called(fenced, Tool.RUN_COMMAND, argv=["cat", str(fenced.secret)])
    assert outcome.exit == 1
    assert "the secret" not in outcome.text


def test_regular_expressions_work_there(fenced: Fenced) -> None:
    (fenced.workspace / "a").write_text("one\n")
    outcome = called(fenced, Tool.SEARCH_FILES, pattern="^o.e", regex=True)
    assert outcome.text == "a:1: one"
