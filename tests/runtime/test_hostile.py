"""Whatever a child does to stay, it ends with its job, and soon after the job's limit."""

from __future__ import annotations

import pytest

from pytest_harness.runtime import Supervisor
from pytest_harness.runtime.sweep import marked
from pytest_harness.vocabulary import Ended

from .conftest import Specs

SESSION = "setsid sleep 600 &"
TWICE = "(setsid sh -c 'setsid sleep 600 & sleep 600' &)"
DEAF = "trap '' TERM HUP INT;"
SILENT = "(setsid sleep 600 </dev/null >/dev/null 2>&1 &)"
UNMARKED = "env -i setsid sleep 600 &"
STOPPED = "sh -c 'kill -STOP $$' &"
GROWING = "(while :; do setsid sleep 600 & sleep 0.05; done) &"
ALL = "\n".join((DEAF, SESSION, TWICE, SILENT, UNMARKED, STOPPED, GROWING))
TRICKS = {
    "session": SESSION,
    "twice": TWICE,
    "deaf": DEAF,
    "pipe-held": "sleep 600 &",
    "silent": SILENT,
    "unmarked": UNMARKED,
    "stopped": STOPPED,
    "all-at-once": ALL,
}


@pytest.mark.parametrize("trick", TRICKS.values(), ids=TRICKS)
def test_a_hostile_tree_ends_at_its_limit(supervisor: Supervisor, specs: Specs, trick: str) -> None:
    result = supervisor.run(specs.shell(f"{trick}\necho begun; sleep 600", timeout=0.2, grace=0.2))
    assert result.ended is Ended.TIMEOUT
    assert marked(supervisor.mark) == []


@pytest.mark.parametrize("trick", [ALL, SILENT], ids=["all-at-once", "silent"])
def test_a_hostile_tree_ends_with_its_leader(
    supervisor: Supervisor, specs: Specs, trick: str
) -> None:
    result = supervisor.run(specs.shell(f"{trick}\nsleep 0.1; exit 4"))
    assert (result.ended, result.exit) == (Ended.EXIT, 4)
    assert result.survivors >= 1
    assert marked(supervisor.mark) == []


@pytest.mark.slow
def test_two_hundred_hostile_trees_end_within_two_seconds(
    supervisor: Supervisor, specs: Specs
) -> None:
    tricks = list(TRICKS.values())
    for number in range(200):
        script = f"{tricks[number % len(tricks)]}\necho begun; sleep 600"
        grace = specs.plain.grace  # What a user gets who says nothing.
        result = supervisor.run(specs.shell(script, timeout=0.2, grace=grace))
        assert result.ended is Ended.TIMEOUT
        assert result.duration < 0.2 + 2
        assert supervisor.sweep() == 0
