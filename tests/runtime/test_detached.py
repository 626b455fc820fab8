"""Who stays behind on purpose is told from who was merely slow to end."""

from __future__ import annotations

import time

from pytest_harness.runtime import Supervisor

from .conftest import Specs


def test_a_daemon_has_let_go_of_the_output(supervisor: Supervisor, specs: Specs) -> None:
    script = "setsid sleep 600 </dev/null >/dev/null 2>&1 & sleep 0.05; echo done"
    result = supervisor.run(specs.shell(script))
    assert (result.survivors, result.detached) == (1, 1)


def test_a_child_that_holds_either_stream_is_not_detached(
    supervisor: Supervisor, specs: Specs
) -> None:
    script = "sleep 600 >/dev/null & sleep 600 2>/dev/null & setsid sleep 600 & echo done"
    result = supervisor.run(specs.shell(script))
    assert (result.survivors, result.detached) == (3, 0)


def test_another_pipe_is_not_ours(supervisor: Supervisor, specs: Specs) -> None:
    script = "(sleep 600 2>/dev/null | sleep 600 >/dev/null 2>&1) & sleep 0.05; exit 0"
    result = supervisor.run(specs.shell(script))
    assert result.detached == 2


def test_what_ends_by_itself_is_not_counted(supervisor: Supervisor, specs: Specs) -> None:
    result = supervisor.run(specs.shell("sleep 0.02 >/dev/null 2>&1 & exit 0"))
    assert (result.survivors, result.detached) == (0, 0)


def test_when_it_left(supervisor: Supervisor, specs: Specs) -> None:
    before = time.time()
    result = supervisor.run(specs.shell("sleep 0.2; (sleep 600 &)"))
    assert result.left_at is not None
    assert before + 0.2 <= result.left_at <= time.time()


def test_what_never_started_never_left(supervisor: Supervisor, specs: Specs) -> None:
    assert supervisor.run(specs.program("no-such-program")).left_at is None
