"""A place behind a fence, and a short way to run programs there."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from pytest_harness.runtime import ProcessResult, ProcessSpec, Runner, Supervisor
from pytest_harness.runtime.place import Place
from pytest_harness.runtime.sandbox.runtime import SandboxRuntime
from pytest_harness.runtime.settings import RuntimeSettings
from pytest_harness.vocabulary import Fence, Network


@dataclass
class Fenced:
    """A workspace, a scratch directory and something hidden beside them."""

    root: Path
    supervisor: Supervisor
    fence: Fence = Fence.BUBBLEWRAP
    network: Network = Network.ON
    ports: tuple[int, ...] = ()
    readable: tuple[Path, ...] = ()
    project: Path | None = None
    more_hidden: tuple[Path, ...] = field(default=())
    home: Path | None = None

    def __post_init__(self) -> None:
        for path in (self.workspace, self.scratch, self.hidden):
            path.mkdir(parents=True, exist_ok=True)
        self.secret.write_text("the secret")

    @property
    def workspace(self) -> Path:
        return self.root / "stage" / "work"

    @property
    def scratch(self) -> Path:
        return self.root / "scratch"

    @property
    def hidden(self) -> Path:
        return self.root / "stage" / "store"

    @property
    def secret(self) -> Path:
        return self.hidden / "secret"

    @property
    def place(self) -> Place:
        return Place(
            workspace=self.workspace,
            scratch=self.scratch,
            hidden=(self.hidden, self.root / "stage", *self.more_hidden),
            project=self.project,
        )

    @property
    def runtime(self) -> SandboxRuntime:
        settings = RuntimeSettings(
            mode="sandbox",
            network=self.network,
            ports=self.ports,
            readable=self.readable,
            home=self.home,
            options={"fence": self.fence.value},
        )
        return SandboxRuntime(settings)

    @contextlib.contextmanager
    def entered(self) -> Iterator[Runner]:
        """Be behind the fence; skip the test where there is none."""
        probe = self.runtime.probe(self.supervisor, os.environ)
        if not probe.ready:
            pytest.skip(f"{probe.missing}; {probe.remedy}")
        with self.runtime.enter(self.place, self.supervisor) as runner:
            yield runner

    def spec(self, *argv: str, **fields: object) -> ProcessSpec:
        """Describe a program that works in the workspace."""
        env = {"PATH": os.environ["PATH"], "HOME": str(self.scratch)}
        made = ProcessSpec(argv=argv, cwd=self.workspace, env=env, timeout=60)
        return replace(made, **fields)  # type: ignore[arg-type]

    def run(self, *argv: str, **fields: object) -> ProcessResult:
        """Run a program."""
        with self.entered() as runner:
            return runner.run(self.spec(*argv, **fields))

    def shell(self, script: str, *arguments: object, **fields: object) -> str:
        """Run a script that must succeed; return what it prints."""
        result = self.run("sh", "-c", script, "sh", *map(str, arguments), **fields)
        assert result.exit == 0, result.stderr.text()
        return result.stdout.text()

    def python(self, script: str, *arguments: object, **fields: object) -> str:
        """Run a Python script that must succeed; return what it prints."""
        line = (sys.executable, "-I", "-S", "-c", script, *map(str, arguments))
        result = self.run(*line, **fields)
        assert result.exit == 0, result.stderr.text()
        return result.stdout.text()

    def reads(self, path: Path | str) -> bool:
        """Say whether a file can be read there."""
        return self.run("cat", str(path)).exit == 0
