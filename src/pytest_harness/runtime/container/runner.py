"""Running processes, each in a container of its own."""

from __future__ import annotations

import dataclasses
import re
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pytest_harness.errors import SupervisorError
from pytest_harness.runtime.container.command import Variables, fence, mounts, time_limit
from pytest_harness.runtime.container.engine import Engine, lacks_program, last_line
from pytest_harness.runtime.container.options import ContainerOptions
from pytest_harness.runtime.container.owner import new_name
from pytest_harness.runtime.place import Place
from pytest_harness.runtime.process import (
    NO_LIMITS,
    Captured,
    LineSeen,
    ProcessResult,
    ProcessSpec,
    Runner,
)
from pytest_harness.runtime.sandbox import relay_inside
from pytest_harness.runtime.sandbox.relay import Relay
from pytest_harness.runtime.start_failure import not_started
from pytest_harness.runtime.supervisor import Supervisor
from pytest_harness.runtime.warden_link import MARK, Failed
from pytest_harness.vocabulary import Ended, Limit

ENGINE_FAILED, NOT_EXECUTABLE, NOT_FOUND = 125, 126, 127
"""Exit codes with which an engine speaks for itself, unless the program chose them."""
KILLED = 128 + 9
"""Exit code of a program that SIGKILL ended."""
FILE_TOO_LARGE = 128 + 25
"""Exit code of a program that wrote more to a file than it may."""

VARIABLES = "variables"
"""Name of the file that the client reads variables from."""

