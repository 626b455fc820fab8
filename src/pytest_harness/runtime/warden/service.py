"""Serving one owner: its requests, the news for it, and the end of whatever it started."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import sys
import time

from .kernel import LINUX, PR_SET_CHILD_SUBREAPER, prctl
from .launch import launch
from .removal import remove
from .request import Start
from .tracked import SPIN, Job, Phase
from .tree import descendants, holds, identity, is_alive, send_signal

SETTLE = 0.5
"""Seconds in which children of a process that exited may end by themselves."""
LEFTOVER_GRACE = 0.5
"""Longest polite wait, in seconds, for processes whose main process has gone."""
KILL_LIMIT = 10.0
"""Seconds after which a process that SIGKILL does not end is given up."""
OWNER_POLL = 0.25
"""Seconds between looks at the owner where the kernel cannot tell that it died."""


class Warden:
    """Serves one owner until that has gone."""

    def __init__(self, channel: socket.socket, owner: int) -> None:
        self.channel = channel
        self.owner = owner
        self.job: Job | None = None
        self.stopping = False
        self.dismissed = False
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
        """Do what the owner asks until it has gone, then end and remove what is left."""
        try:
            while not self.stopping and os.getppid() == self.owner:
                now = time.monotonic()
                pause = self.job.pause(now) if self.job else None
                if self.owner_descriptor < 0:
                    pause = OWNER_POLL if pause is None else min(pause, OWNER_POLL)
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
            self.leave()

    def leave(self) -> None:
        """Kill everything, and remove what an owner that died cannot remove."""
        job = self.job
        self.kill_everything()
        owner_lives = self.dismissed or (self.stopping and os.getppid() == self.owner)
        if job is not None and not owner_lives:
            for path in job.private:
                remove(path)

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
            self.obey(json.loads(line))
        return True

    def obey(self, fields: dict[str, object]) -> None:
        """Do one thing that the owner asked for."""
        if fields["do"] == "start":
            self.start(Start(fields))
        elif fields["do"] == "leave":
            self.dismissed = True
        elif self.job is not None:
            self.end(self.job, float(str(fields["grace"])), float(str(fields["parting"])))

    def say(self, **event: object) -> None:
        """Note something for the owner, who is told once per turn: waking it costs more."""
        self.news += json.dumps(event).encode() + b"\n"

    def tell(self) -> None:
        """Send the owner what was noted."""
        if self.news:
            self.channel.sendall(self.news)
            self.news = b""

    def start(self, request: Start) -> None:
        """Start a job, or say why it cannot be started."""
        descriptors, self.descriptors = self.descriptors, []
        pipes = {identity(descriptor) for descriptor in descriptors[1:]}
        pid, problem = launch(request, descriptors, self.changed)
        if problem is None:
            self.job = Job(pid, request, pipes, time.monotonic())
        else:
            self.say(event="failed", **problem)

    def end(self, job: Job, grace: float, parting: float) -> None:
        """Ask everything to end, and give it ``grace`` seconds to do so.

        A main process that is there has the first ``parting`` of them to end before it is asked.
        """
        self.reap()  # What ended before it was asked to ended by itself.
        job.asked = job.asked or not job.exited
        now = time.monotonic()
        deadline = now + (min(grace, LEFTOVER_GRACE) if job.exited else grace)
        if job.phase in (Phase.PARTING, Phase.ENDING, Phase.KILLING):
            job.deadline = min(job.deadline, deadline)
        else:
            job.phase = Phase.ENDING
            job.deadline = deadline
            if parting and not job.exited:
                job.phase = Phase.PARTING
                job.parted = now + parting
                self.say(event="parting")

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
        if job.phase is not Phase.KILLING and job.meter.on and not job.meter.wait(now):
            limit = job.meter.exceeded(descendants(job.main), now)
            if limit is not None:
                job.exceed(limit, now)
        if job.phase is Phase.SETTLING and now >= job.deadline:
            job.phase = Phase.ENDING
            job.deadline = now + min(job.grace, LEFTOVER_GRACE)
            self.note_detached(job)
        if job.phase is Phase.PARTING and now >= job.parted:
            job.phase = Phase.ENDING
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
            if self.job is None:
                continue
            if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXFSZ:
                self.job.too_large = True
            if pid == self.job.main:
                self.note_exit(self.job, status)

    def note_exit(self, job: Job, status: int) -> None:
        """Note that the main process of a job ended."""
        job.exited = True
        self.say(
            event="exited", status=status, asked=job.asked, limited=job.limited, at=time.time()
        )
        now = time.monotonic()
        if job.phase is Phase.RUNNING:
            job.phase = Phase.SETTLING
            job.deadline = now + SETTLE
        elif job.phase is Phase.PARTING:
            job.parted = min(job.parted, now + SETTLE)
            job.deadline = min(job.deadline, job.parted + LEFTOVER_GRACE)
        else:
            job.deadline = min(job.deadline, now + LEFTOVER_GRACE)

    def note_detached(self, job: Job) -> None:
        """Count what the main process left alive, and what of that let go of the output.

        A process that may not be looked at has hidden itself, and counts as one that let go.
        """
        left = [pid for pid in descendants(job.main) if is_alive(pid)]
        job.survivors.update(left)
        job.detached = sum(not holds(pid, job.pipes) and is_alive(pid) for pid in left)

    def press(self, job: Job, now: float) -> None:
        """Ask, and later force, whatever is left of a job to end."""
        left = descendants(job.main)
        if job.phase is Phase.ENDING and now >= job.deadline:
            job.kill(now)
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
        self.say(
            event="done",
            survivors=len(job.survivors),
            detached=job.detached,
            limit=job.limit or ("file-size" if job.too_large else None),
            stuck=stuck or [],
        )

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
