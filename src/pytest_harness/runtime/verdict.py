"""What ended a process, judged from all that was seen."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

from pytest_harness.vocabulary import Ended, Limit

if TYPE_CHECKING:
    from pytest_harness.runtime.warden_link import Done, Exited

SHELL_SAYS_TOO_LARGE = 128 + signal.SIGXFSZ
"""Exit code of a shell whose last program was ended because a file grew too large."""


def judge(
    asked: Ended | None, exited: Exited, done: Done, kernel: Limit | None, *, full_file: bool
) -> tuple[Ended, Limit | None]:
    """Return what ended the main process, and the limit that it or what it started met.

    ``asked`` is why we wanted its end, ``kernel`` a limit that the kernel reports, and
    ``full_file`` whether a file as large as allowed was found.
    """
    code = os.waitstatus_to_exitcode(exited.status)
    limit = done.limit or kernel
    if limit is None and (full_file or code == SHELL_SAYS_TOO_LARGE):
        limit = Limit.FILE_SIZE
    if exited.limited:
        return Ended.LIMIT, limit
    if exited.asked:
        return asked or Ended.EXIT, limit
    by_kernel = code == -signal.SIGKILL and kernel is Limit.MEMORY
    if by_kernel or code == -signal.SIGXFSZ:
        return Ended.LIMIT, limit
    return Ended.EXIT, limit
