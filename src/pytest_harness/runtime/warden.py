"""Run one process tree at a time for an owner, and leave nothing of it alive.

This file is run as a program of its own (``python -I -S warden.py FD OWNER``), never imported by
the package: it needs the standard library alone, so that it starts fast and nothing that a user
installs can change it. It is a child subreaper: whatever a job starts, in sessions of its own or by
forking twice, becomes a child of the warden once its parent is gone. A job has therefore ended when
the warden has no child left.

Both directions speak lines of JSON. The owner says ``start``, with three descriptors beside it,
and ``end``. The warden says ``failed``, or ``exited`` as soon as the main process has gone and
``done`` when everything else has gone too. When its owner dies, the warden kills all
that is left and exits.
"""

from __future__ import annotations

import ctypes
import enum
import json
import os
import select
import signal
import socket
import sys
import time
from typing import NoReturn

SETTLE = 0.1
"""Seconds in which children of a process that exited may end by themselves."""
LEFTOVER_GRACE = 0.5
"""Longest polite wait, in seconds, for processes whose main process has gone."""
KILL_LIMIT = 10.0
"""Seconds after which a process that SIGKILL does not end is given up."""
SPIN = 0.1
"""Seconds for which killing does not pause, so that no chain of forks can run ahead of it."""
OWNER_POLL = 0.25
"""Seconds between looks at the owner where the kernel cannot tell that it died."""

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
LINUX = sys.platform == "linux" and os.access("/proc/self/stat", os.R_OK)
"""Whether descendants can be adopted and found; without it a job is its process group."""


class Phase(enum.Enum):
    """How far a job has come."""

    RUNNING = enum.auto()
    SETTLING = enum.auto()
    """The main process has gone; the rest may follow by itself."""
    ENDING = enum.auto()
    """Everything was asked to end."""
    KILLING = enum.auto()


class Job:
    """The process tree that is running."""

    def __init__(self, main: int, grace: float) -> None:
        self.main = main
        self.grace = grace
        self.phase = Phase.RUNNING
        self.deadline = 0.0
        self.killing_since = 0.0
        self.exited = False
        self.asked = False
        self.survivors: set[int] = set()
        self.told: set[int] = set()

    def pause(self, now: float) -> float | None:
        """Return how long to wait for news, in seconds."""
        if self.phase is Phase.RUNNING:
            return None
        if self.phase is Phase.KILLING:
            return 0.0 if now - self.killing_since < SPIN else 0.002
        return 0.005


LIBC = ctypes.CDLL(None, use_errno=True)


def prctl(option: int, value: int) -> None:
    """Set an attribute of this process; raises OSError if the kernel refuses."""
    if LIBC.prctl(option, value, 0, 0, 0):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def read_file(path: str) -> bytes:
    """Return a file of ``/proc``, or nothing if its process has gone."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return b""
    try:
        parts = []
        while part := os.read(descriptor, 1 << 16):
            parts.append(part)
        return b"".join(parts)
    except ProcessLookupError:
        return b""
    finally:
        os.close(descriptor)


def entries(path: str) -> list[str]:
    """Return the names in a directory of ``/proc``, or nothing if its process has gone."""
    try:
        with os.scandir(path) as found:
            return [entry.name for entry in found]
    except OSError:
        return []


def children(pid: int) -> list[int]:
    """Return the children of a process, as its threads list them."""
    return [
        int(child)
        for task in entries(f"/proc/{pid}/task")
        for child in read_file(f"/proc/{pid}/task/{task}/children").split()
    ]


def children_by_parent() -> dict[int, list[int]]:
    """Return all children of all processes; for kernels whose threads do not list theirs."""
    found: dict[int, list[int]] = {}
    for name in entries("/proc"):
        if name.isdigit():
            fields = read_file(f"/proc/{name}/stat").rpartition(b")")[2].split()
            if len(fields) > 1:
                found.setdefault(int(fields[1]), []).append(int(name))
    return found


def descendants(main: int) -> list[int]:
    """Return every process below this one; elsewhere than on Linux, only the job's leader."""
    if not LINUX:
        return [main]
    me = os.getpid()
    listed = os.access(f"/proc/{me}/task/{me}/children", os.R_OK)
    table = {} if listed else children_by_parent()
    found: list[int] = []
    waiting = [me]
    while waiting:
        pid = waiting.pop()
        below = children(pid) if listed else table.get(pid, [])
        found += below
        waiting += below
    return found


def is_alive(pid: int) -> bool:
    """Say whether a process runs, rather than waits for its parent to notice that it ended."""
    state = read_file(f"/proc/{pid}/stat").rpartition(b")")[2][1:2]
    return state not in (b"", b"Z", b"X")