_SYSTEM = ("/usr/", "/lib", "/opt/")
"""Where an image has its own programs and libraries."""
_NEVER = "0001-"
"""How the time begins at which a container was started that never was."""
_DIRECTORY = re.compile(r"workdir|working directory|chdir|\bcwd\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ContainerRunner(Runner):
    """Makes a container for each process and has another runner run the engine's client."""

    runner: Runner
    """Runs processes of this machine."""
    engine: Engine
    """What makes containers."""
    options: ContainerOptions
    """How they are made."""
    place: Place
    """What is seen inside, and may be changed."""
    host: Mapping[str, str]
    """The environment of this machine: what is the same there is not for an image."""
    files: Path
    """A directory for what the client reads, seen by this user alone."""
    relay: Relay | None
    """The way to ports of this machine."""

    def run(self, spec: ProcessSpec, on_line: LineSeen | None = None) -> ProcessResult:
        """Run ``spec`` in a container of its own, which is gone afterwards; see `Runner.run`.

        Raises `SupervisorError` if the engine makes no container.
        """
        if self._lacks_directory(spec):
            return not_started(spec, Failed("directory", 0, "it does not exist"))
        name = new_name()
        variables = Variables.of(spec.env, self.host)
        own = self.files / name
        own.mkdir(mode=0o700)
        client = self._client(spec, name, variables, own)
        (own / VARIABLES).touch(mode=0o600)
        (own / VARIABLES).write_bytes(variables.lines)
        result = None
        try:
            result = self.runner.run(client, on_line)
            return self._judge(spec, result, name)
        finally:
            shutil.rmtree(own)
            self._remove(name, halted=result is not None and result.ended is Ended.INTERRUPT)
            if self.relay is not None:
                self.relay.end_connections()

    @property
    def _empty(self) -> Path:
        """An empty directory."""
        path = self.files / "empty"
        path.mkdir(mode=0o755, exist_ok=True)
        return path

    def _lacks_directory(self, spec: ProcessSpec) -> bool:
        """Say whether a working directory is missing that an engine would make."""
        shown = (*self.place.writable, *self.place.readable)
        return any(map(spec.cwd.is_relative_to, shown)) and not spec.cwd.is_dir()

    def _client(self, spec: ProcessSpec, name: str, variables: Variables, own: Path) -> ProcessSpec:
        """Describe the engine's client that runs ``spec``, in its ``own`` directory."""
        options, kind = self.options, self.engine.kind
        argv = spec.argv
        if argv[0] == sys.executable:
            argv = (options.python, *argv[1:])
        readable = (*options.readable, *filter(_is_foreign, spec.readable))
        ports = sorted({*options.ports, *spec.ports})
        if ports and self.relay is not None:
            self.relay.listen(ports)
            inside = Path(relay_inside.__file__)
            readable = (*readable, inside, self.relay.directory)
            listed = ",".join(map(str, ports))
            relay = (str(inside), str(self.relay.directory), listed)
            argv = (options.python, "-I", "-S", *relay, *argv)
        fed = spec.stdin is not None or spec.conversation is not None
        call = self.engine.spec(
            *self.engine.run,
            f"--name={name}",
            *(("--interactive",) if fed else ()),
            *time_limit(kind, spec.timeout + spec.grace),
            *fence(options, kind),
            *mounts(self.place, readable, self._empty),
            f"--workdir={spec.cwd}",
            *variables.arguments(own / VARIABLES),
            f"--env={MARK}",  # So that a sweep finds what runs inside as well.
            options.image,
            *argv,
            env=variables.passed,
        )
        return dataclasses.replace(
            spec,
            argv=call.argv,
            cwd=own,
            env=call.env,
            limits=NO_LIMITS,
            private=(*spec.private, self.files),
        )

    def _judge(self, spec: ProcessSpec, result: ProcessResult, name: str) -> ProcessResult:
        """Tell what the program did from what its engine did."""
        if result.ended is Ended.NOT_STARTED:
            raise SupervisorError(f"The client of the containers does not start: {result.reason}")
        # Whatever a program leaves running in a container ends with it, before this is known.
        result = dataclasses.replace(result, survivors=0, detached=0)
        if result.ended is not Ended.EXIT:
            return result
        said = lacks_program(result) if self.engine.init else ""
        if said:
            return self._not_started(spec, result, said)
        if result.exit in (ENGINE_FAILED, NOT_EXECUTABLE, NOT_FOUND):
            started, _ = self._state(name)
            if not started:
                return self._not_started(spec, result, last_line(result))
        return self._limited(result, name)

    def _limited(self, result: ProcessResult, name: str) -> ProcessResult:
        """Say whether a limit was met: by the engine's word, or by how the program ended."""
        limits = self.options.limits
        if limits.file_size is not None and result.exit == FILE_TOO_LARGE:
            return dataclasses.replace(result, ended=Ended.LIMIT, limit=Limit.FILE_SIZE)
        if limits.memory is None:
            return result
        # Where control groups of both versions are in use, the engine's helper leaves its note that
        # memory ran out in its working directory, and the engine does not find it.
        short_of_memory = (self.files / name / "oom").exists() or self._state(name)[1]
        if result.exit == KILLED and short_of_memory:
            return dataclasses.replace(result, ended=Ended.LIMIT, limit=Limit.MEMORY)
        return dataclasses.replace(result, limit=Limit.MEMORY) if short_of_memory else result

    def _state(self, name: str) -> tuple[bool, bool]:
        """Return whether the program was started, and whether the kernel ran short of memory."""
        found = self.runner.run(
            self.engine.spec(
                "inspect",
                "--type=container",
                "--format={{.State.OOMKilled}} {{.State.StartedAt}}",
                name,
            )
        )
        short, _, started = found.stdout.text().strip().partition(" ")
        return bool(started) and not started.startswith(_NEVER), short == "true"

    def _not_started(self, spec: ProcessSpec, result: ProcessResult, said: str) -> ProcessResult:
        program, image = spec.argv[0], self.options.image
        lowered = said.lower()
        if _DIRECTORY.search(said) and str(spec.cwd) in said:
            reason = (
                f"The working directory {spec.cwd} cannot be entered in a container ({said}); "
                "create it or name another."
            )
        elif "permission denied" in lowered:
            reason = f"The program {program!r} may not be executed in {image}; run chmod +x on it."
        elif "not found" in lowered or "no such file" in lowered:
            own = f' (here: python = "{self.options.python}")' if program == sys.executable else ""
            reason = (
                f"The program {program!r}{own} was not found in the image {image}; install it "
                "there or name another image."
            )
        else:
            raise SupervisorError(
                f"{self.engine.kind} could not start {program} in a container of {image} "
                f"({said}); look whether the engine works and run it again."
            )
        nothing = Captured(b"", b"", 0)
        for path in (spec.stdout, spec.stderr):
            if path is not None:
                path.write_bytes(b"")
        return dataclasses.replace(
            result,
            ended=Ended.NOT_STARTED,
            exit=None,
            stdout=nothing,
            stderr=nothing,
            reason=reason,
        )

    def _remove(self, name: str, *, halted: bool) -> None:
        """End and remove a container, also when no process is started any more."""
        if halted:
            with Supervisor() as own:
                said = self.engine.remove(name, own)
        else:
            said = self.engine.remove(name, self.runner)
        if said:
            raise SupervisorError(
                f"The container {name} cannot be removed ({said}); run: {self.engine.kind} rm -f "
                f"{name}"
            )


def _is_foreign(path: Path) -> bool:
    """Say whether a path is nothing that an image has of its own, as it has a Python's library."""
    return str(path) not in sys.path or not str(path).startswith(_SYSTEM)
