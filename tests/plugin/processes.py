"""Sessions in processes of their own, to be interrupted, with all processes that they start."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pytest_harness.records import CellRecord
from tests.plugin.conftest import Project

MARK = "HARNESS_TEST_MARK"
WITHIN = 90.0
"""Seconds; what is waited for comes much sooner, but the machine may be busy."""


def carriers(mark: str) -> list[str]:
    """List the command lines of the processes in whose environment `MARK` has this value."""
    wanted = f"{MARK}={mark}".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (process / "environ").read_bytes().split(b"\0"):
                found.append((process / "cmdline").read_bytes().decode("utf-8", "replace"))
        except OSError:
            continue  # it ended meanwhile, or is another user's
    return found


@dataclass
class Terminal:
    """A session of pytest on a terminal of its own."""

    pid: int
    descriptor: int
    output: bytes = b""

    def press(self) -> None:
        """Press Ctrl-C: the terminal tells every process of its group."""
        os.write(self.descriptor, b"\x03")

    def shows(self, text: str) -> bool:
        """Whether a text has been printed, without waiting for it."""
        while select.select([self.descriptor], [], [], 0.0)[0]:
            self.output += os.read(self.descriptor, 1 << 16)
        return text in self.text

    def kill(self, number: signal.Signals) -> None:
        """Tell the one process that was started."""
        os.kill(self.pid, number)

    def wait(self) -> int:
        """Read to the end and return the exit code."""
        deadline = time.monotonic() + WITHIN
        while time.monotonic() < deadline:
            ready, _, _ = select.select([self.descriptor], [], [], 1.0)
            try:
                data = os.read(self.descriptor, 1 << 16) if ready else None
            except OSError:  # how a terminal says that nobody is there any more
                data = b""
            if data == b"":
                os.close(self.descriptor)
                return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
            self.output += data or b""
        os.kill(self.pid, signal.SIGKILL)
        raise AssertionError(f"the session does not end: {self.text}")

    @property
    def text(self) -> str:
        """What was read so far."""
        return self.output.decode("utf-8", "replace").replace("\r", "")


@dataclass
class Sessions:
    """A project whose sessions run below a temporary directory and carry a mark."""

    project: Project
    base: Path
    log: Path = field(init=False)

    def __post_init__(self) -> None:
        self.log = self.project.path / "events.log"

    @property
    def command(self) -> list[str]:
        """What starts a session."""
        options = ["-q", "--harness-run-name=run", f"--basetemp={self.base}"]
        return [sys.executable, "-m", "pytest", *options]

    @property
    def environment(self) -> dict[str, str]:
        """What sessions are given."""
        return {**os.environ, MARK: str(self.base), "COLUMNS": "200"}

    def on_terminal(self, *arguments: str) -> Terminal:
        """Start a session as a user does."""
        pid, descriptor = pty.fork()
        if pid == 0:
            os.chdir(self.project.path)
            # As a shell does; whoever runs these tests in the background ignores Ctrl-C.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.execve(sys.executable, [*self.command, *arguments], self.environment)  # noqa: S606
        return Terminal(pid, descriptor)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a session to its end."""
        return subprocess.run(
            [*self.command, *arguments],
            cwd=self.project.path,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=WITHIN * 2,
            check=False,
        )

    def events(self, what: str) -> int:
        """Count what tests or agents have written down."""
        return self.log.read_text().count(what) if self.log.exists() else 0

    def alive(self) -> list[str]:
        """List the processes of any session of this project."""
        return carriers(str(self.base))

    def wait_for(self, condition: Callable[[], object]) -> None:
        """Wait until something is so."""
        deadline = time.monotonic() + WITHIN
        while not condition():
            assert time.monotonic() < deadline, "it did not come"
            time.sleep(0.02)

    def staged(self) -> list[Path]:
        """List what is left of cells in the temporary directory."""
        return sorted((self.base / "harness").glob("*"))

    def cells(self) -> dict[str, CellRecord]:
        """Return the finished cells of the ledger by their id."""
        reader = self.project.reader("run")
        list(reader.tests())  # every line can be read
        return {cell.id: cell for cell in reader.cells()}