def send_signal(pid: int, number: int) -> None:
    """Signal a process; elsewhere than on Linux, its whole process group."""
    try:
        if LINUX:
            os.kill(pid, number)
        else:
            os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        # Gone already, or another user's (then `KILL_LIMIT` reports it).
        return


def become(
    request: dict[str, object],
    descriptors: list[int],
    report: int,
    warden: int,
    changed: list[int],
) -> NoReturn:
    """Turn this fresh child into the program of a job, or report why that failed and exit.

    ``changed`` are the signals that do not have their usual meaning here.
    """
    step = "session"
    code = 0
    text = "the request cannot be read"
    try:
        os.setsid()
        for target, descriptor in enumerate(descriptors):
            os.dup2(descriptor, target)
        signal.set_wakeup_fd(-1)
        for number in changed:
            signal.signal(number, signal.SIG_DFL)
        if LINUX:
            prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != warden:  # It died before the line above took effect.
                os._exit(127)
        step = "directory"
        os.chdir(str(request["cwd"]).encode("latin-1"))
        step = "program"
        argv = [part.encode("latin-1") for part in request["argv"]]  # type: ignore[attr-defined]
        env = {
            name.encode("latin-1"): value.encode("latin-1")
            for name, value in request["env"].items()  # type: ignore[attr-defined]
        }
        os.execvpe(argv[0], argv, env)  # noqa: S606  (no shell on purpose)
    except OSError as error:
        code = error.errno or 0
        text = error.strerror or str(error)
    except ValueError as error:
        text = str(error)
    finally:
        # Whatever happened, this must not go on as a second warden.
        os.write(report, json.dumps({"step": step, "errno": code, "text": text}).encode())
        os._exit(127)


