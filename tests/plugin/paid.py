"""A stand-in for a paid backend: it costs what a script says and meets the faults that it names.

The inner project gets it through the hook, in its ``conftest.py``. `SCRIPT` is a list of steps,
taken one after another by whichever process proposes next; the last one is taken again and again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from pytest_harness import attempts
from tests.plugin.conftest import Project

CONFTEST = '''
import fcntl, json, time
from dataclasses import dataclass
from pathlib import Path

import pytest

from pytest_harness.backends.base import Probe
from pytest_harness.records import ProposalRecord, Spent, Usage

HERE = Path(__file__).parent
STEPS = json.loads((HERE / "steps.json").read_text())


@dataclass(frozen=True, kw_only=True)
class Paid:
    model: str | None = None
    id: str = "paid"
    provider: str = "paid"
    runtime: str = "host"
    timeout: float = 60.0
    max_concurrency: int | None = None

    def settings(self):
        return {}

    def probe(self, runner, environment):
        return Probe(backend=self.id, provider=self.provider, ready=True, version="1")

    def propose(self, request):
        number = note("start", request)
        step = STEPS[min(number, len(STEPS)) - 1]
        time.sleep(step.get("seconds", 0))
        fault = step.get("fault")
        if fault is None:
            (request.workspace / "a.txt").write_text(step.get("text", "hello all"))
        else:
            (request.workspace / "rubbish.txt").write_text("left by an attempt that failed")
        note("end", request)
        return ProposalRecord(
            backend=self.id, provider=self.provider, model=self.model, runtime="host",
            completed=fault is None, fault=fault, reason=step.get("reason", ""),
            retry_after=step.get("retry_after"), duration=0.1,
            spent=Spent(
                cost_usd=step.get("cost"),
                usage=Usage(input=step.get("input"), output=step.get("output")),
            ),
        )


def note(what, request):
    """Write down what happens, and return how many have started."""
    with (HERE / "seen.jsonl").open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        started = sum('"start"' in line for line in file)
        files = sorted(path.name for path in request.workspace.iterdir())
        file.write(json.dumps({"what": what, "at": time.time(), "files": files,
                               "timeout": request.timeout}) + "\\\\n")
        return started + 1


def pytest_harness_backends(config):
    return {name: lambda model, name=name: Paid(id=name, model=model)
            for name in ("paid", "other")}
'''


def skip_pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let no time pass between two attempts in this process; returns the pauses as they come."""
    pauses: list[float] = []

    def note(seconds: float, ending: Callable[[], bool]) -> bool:
        pauses.append(seconds)
        return not ending()

    monkeypatch.setattr(attempts, "wait", note)
    return pauses


@dataclass(frozen=True)
class Seen:
    """One thing that the backend did."""

    what: str
    at: float
    files: tuple[str, ...]
    timeout: float


def hire(
    project: Project,
    *steps: Mapping[str, object],
    trials: int = 1,
    target: str = "",
    limit: int | None = None,
) -> None:
    """Give the project the backend ``paid`` with a script, and a target of so many trials."""
    text = CONFTEST.replace("\\\\n", "\\n")
    text = text.replace(
        "max_concurrency: int | None = None", f"max_concurrency: int | None = {limit}"
    )
    (project.path / "conftest.py").write_text(text)
    (project.path / "steps.json").write_text(json.dumps(steps))
    (project.path / "pytest.ini").write_text("[pytest]\nharness_backend = paid\n")
    project.write(
        f"""
from pytest_harness import Caps

@harness_target(trials={trials})
def greeting():
    return target({target})

def test_it(greeting):
    assert greeting.best.score == 1.0
"""
    )


def seen(project: Project, what: str = "start") -> list[Seen]:
    """What the backend did, in order."""
    path = Path(project.path / "seen.jsonl")
    if not path.exists():
        return []
    lines = map(json.loads, path.read_text().splitlines())
    every = [Seen(x["what"], x["at"], tuple(x["files"]), x["timeout"]) for x in lines]
    return [each for each in every if each.what == what]
