"""The owner's end of a warden: starting it, talking to it, ending it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_harness.errors import SupervisorError
from pytest_harness.runtime.cgroups.group import ControlGroup
from pytest_harness.runtime.cgroups.limits import KernelLimits
from pytest_harness.runtime.cgroups.probe import probe
from pytest_harness.runtime.process import NO_LIMITS
from pytest_harness.vocabulary import Limit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_harness.runtime.process import ProcessSpec, ResourceLimits

MARK = "PYTEST_HARNESS_MARK"
"""Variable that every supervised process carries, so that a sweep can find it."""

_WARDEN = Path(__file__).with_name("warden") / "__main__.py"
_CLOSE_LIMIT = 15.0
"""Seconds in which a warden must have killed everything and gone."""


class WardenLostError(Exception):
    """The warden has gone, or does not answer."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The program could not be started."""

    step: str
    errno: int
    text: str


@dataclass(frozen=True, slots=True)
class Exited:
    """The main process has gone; others may still be alive."""

    status: int
    """As `os.wait` gives it."""
    asked: bool
    """Whether it had been asked to end before."""
    limited: bool
    """Whether it was killed because a limit was exceeded."""
    at: float
    """When that was seen, in seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class Done:
    """Nothing is left."""

    survivors: int
    detached: int
    """How many of those had let go of the output."""
    limit: Limit | None
    """A limit that the tree met."""
    stuck: tuple[int, ...]
    """Processes that even SIGKILL did not end."""


@dataclass(frozen=True, slots=True)
class Parting:
    """It is noted that the main process was to end: it counts as asked from now on."""


Event = Failed | Exited | Done | Parting


class WardenLink:
    """A running warden.

    Raises `SupervisorError` when it cannot be started. Every method but `close` and `forget`
    raises `WardenLostError` when the warden has gone.
    """

    def __init__(self) -> None:
        if not sys.executable:
            msg = "sys.executable is empty, so no supervisor can be started; run a regular Python."
            raise SupervisorError(msg)
        self._owner = os.getpid()
        self._received = b""
        self._socket, theirs = socket.socketpair()
        command = [sys.executable, "-I", "-S", str(_WARDEN)]
        try:
            self._process = subprocess.Popen(
                [*command, str(theirs.fileno()), str(self._owner)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=_own_environment(),
                cwd="/",
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        except OSError as error:
            self._socket.close()
            msg = f"No supervisor process can be started: {error}; end some processes and run again"
            raise SupervisorError(msg) from error
        finally:
            theirs.close()
        self.group = self._enter_group()
        """The control group of the warden and all that it starts, where one can be had."""

    @property
    def pid(self) -> int:
        """Process id of the warden."""
        return self._process.pid

    def fileno(self) -> int:
        """Return the descriptor that becomes readable when there are events."""
        return self._socket.fileno()

    def start(
        self,
        spec: ProcessSpec,
        env: Mapping[str, str],
        descriptors: Sequence[int],
        join: Sequence[Path] = (),
    ) -> None:
        """Ask for a program; ``descriptors`` become its standard input, output and error.

        ``join`` are files of control groups in which it enters itself before it begins.
        """
        request = {
            "do": "start",
            "argv": [_exact(part) for part in spec.argv],
            "cwd": _exact(str(spec.cwd)),
            "env": {_exact(name): _exact(value) for name, value in env.items()},
            "grace": spec.grace,
            "memory": spec.limits.memory,
            "processes": spec.limits.processes,
            "file_size": spec.limits.file_size,
            "join": [_exact(str(path)) for path in join],
            "private": [_exact(str(path)) for path in spec.private],
        }
        self._send(request, descriptors)

    def limit(self, limits: ResourceLimits) -> KernelLimits | None:
        """Return what of these limits the kernel can hold for one job; often that is nothing."""
        if self.group is None or self._places is None or limits == NO_LIMITS:
            return None
        return KernelLimits.make(limits, self._places, self.group)

    def end(self, grace: float, *, parting: float = 0.0) -> None:
        """Ask for the end of the running job within ``grace`` seconds.

        In the first ``parting`` of these it may end by itself: no signal is sent. `Parting` tells
        when they begin.
        """
        self._send({"do": "end", "grace": grace, "parting": parting})

    def events(self) -> list[Event]:
        """Return what the warden said; waits if it said nothing."""
        try:
            data = self._socket.recv(1 << 16)
        except ConnectionError as error:
            raise WardenLostError from error
        if not data:
            raise WardenLostError
        *lines, self._received = (self._received + data).split(b"\n")
        return [_event(json.loads(line)) for line in lines]

    def escaped(self) -> list[int]:
        """Return the processes in the control group beside the warden; none between two jobs."""
        return [pid for pid in self.group.processes() if pid != self.pid] if self.group else []

    def close(self) -> int:
        """Let the warden kill what is left, and wait until it has gone.

        Returns how many processes it could not kill because it had been killed itself. They are
        found in the control group and are killed here.
        """
        if os.getpid() != self._owner:
            self.forget()
            return 0
        # Whoever stopped it must not keep it from its last duty.
        self._process.send_signal(signal.SIGCONT)
        with contextlib.suppress(OSError):  # It may have gone already, or read nothing for long.
            self._socket.send(b'{"do": "leave"}\n', socket.MSG_DONTWAIT)
        with contextlib.suppress(OSError):
            # Unlike close, this is felt even if a forked child holds a copy.
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        try:
            self._process.wait(_CLOSE_LIMIT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self.group is None:
            return 0
        killed = self.group.kill()
        self.group.remove()
        return killed

    def forget(self) -> None:
        """Close a forked child's copies; the warden belongs to the parent alone."""
        self._socket.close()
        self._process.returncode = 0
        if self.group is not None:
            self.group.forget()

    def _enter_group(self) -> ControlGroup | None:
        """Put the warden, which has no child yet, into a control group of its own."""
        self._places = places = probe()
        group = ControlGroup.make(places.tree) if places is not None else None
        if group is not None and not group.enter(self.pid):
            group.remove()
            return None
        return group

    def _send(self, request: dict[str, object], descriptors: Sequence[int] = ()) -> None:
        data = json.dumps(request).encode() + b"\n"
        try:
            if descriptors:
                sent = socket.send_fds(self._socket, [data], list(descriptors))
                data = data[sent:]
            self._socket.sendall(data)
        except ConnectionError as error:
            raise WardenLostError from error


def _own_environment() -> dict[str, str]:
    """Return what the warden itself needs: no secret, and the mark of a supervisor around us."""
    names = (MARK, "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
    return {name: os.environ[name] for name in names if name in os.environ}


def _exact(text: str) -> str:
    """Return text whose characters are the bytes that the operating system is to get."""
    return os.fsencode(text).decode("latin-1")


def _event(fields: dict[str, object]) -> Event:
    match fields:
        case {"event": "failed", "step": str(step), "errno": int(code), "text": str(text)}:
            return Failed(step, code, text)
        case {"event": "parting"}:
            return Parting()
        case {
            "event": "exited",
            "status": int(status),
            "asked": bool(asked),
            "limited": bool(limited),
            "at": float(at),
        }:
            return Exited(status, asked, limited, at)
        case {
            "event": "done",
            "survivors": int(survivors),
            "detached": int(detached),
            "limit": None | str() as limit,
            "stuck": list(stuck),
        }:
            return Done(survivors, detached, Limit(limit) if limit else None, tuple(stuck))
    raise WardenLostError