class Warden:
    """Serves one owner until that has gone."""

    def __init__(self, channel: socket.socket, owner: int) -> None:
        self.channel = channel
        self.owner = owner
        self.job: Job | None = None
        self.stopping = False
        self.received = b""
        self.news = b""
        self.descriptors: list[int] = []
        self.poll = select.poll()
        self.poll.register(channel, select.POLLIN)
        self.wake, waker = os.pipe()
        os.set_blocking(self.wake, False)
        os.set_blocking(waker, False)
        self.poll.register(self.wake, select.POLLIN)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, self.stop)
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
            signal.signal(number, signal.SIG_IGN)
        self.changed: list[int] = [
            number
            for number in signal.valid_signals()
            if signal.getsignal(number) is not signal.SIG_DFL
            and number not in (signal.SIGKILL, signal.SIGSTOP)
        ]
        self.owner_descriptor = -1
        if LINUX:
            prctl(PR_SET_CHILD_SUBREAPER, 1)
            try:
                self.owner_descriptor = os.pidfd_open(owner)
            except OSError:
                # No such call on this kernel, or the owner has gone: the poll below sees it.
                self.owner_descriptor = -1
            else:
                self.poll.register(self.owner_descriptor, select.POLLIN)

    def stop(self, *_: object) -> None:
        """Note that somebody asked this process to end."""
        self.stopping = True

    def serve(self) -> None:
        """Do what the owner asks until it has gone, then kill what is left."""
        try:
            while not self.stopping and os.getppid() == self.owner:
                now = time.monotonic()
                pause = self.job.pause(now) if self.job else None
                if pause is None and self.owner_descriptor < 0:
                    pause = OWNER_POLL
                ready = self.poll.poll(None if pause is None else pause * 1000)
                numbers = {number for number, _ in ready}
                if self.owner_descriptor in numbers:
                    return
                if self.wake in numbers:
                    self.forget_wakes()
                if self.channel.fileno() in numbers and not self.listen():
                    return
                self.advance()
                self.tell()
        except (BrokenPipeError, ConnectionResetError):
            return
        finally:
            self.kill_everything()

    def forget_wakes(self) -> None:
        """Empty the pipe through which signals wake the loop."""
        try:
            while os.read(self.wake, 4096):
                continue
        except BlockingIOError:
            return

    def listen(self) -> bool:
        """Take what the owner sent; return whether the owner is still there."""
        data, descriptors, _, _ = socket.recv_fds(self.channel, 1 << 18, 3)
        for descriptor in descriptors:
            os.set_inheritable(descriptor, False)  # noqa: FBT003  (it takes no keyword)
        self.descriptors += descriptors
        if not data:
            return False
        *lines, self.received = (self.received + data).split(b"\n")
        for line in lines:
            request = json.loads(line)
            if request["do"] == "start":
                self.start(request)
            elif self.job is not None:
                self.end(self.job, float(request["grace"]))
        return True

    def say(self, **event: object) -> None:
        """Note something for the owner, who is told once per turn: waking it costs more."""
        self.news += json.dumps(event).encode() + b"\n"

    def tell(self) -> None:
        """Send the owner what was noted."""
        if self.news:
            self.channel.sendall(self.news)
            self.news = b""

    def start(self, request: dict[str, object]) -> None:
        """Start a job, or say why it cannot be started."""
        descriptors, self.descriptors = self.descriptors, []
        reading, writing = os.pipe()
        warden = os.getpid()
        try:
            pid = os.fork()
        except OSError as error:
            pid = -1
            problem = json.dumps(
                {"step": "fork", "errno": error.errno, "text": str(error)}
            ).encode()
        if pid == 0:
            become(request, descriptors, writing, warden, self.changed)
        for descriptor in (*descriptors, writing):
            os.close(descriptor)
        if pid > 0:
            # The end of this pipe is closed by a successful exec.
            problem = b""
            while part := os.read(reading, 4096):
                problem += part
        os.close(reading)
        if not problem:
            self.job = Job(pid, float(str(request["grace"])))
            return
        if pid > 0:
            os.waitpid(pid, 0)
        self.say(event="failed", **json.loads(problem))

    def end(self, job: Job, grace: float) -> None:
        """Ask everything to end, and give it ``grace`` seconds to do so."""
        self.reap()  # What ended before it was asked to ended by itself.
        job.asked = job.asked or not job.exited
        deadline = time.monotonic() + (min(grace, LEFTOVER_GRACE) if job.exited else grace)
        if job.phase in (Phase.ENDING, Phase.KILLING):
            job.deadline = min(job.deadline, deadline)
        else:
            job.phase = Phase.ENDING
            job.deadline = deadline

    def advance(self) -> None:
        """Take note of what ended, and do the next step of ending the rest."""
        some_left = self.reap()
        job = self.job
        if job is None:
            return
        now = time.monotonic()
        if not some_left:
            self.finish(job)
            return
        if job.phase is Phase.SETTLING and now >= job.deadline:
            job.phase = Phase.ENDING
            job.deadline = now + min(job.grace, LEFTOVER_GRACE)
        if job.phase in (Phase.ENDING, Phase.KILLING):
            self.press(job, now)

    def reap(self) -> bool:
        """Collect every child that ended; return whether any child is left."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if not pid:
                return True
            if self.job is not None and pid == self.job.main:
                self.leave(self.job, status)

    def leave(self, job: Job, status: int) -> None:
        """Note that the main process of a job ended."""
        job.exited = True
        self.say(event="exited", status=status, asked=job.asked)
        now = time.monotonic()
        if job.phase is Phase.RUNNING:
            job.phase = Phase.SETTLING
            job.deadline = now + SETTLE
        else:
            job.deadline = min(job.deadline, now + LEFTOVER_GRACE)

    def press(self, job: Job, now: float) -> None:
        """Ask, and later force, whatever is left of a job to end."""
        left = descendants(job.main)
        if job.phase is Phase.ENDING and now >= job.deadline:
            job.phase = Phase.KILLING
            job.killing_since = now
        if job.exited or job.phase is Phase.KILLING:
            job.survivors.update(pid for pid in left if pid != job.main and is_alive(pid))
        if job.phase is Phase.KILLING:
            for pid in left:
                send_signal(pid, signal.SIGKILL)
            if now - job.killing_since > KILL_LIMIT:
                self.finish(job, [pid for pid in left if is_alive(pid)])
            return
        for pid in left:
            if pid not in job.told:
                job.told.add(pid)
                send_signal(pid, signal.SIGTERM)
                send_signal(pid, signal.SIGCONT)

    def finish(self, job: Job, stuck: list[int] | None = None) -> None:
        """Report that a job is over."""
        self.job = None
        if not LINUX:
            send_signal(job.main, signal.SIGKILL)
        self.say(event="done", survivors=len(job.survivors), stuck=stuck or [])

    def kill_everything(self) -> None:
        """Kill every descendant and wait until none is left."""
        start = time.monotonic()
        main = self.job.main if self.job else 0
        self.job = None
        while self.reap():
            for pid in descendants(main):
                send_signal(pid, signal.SIGKILL)
            now = time.monotonic()
            if now - start > KILL_LIMIT:
                return
            if now - start > SPIN:
                time.sleep(0.002)


def main() -> None:
    """Serve the owner whose socket and process id are the arguments."""
    descriptor, owner = int(sys.argv[1]), int(sys.argv[2])
    os.set_inheritable(descriptor, False)  # noqa: FBT003  (it takes no keyword)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    with socket.socket(fileno=descriptor) as channel:
        Warden(channel, owner).serve()


if __name__ == "__main__":
    main()
