"""Starting the program of a job."""

from __future__ import annotations

import json
import os
import signal

from .kernel import LINUX, PR_SET_PDEATHSIG, prctl

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from .request import Start


def launch(
    request: Start, descriptors: list[int], changed: list[int]
) -> tuple[int, dict[str, object] | None]:
    """Start a program; return its process id, or why there is none as the second value.

    ``descriptors`` become its standard input, output and error, and are closed here. ``changed``
    are the signals that do not have their usual meaning in this process.
    """
    reading, writing = os.pipe()
    warden = os.getpid()
    problem = b""
    try:
        pid = os.fork()
    except OSError as error:
        pid = -1
        problem = _report("fork", error.errno or 0, str(error))
    if pid == 0:
        _become(request, descriptors, writing, warden, changed)
    for descriptor in (*descriptors, writing):
        os.close(descriptor)
    if pid > 0:
        # The end of this pipe is closed by a successful exec.
        while part := os.read(reading, 4096):
            problem += part
    os.close(reading)
    if problem and pid > 0:
        os.waitpid(pid, 0)
    return pid, json.loads(problem) if problem else None


def _become(
    request: Start, descriptors: list[int], report: int, warden: int, changed: list[int]
) -> NoReturn:
    """Turn this fresh child into the program of a job, or report why that failed and exit."""
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
        step = "limits"
        for path in request.join:
            with open(path, "wb", buffering=0) as group:  # noqa: PTH123  (pathlib starts slowly)
                group.write(b"0")
        if request.file_size is not None:
            _limit_files(request.file_size)
        step = "directory"
        os.chdir(request.cwd)
        step = "program"
        os.execvpe(request.argv[0], request.argv, request.env)  # noqa: S606  (no shell on purpose)
    except OSError as error:
        code = error.errno or 0
        text = error.strerror or str(error)
    except ValueError as error:
        text = str(error)
    finally:
        # Whatever happened, this must not go on as a second warden.
        os.write(report, _report(step, code, text))
        os._exit(127)


def _limit_files(size: int) -> None:
    """Let no file of this process grow beyond ``size`` bytes, nor its end leave a core file."""
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    if most != resource.RLIM_INFINITY:
        size = min(size, most)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, most))


def _report(step: str, code: int, text: str) -> bytes:
    return json.dumps({"step": step, "errno": code, "text": text}).encode()
