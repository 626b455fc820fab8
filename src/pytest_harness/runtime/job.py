"""One process from its start to the end of everything that it started."""

from __future__ import annotations

import os
import selectors
import time
from typing import TYPE_CHECKING

from pytest_harness.errors import SupervisorError
from pytest_harness.runtime.capture import Capture, LineSplitter
from pytest_harness.runtime.feeding import Feeding
from pytest_harness.runtime.hidden_capture import HiddenCapture
from pytest_harness.runtime.large_files import has_full_file
from pytest_harness.runtime.pipes import CHUNK, make_pipe
from pytest_harness.runtime.process import ProcessResult
from pytest_harness.runtime.start_failure import reason
from pytest_harness.runtime.verdict import judge
from pytest_harness.runtime.warden_link import Done, Exited, Failed, Parting, WardenLostError
from pytest_harness.vocabulary import Ended

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from pytest_harness.redaction import Vault
    from pytest_harness.runtime.cgroups.limits import KernelLimits
    from pytest_harness.runtime.process import LineSeen, ProcessSpec
    from pytest_harness.runtime.warden_link import Event, WardenLink

LOOK = 3600.0
"""Longest wait in seconds; poll() cannot wait for much longer than that."""

PATIENCE = 20.0
"""Seconds beyond the grace after which a warden that does not finish a job is given up."""


