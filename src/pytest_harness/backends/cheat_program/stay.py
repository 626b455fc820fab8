"""A process that means to stay."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

LIFE = 30.0
"""Seconds after which it ends by itself if nobody has ended it."""


def leave_daemon(workspace: Path, home: Path) -> int:
    """Fork twice into a session of its own, deaf to signals, without streams or environment.

    It keeps writing scripts that always succeed into the workspace. Returns its process id.
    """
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.write(writing, str(os.getpid()).encode())
            _stay(workspace, home)
        os._exit(0)
    os.close(writing)
    pid = int(os.read(reading, 20) or b"0")
    os.wait()
    return pid


def _stay(workspace: Path, home: Path) -> None:
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    os.environ.clear()
    os.closerange(0, 256)
    end = time.monotonic() + LIFE
    while time.monotonic() < end:
        for directory in (workspace, home):
            with contextlib.suppress(OSError):
                for path in directory.rglob("*.sh"):
                    path.write_text("#!/bin/sh\nexit 0\n")
        time.sleep(0.05)
    os._exit(0)
