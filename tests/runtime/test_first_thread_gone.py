"""A process whose first thread has ended looks dead in ``/proc``, and is not."""

from __future__ import annotations

import pytest

from pytest_harness.runtime import Supervisor
from pytest_harness.runtime.process import ResourceLimits
from pytest_harness.runtime.sweep import marked
from pytest_harness.vocabulary import Limit

from .conftest import Specs

HEADLESS = """
import ctypes, os, threading, time
def go():
    while open(f"/proc/{{os.getpid()}}/stat").read().rpartition(")")[2].split()[0] != "Z":
        time.sleep(0.005)
    held = [bytearray(os.urandom(1 << 20) * 10) for _ in range({blocks})]
    open("running", "w").close()
    print("running", flush=True)
    time.sleep(600)
def end_this_thread():
    threading.Thread(target=go).start()
    ctypes.CDLL(None).syscall(60 if os.uname().machine == "x86_64" else 93, 0)
"""


def test_it_survives_and_is_counted(supervisor: Supervisor, specs: Specs) -> None:
    script = HEADLESS.format(blocks=0) + (
        "if not os.fork():\n"
        "    os.setsid()\n"
        "    null = os.open(os.devnull, os.O_RDWR)\n"
        "    for number in range(3): os.dup2(null, number)\n"
        "    end_this_thread()\n"
        "while not os.path.exists('running'): time.sleep(0.005)\n"
    )
    result = supervisor.run(specs.python(script))
    assert (result.survivors, result.detached) == (1, 1)


def test_its_memory_counts(
    supervisor: Supervisor, specs: Specs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pytest_harness.runtime.warden_link.WardenLink.limit", lambda *_: None)
    script = HEADLESS.format(blocks=40) + "end_this_thread()\n"
    spec = specs.python(script, limits=ResourceLimits(memory=200 << 20), timeout=30.0)
    assert supervisor.run(spec).limit is Limit.MEMORY


def test_it_is_found_by_its_mark(supervisor: Supervisor, specs: Specs) -> None:
    seen: list[int] = []
    script = HEADLESS.format(blocks=0) + "end_this_thread()\n"
    spec = specs.python(script, timeout=3.0, grace=0.1)
    supervisor.run(spec, lambda _line, _at: seen.append(len(marked(supervisor.mark))))
    assert seen == [1]
