"""A project whose agent is a shell script that counts how often it is run."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.plugin.conftest import Project

WORK = """
printf 'hello all\\n' > a.txt
echo done in "$PWD"
"""

TARGET = """
@harness_target(trials={trials})
def greeting():
    return target({target})

def test_it(greeting):
    assert greeting.best.score == 1.0
"""

_TIMES = frozenset(
    {"duration", "durations", "first_event", "started_at", "ended_at", "pause", "session", "pid"}
)
_PAID = frozenset({"cost_usd", "notes", "worker"})


@dataclass(frozen=True)
class Studio:
    """Records and plays back."""

    project: Project

    @property
    def tapes(self) -> Path:
        return self.project.path / "tapes"

    @property
    def script(self) -> Path:
        return self.project.path / "agent"

    def agent(self, work: str = WORK, **keys: str) -> None:
        """Write the agent and declare it."""
        log = self.project.path / "bought.log"
        self.script.write_text(f"#!/bin/sh\necho run >> {log}\n{work}")
        self.script.chmod(0o755)
        lines = [f'{name} = "{value}"' for name, value in keys.items()]
        (self.project.path / "harness.toml").write_text(
            "\n".join(
                ["[backends.mine]", 'provider = "cli"', f'command = ["{self.script}"]', *lines]
            )
        )

    def target(self, target: str = "", trials: int = 1) -> None:
        self.project.write(TARGET.format(target=target, trials=trials))

    def record(self, *arguments: str) -> Any:
        return self.project.run("--harness-backend=mine", "--harness-record=tapes", *arguments)

    def replay(self, *arguments: str) -> Any:
        return self.project.run("--harness-backend=mine", "--harness-replay=tapes", *arguments)

    def bought(self) -> int:
        """How often the agent was run."""
        log = self.project.path / "bought.log"
        return len(log.read_text().splitlines()) if log.exists() else 0

    def cassettes(self) -> list[Path]:
        return sorted(path.parent for path in self.tapes.rglob("record.json"))

    def cells(self) -> list[Any]:
        """What the last run says of its cells, without times, paths, processes and payment."""
        found = []
        for cell in self.project.cells():
            text = cell.to_json().decode()
            text = re.sub(r"/[^\s\"]*?/harness/", "<stage>/", text)
            found.append(_plain(json.loads(text)))
        return found


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items() if k not in _TIMES | _PAID}
    return [_plain(each) for each in value] if isinstance(value, list) else value