class Job:
    """A process that is being run; use it as a context manager and call `run` once.

    ``halted`` says whether the session is ending; ``wake`` is a descriptor that becomes readable
    when its answer may have changed.
    """

    def __init__(
        self,
        spec: ProcessSpec,
        env: Mapping[str, str],
        link: WardenLink,
        *,
        halted: Callable[[], bool],
        wake: int,
        on_line: LineSeen | None,
        vault: Vault | None = None,
    ) -> None:
        self._spec = spec
        self._env = env
        self._link = link
        self._halted = halted
        self._wake = wake
        self._on_line = on_line
        self._vault = vault
        self._open: set[int] = set()
        self._captures: list[Capture] = []
        self._streams: dict[int, Callable[[bytes], None]] = {}
        self._selector = selectors.PollSelector()
        self._lines = LineSplitter()
        self._feeding = Feeding(spec, self._selector)
        self._begun = 0.0
        self._spoke = 0.0
        self._give_up: float | None = None
        self._asked: Ended | None = None
        self._failed: Failed | None = None
        self._exited: Exited | None = None
        self._gone_at = 0.0
        self._done: Done | None = None
        self._begun_at = 0.0
        self._kernel: KernelLimits | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for capture in self._captures:
            capture.finish()
        if self._kernel is not None:
            self._kernel.remove()
        self.release()

    @property
    def over(self) -> bool:
        """Whether nothing of the job is alive."""
        return self._done is not None or self._failed is not None

    def release(self) -> None:
        """Close every descriptor that this job holds."""
        self._feeding.close()
        self._selector.close()
        for descriptor in list(self._open):
            self._close(descriptor)
        for capture in self._captures:
            capture.close()
        if self._kernel is not None:
            self._kernel.forget()

    def run(self) -> ProcessResult:
        """Run the process to its end and end what it left.

        Raises `WardenLostError`, `SupervisorError`, `KeyboardInterrupt` once all has ended, and
        whatever the callback for lines and the conversation raise.
        """
        self._start()
        try:
            self._watch()
        except KeyboardInterrupt:
            if not self.over:
                self._ask(Ended.INTERRUPT)
                self._watch()
            self._finish()
            raise
        return self._finish()

    def _start(self) -> None:
        spec = self._spec
        for path in (spec.stdout, spec.stderr):
            self._captures.append(self._capture(spec.keep, path))
        stdout, stderr = self._captures
        self._feeding.begin()
        try:
            in_reading = self._feeding.open()
            self._open.add(in_reading)
            out_reading, out_writing = self._pipe()
            err_reading, err_writing = self._pipe()
        except OSError as error:
            msg = (
                f"No pipes can be made for {spec.argv[0]}: {error.strerror}; raise the limit on "
                "open files."
            )
            raise SupervisorError(msg) from error
        for descriptor in (out_reading, err_reading):
            os.set_blocking(descriptor, False)
            self._selector.register(descriptor, selectors.EVENT_READ)
        unheard = self._on_line is None and spec.conversation is None
        self._streams[out_reading] = stdout.feed if unheard else self._lines_too
        self._streams[err_reading] = stderr.feed
        self._selector.register(self._link, selectors.EVENT_READ)
        self._selector.register(self._wake, selectors.EVENT_READ)
        theirs = (in_reading, out_writing, err_writing)
        self._kernel = self._link.limit(spec.limits)
        join = self._kernel.entrances() if self._kernel is not None else []
        self._begun = self._spoke = time.monotonic()
        self._begun_at = time.time()
        try:
            self._link.start(spec, self._env, theirs, join)
        except UnicodeEncodeError as error:
            self._failed = Failed("program", 0, f"{error.object[:40]!r} cannot be encoded")
        for descriptor in theirs:
            self._close(descriptor)
        self._feeding.send()

    def _capture(self, keep: int, path: Path | None) -> Capture:
        if self._vault is None:
            return Capture(keep, path)
        return HiddenCapture(keep, path, self._vault)

    def _pipe(self) -> tuple[int, int]:
        ends = make_pipe()
        self._open.update(ends)
        return ends

    def _close(self, descriptor: int) -> None:
        self._open.discard(descriptor)
        os.close(descriptor)

    def _watch(self) -> None:
        """Handle what happens until nothing is alive and everything printed was read."""
        while not self.over:
            for key, _ in self._selector.select(self._limits()):
                if key.fileobj is self._link:
                    for event in self._link.events():
                        self._take(event)
                elif key.fd in self._streams:
                    self._read(key.fd)
                elif key.fd == self._feeding.descriptor:
                    self._feeding.send()
                elif key.fd == self._wake:
                    # It stays readable for the jobs to come; `_limits` sees what it means.
                    self._selector.unregister(self._wake)
        # Whoever still holds a pipe now was never ours: what is in it counts, its end does not.
        for descriptor in list(self._streams):
            while descriptor in self._streams and self._read(descriptor):
                continue
        self._see(self._lines.finish())

    def _limits(self) -> float | None:
        """Ask for the end if a limit was reached; return the seconds until the next one."""
        now = time.monotonic()
        if self._give_up is not None:
            if now >= self._give_up:
                raise WardenLostError
            return self._give_up - now
        if self._halted():
            self._ask(Ended.INTERRUPT)
            return 0.0
        left = self._begun + self._spec.timeout - now
        if left <= 0:
            self._ask(Ended.TIMEOUT)
            return 0.0
        if self._spec.silence is not None:
            quiet = self._spoke + self._spec.silence - now
            if quiet <= 0:
                self._ask(Ended.SILENCE)
                return 0.0
            left = min(left, quiet)
        return min(left, LOOK)

    def _ask(self, why: Ended) -> None:
        self._asked = self._asked or why
        grace = self._spec.grace
        self._give_up = time.monotonic() + grace + PATIENCE
        self._link.end(grace, parting=grace / 2 if self._feeding.parts() else 0.0)

    def _take(self, event: Event) -> None:
        match event:
            case Parting():
                self._feeding.part()
            case Failed():
                self._failed = event
                self._gone_at = time.monotonic()
            case Exited():
                self._exited = event
                self._gone_at = time.monotonic()
                self._give_up = self._gone_at + self._spec.grace + PATIENCE
            case Done():
                self._done = event

    def _read(self, descriptor: int) -> bool:
        """Read once from a stream; return whether there may be more."""
        try:
            chunk = os.read(descriptor, CHUNK)
        except BlockingIOError:
            return False
        if not chunk:
            self._selector.unregister(descriptor)
            del self._streams[descriptor]
            self._close(descriptor)
            return False
        self._spoke = time.monotonic()
        self._streams[descriptor](chunk)
        return True

    def _lines_too(self, chunk: bytes) -> None:
        self._captures[0].feed(chunk)
        self._see(self._lines.feed(chunk))

    def _see(self, lines: list[bytes]) -> None:
        shown = lines
        if self._on_line is not None and self._vault is not None:
            shown = self._vault.hide_lines(lines)
        at = self._spoke - self._begun
        for line, without_secrets in zip(lines, shown, strict=True):
            self._feeding.answer(line)
            enough = self._on_line is not None and self._on_line(without_secrets, at)
            if enough and self._give_up is None and not self.over:
                self._ask(Ended.STOPPED)

    def _finish(self) -> ProcessResult:
        stdout, stderr = (capture.finish() for capture in self._captures)
        duration = self._gone_at - self._begun
        if self._failed is not None:
            if self._failed.step in ("fork", "session"):
                msg = (
                    f"No process can be started for {self._spec.argv[0]}: {self._failed.text}; "
                    "end some processes and run again."
                )
                raise SupervisorError(msg)
            return ProcessResult(
                ended=Ended.NOT_STARTED,
                exit=None,
                signal=None,
                duration=duration,
                stdout=stdout,
                stderr=stderr,
                survivors=0,
                reason=reason(self._spec, self._failed),
            )
        if self._done is None or self._done.stuck or self._exited is None:
            pids = ", ".join(map(str, self._done.stuck if self._done else ()))
            msg = (
                f"Processes that {self._spec.argv[0]} started cannot be killed (process ids "
                f"{pids}); end them as their owner before you go on."
            )
            raise SupervisorError(msg)
        ended, limit = judge(
            self._asked,
            self._exited,
            self._done,
            self._kernel.met() if self._kernel is not None else None,
            full_file=self._left_full_file(),
        )
        code = os.waitstatus_to_exitcode(self._exited.status)
        return ProcessResult(
            ended=ended,
            exit=code if code >= 0 else None,
            signal=-code if code < 0 else None,
            duration=duration,
            stdout=stdout,
            stderr=stderr,
            survivors=self._done.survivors,
            detached=self._done.detached,
            left_at=self._exited.at,
            limit=limit,
        )

    def _left_full_file(self) -> bool:
        size = self._spec.limits.file_size
        return size is not None and has_full_file(self._spec.cwd, size, self._begun_at)
