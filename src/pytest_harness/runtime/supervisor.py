"""The one place through which processes are run."""

from __future__ import annotations

import os
import threading
import uuid
import weakref
from typing import TYPE_CHECKING

from pytest_harness.errors import SupervisorError
from pytest_harness.runtime.job import Job
from pytest_harness.runtime.process import ProcessResult, Runner, without_process
from pytest_harness.runtime.sweep import sweep
from pytest_harness.runtime.warden_link import MARK, WardenLink, WardenLostError
from pytest_harness.vocabulary import Ended

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from pytest_harness.redaction import Vault
    from pytest_harness.runtime.process import LineSeen, ProcessSpec


class Supervisor(Runner):
    """Runs processes, one at a time, and leaves nothing of them alive.

    It keeps one small process of its own, the warden, started with the first run. That adopts
    whatever a run leaves behind and kills everything if this process dies. Where the system grants
    a control group, it holds the warden and all that it starts, so that everything is found even
    if somebody kills the warden. PID namespaces are left to the sandbox. Threads may share a
    supervisor: they take turns. Use it as a context manager, or call `close`.

    With a ``vault``, its secrets are replaced in all that is kept of a stream, in memory and in
    files, and in every line that is handed on.
    """

    def __init__(self, vault: Vault | None = None) -> None:
        self._vault = vault
        around = os.environ.get(MARK)
        own = uuid.uuid4().hex
        self.mark = f"{around}.{own}" if around else own
        """Value of ``PYTEST_HARNESS_MARK`` in the environment of every process that is run."""
        self._reset()
        _supervisors.add(self)

    def _reset(self) -> None:
        self._lock = threading.RLock()
        self._wake_lock = threading.RLock()
        self._link: WardenLink | None = None
        self._job: Job | None = None
        self._halted = False
        self._closed = False
        self._wake, self._waker = os.pipe()
        self._finalizer = weakref.finalize(self, _close_pipe, self._wake, self._waker)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def warden_pid(self) -> int | None:
        """Process id of the warden; ``None`` before the first run."""
        return self._link.pid if self._link is not None else None

    def run(self, spec: ProcessSpec, on_line: LineSeen | None = None) -> ProcessResult:
        """Run ``spec`` to its end and end all that it left; see `Runner.run`.

        Lines reach ``on_line`` without their newline; one longer than 8 MiB loses its end. What
        ``on_line`` or the conversation raises ends the process and comes out of here. A
        ``KeyboardInterrupt`` ends it within ``spec.grace``, a second one at once.
        """
        with self._lock:
            if self._job is not None:
                msg = "A supervisor runs one process at a time; use another one inside on_line."
                raise SupervisorError(msg)
            if self._closed:
                msg = "This supervisor was closed; make a new one."
                raise SupervisorError(msg)
            if self._halted:
                return without_process(Ended.INTERRUPT)
            try:
                return self._run(spec, on_line)
            finally:
                self._job = None

    def halt(self) -> None:
        """End the running process, and let every later run return `Ended.INTERRUPT` at once.

        For the end of a session; may be called from any thread and from a signal handler.
        """
        self._halted = True
        with self._wake_lock:
            if not self._closed:
                os.write(self._waker, b"!")

    def sweep(self) -> int:
        """Kill whatever is left of earlier runs; return how many processes that were.

        After it returns, nothing is alive that was started here and either lies in this
        supervisor's control group, where the system grants one, or carries its mark in an
        environment that this user may read. 0 proves that nothing had escaped, with one
        exception: a process that cleared its environment and left the group, or lived where there
        is none, while the warden was killed. Waits for a running process; takes a few milliseconds.
        Raises `SupervisorError` inside ``on_line``, where the run would kill itself.
        """
        with self._lock:
            if self._job is not None:
                msg = "A sweep inside on_line would kill the running process; sweep after the run."
                raise SupervisorError(msg)
            return sweep(self.mark, self._link.escaped if self._link is not None else None)

    def close(self) -> None:
        """End everything, the supervisor's own process included; waits for a running process."""
        with self._lock:
            with self._wake_lock:
                self._closed = True
                self._finalizer()
            self._drop()

    def _run(self, spec: ProcessSpec, on_line: LineSeen | None) -> ProcessResult:
        link = self._connect()
        job = self._job = Job(
            spec,
            {**spec.env, MARK: self.mark},
            link,
            halted=lambda: self._halted,
            wake=self._wake,
            on_line=on_line,
            vault=self._vault,
        )
        with job:
            try:
                return job.run()
            except WardenLostError as error:
                killed = self._drop() + sweep(self.mark)
                msg = (
                    f"The process that supervises {spec.argv[0]} was ended from outside or does "
                    f"not answer, and {killed} processes were killed; run it again, with fewer "
                    "workers if memory is short."
                )
                raise SupervisorError(msg) from error
            finally:
                # Nothing lives on, whatever went wrong: a warden without an owner kills all.
                if not job.over:
                    self._drop()

    def _connect(self) -> WardenLink:
        if self._link is None:
            self._link = WardenLink()
            self._link_finalizer = weakref.finalize(self, self._link.close)
        return self._link

    def _drop(self) -> int:
        """End the warden; return how many processes outlived it and were killed."""
        if self._link is None:
            return 0
        self._link = None
        return self._link_finalizer() or 0

    def _forget(self) -> None:
        """Start afresh in a forked child: the warden and its job belong to the parent."""
        if self._link is not None:
            self._link_finalizer.detach()
            self._link.forget()
        if self._job is not None:
            self._job.release()
        self._finalizer()
        closed = self._closed
        self._reset()
        if closed:
            self.close()


def _close_pipe(reading: int, writing: int) -> None:
    os.close(reading)
    os.close(writing)


_supervisors: weakref.WeakSet[Supervisor] = weakref.WeakSet()


def _forget_in_child() -> None:
    for supervisor in list(_supervisors):
        supervisor._forget()


os.register_at_fork(after_in_child=_forget_in_child)
