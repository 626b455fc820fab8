"""A room as the driver makes it, in which nothing is started."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Never

from pytest_harness.backends.adapter import Adapter, Room, Setup
from pytest_harness.backends.base import ProposalRequest
from pytest_harness.runtime.place import Place
from pytest_harness.runtime.plain import PlainRuntime
from pytest_harness.runtime.profile import fresh_profile, host_environment
from pytest_harness.runtime.settings import RuntimeSettings
from pytest_harness.vocabulary import RuntimeMode

PROMPT = "The prompt: ä \ud800"
"""What the agent is asked; half of a surrogate pair cannot be written as it is."""


class NoRunner:
    """Starts nothing."""

    def run(self, *_arguments: object) -> Never:
        """Refuse."""
        raise AssertionError("nothing is to be started")


@contextlib.contextmanager
def room_of(
    tmp_path: Path,
    adapter: Adapter,
    setup: Setup,
    source: Mapping[str, str],
    *,
    argv: tuple[str, ...] = ("/bin/program",),
    version: str = "1.0.0",
    mode: RuntimeMode = RuntimeMode.PROFILE,
    timeout: float = 600,
) -> Iterator[Room]:
    """Give the room for one proposal, whose session has the variables of ``source``."""
    workspace, scratch = tmp_path / "ws", tmp_path / "scratch"
    workspace.mkdir(exist_ok=True)
    scratch.mkdir(exist_ok=True)
    access = adapter.access(setup, source)
    assert access.missing is None
    request = ProposalRequest(
        workspace=workspace,
        prompt=PROMPT,
        round=1,
        timeout=timeout,
        artifacts=tmp_path / "artifacts",
        scratch=scratch,
        runner=NoRunner(),
        runtime=PlainRuntime(RuntimeSettings(mode=mode)),
        place=Place(workspace=workspace, scratch=scratch),
        environment=source,
    )
    with contextlib.ExitStack() as stack:
        profile, env = None, host_environment(source)
        if mode is not RuntimeMode.HOST:
            profile = stack.enter_context(fresh_profile(scratch))
            env = profile.environment(source, (*setup.env, *access.names))
        yield Room(
            request=request,
            setup=setup,
            argv=argv,
            version=version,
            access=access,
            profile=profile,
            env=env,
        )
