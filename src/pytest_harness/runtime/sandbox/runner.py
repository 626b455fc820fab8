"""Running processes behind a fence."""

from __future__ import annotations

import dataclasses
import errno
import os
from dataclasses import dataclass

from pytest_harness.errors import SupervisorError
from pytest_harness.runtime.process import (
    LineSeen,
    ProcessResult,
    ProcessSpec,
    Runner,
)
from pytest_harness.runtime.sandbox import relay_inside
from pytest_harness.runtime.sandbox.bubblewrap import RELAY, Bubblewrap
from pytest_harness.runtime.sandbox.landlock import Landlock
from pytest_harness.runtime.sandbox.paths import python, real, shebang, straight
from pytest_harness.runtime.sandbox.relay import Relay
from pytest_harness.runtime.sandbox.view import Sight, View, shows
from pytest_harness.runtime.start_failure import not_started
from pytest_harness.runtime.warden_link import Failed
from pytest_harness.vocabulary import Network


@dataclass(frozen=True, slots=True)
class SandboxRunner(Runner):
    """Puts each process behind a fence and has another runner run it."""

    runner: Runner
    """Runs processes of this machine."""
    fence: Bubblewrap | Landlock
    """What does the work."""
    view: View
    """What processes see."""
    network: Network
    """What they reach."""
    ports: tuple[int, ...]
    """Ports of this machine that they reach if the network is ``loopback``."""
    relay: Relay | None
    """The way to these ports, where they have a network of their own."""

    def run(self, spec: ProcessSpec, on_line: LineSeen | None = None) -> ProcessResult:
        """Run ``spec`` behind the fence; see `Runner.run`.

        A program and a working directory that cannot be seen there cannot be started. Raises
        `SupervisorError` if the fence cannot be put up.
        """
        program, code = find_program(spec)
        if program is None:
            return not_started(spec, Failed("program", code, os.strerror(code)))
        if ".." in spec.argv[0].split("/") and not self.view.written(program):
            program = straight(program)
            spec = dataclasses.replace(spec, argv=(program, *spec.argv[1:]))
        sights = self.view.of(spec, program)
        if spec.cwd.is_dir() and not shows(sights, real(spec.cwd)):
            return not_started(spec, Failed("directory", 0, "the sandbox does not show it"))
        line = self._command(spec, sights, spec.argv)
        try:
            result = self.runner.run(dataclasses.replace(spec, argv=line), on_line)
        finally:
            if self.relay is not None:
                self.relay.end_connections()
        if self._suspicious(result):
            self._verify(spec, sights)
        return result

    def _command(
        self, spec: ProcessSpec, sights: tuple[Sight, ...], argv: tuple[str, ...]
    ) -> tuple[str, ...]:
        ports: tuple[int, ...] = ()
        if self.network is Network.LOOPBACK:
            ports = tuple(sorted({*self.ports, *spec.ports}))
        if isinstance(self.fence, Landlock):
            open_ports = None if self.network is Network.ON else ports
            return self.fence.command(sights, argv, ports=open_ports)
        relay = None
        if ports and self.relay is not None:
            self.relay.listen(ports)
            relay = str(self.relay.directory)
            listed = ",".join(map(str, ports))
            argv = (python(), "-I", "-S", relay_inside.__file__, RELAY, listed, *argv)
        return self.fence.command(
            sights,
            argv,
            cwd=str(spec.cwd),
            network=self.network is Network.ON,
            relay=relay,
        )

    def _suspicious(self, result: ProcessResult) -> bool:
        """Say whether the fence rather than the program may have said something."""
        return (
            isinstance(self.fence, Bubblewrap)
            and result.exit == 1
            and not result.stdout.total
            and result.stderr.head.startswith(b"bwrap: ")
        )

    def _verify(self, spec: ProcessSpec, sights: tuple[Sight, ...]) -> None:
        """Tell a fence that cannot be put up from a program that imitates its messages."""
        line = self._command(spec, sights, ("/bin/sh", "-c", ":"))
        trial = dataclasses.replace(
            spec, argv=line, stdin=None, conversation=None, stdout=None, stderr=None
        )
        result = self.runner.run(trial)
        if self._suspicious(result):
            said = " ".join(result.stderr.text().split())[:300]
            raise SupervisorError(
                f"The sandbox for {spec.argv[0]} cannot be put up ({said}); look whether the "
                "paths that it is to show can be read"
            )


def find_program(spec: ProcessSpec) -> tuple[str | None, int]:
    """Return the file that would be started, or the number of the error that there would be."""
    name = spec.argv[0]
    if not name or "\0" in name:
        return None, errno.ENOENT
    search = "" if "/" in name else spec.env.get("PATH", os.defpath)
    entries = search.split(os.pathsep)
    code = errno.ENOENT
    for entry in entries:
        path = os.path.join(spec.cwd, entry, name)
        if not os.path.isfile(path):
            code = errno.EACCES if os.path.isdir(path) and "/" in name else code
            continue
        if not os.access(path, os.X_OK):
            code = errno.EACCES
            continue
        interpreter = shebang(path)
        if interpreter is not None and not os.path.exists(interpreter):
            return None, errno.ENOENT
        return path, 0
    return None, code
