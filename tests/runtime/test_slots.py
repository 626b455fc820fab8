"""No more than the agreed number run at once, whoever asks."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pytest_harness.errors import ConfigurationError
from pytest_harness.runtime import slot

HOLDER = """
import sys
from pathlib import Path
from pytest_harness.runtime import slot
with slot("codex", 1, Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_the_limit_holds_between_threads(tmp_path: Path) -> None:
    lock = threading.Lock()
    inside: list[int] = []
    most = 0

    def work() -> None:
        nonlocal most
        with slot("codex", 2, tmp_path) as number:
            with lock:
                inside.append(number)
                most = max(most, len(inside))
                assert len(set(inside)) == len(inside)
            threading.Event().wait(0.02)
            with lock:
                inside.remove(number)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 2


def test_the_slot_of_a_killed_process_is_free(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    taken = threading.Event()

    def wait() -> None:
        with slot("codex", 1, tmp_path):
            taken.set()

    thread = threading.Thread(target=wait)
    thread.start()
    assert not taken.wait(0.2)
    holder.kill()
    holder.communicate()
    thread.join(20)
    assert taken.is_set()


def test_names_do_not_share_slots_or_leave_the_directory(tmp_path: Path) -> None:
    with slot("../a", 1, tmp_path / "slots"), slot("../b", 1, tmp_path / "slots"):
        assert [path.name for path in tmp_path.iterdir()] == ["slots"]


def test_a_limit_below_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="max_concurrency of 'codex' is 0; give 1"):
        slot("codex", 0, tmp_path).__enter__()


def test_a_directory_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match=r"file/slots: .*; make it writable"):
        slot("codex", 1, tmp_path / "file" / "slots").__enter__()


def test_an_error_inside_is_not_taken_for_ours(tmp_path: Path) -> None:
    with pytest.raises(PermissionError), slot("codex", 1, tmp_path):
        raise PermissionError
    with slot("codex", 1, tmp_path) as number:
        assert number == 0
