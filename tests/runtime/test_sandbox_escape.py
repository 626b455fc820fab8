"""Ways out of the fence that are known, and closed."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_harness.runtime import Supervisor
from pytest_harness.vocabulary import Fence, Network

from .fenced import Fenced


@pytest.fixture(params=list(Fence))
def fenced(request: pytest.FixtureRequest, tmp_path: Path, supervisor: Supervisor) -> Fenced:
    return Fenced(tmp_path.resolve(), supervisor, request.param)


@pytest.fixture
def spaces(tmp_path: Path, supervisor: Supervisor) -> Fenced:
    """A place with namespaces of its own."""
    return Fenced(tmp_path.resolve(), supervisor)


@pytest.fixture
def outsider() -> Iterator[subprocess.Popen[bytes]]:
    """A process of this user's outside, with something in its environment."""
    running = subprocess.Popen(["sleep", "60"], env={"SECRET": "outside"})
    yield running
    running.kill()
    running.wait()


def test_nobody_is_a_superuser(fenced: Fenced) -> None:
    status = fenced.shell("cat /proc/self/status")
    fields = dict(line.split(":\t") for line in status.splitlines() if ":\t" in line)
    for name in ("CapEff", "CapPrm", "CapBnd", "CapInh", "CapAmb"):
        assert int(fields[name], 16) == 0 or (name == "CapBnd" and os.geteuid() != 0), name
    assert fields["NoNewPrivs"] == "1"


def test_other_processes_cannot_be_looked_into(
    fenced: Fenced, outsider: subprocess.Popen[bytes]
) -> None:
    script = """
    for pid in 1 "$1" "$2"; do
        tr '\\0' '\\n' <"/proc/$pid/environ" 2>/dev/null | grep SECRET=outside
        cat "/proc/$pid/root$3" "/proc/$pid/cwd$3" 2>/dev/null
        ls "/proc/$pid/fd" 2>/dev/null | while read -r fd; do
            cat "/proc/$pid/fd/$fd/$4" 2>/dev/null
        done
    done
    true
    """
    arguments = (outsider.pid, os.getpid(), fenced.secret, fenced.secret.name)
    assert fenced.shell(script, *arguments, timeout=30) == ""


def test_other_processes_cannot_be_ended(fenced: Fenced, outsider: subprocess.Popen[bytes]) -> None:
    assert fenced.run("sh", "-c", f"kill -9 {outsider.pid}").exit != 0
    assert outsider.poll() is None


def test_a_sandbox_has_processes_of_its_own(spaces: Fenced) -> None:
    numbers = spaces.shell("ls /proc | grep '^[0-9]' | wc -l")
    assert int(numbers) < 12


@pytest.mark.parametrize(
    "trick",
    [
        "unshare --user --map-root-user true",
        "unshare --user --map-root-user --mount umount -l /etc",
        "mount -o remount,rw /usr",
        "mount -t proc proc /tmp",
        "umount /tmp",
        "chroot /proc/1/root true",
        "mknod disk b 254 0",
        "hostname other",
        "head -c 1 /dev/tty",
        "head -c 1 /dev/mem",
    ],
)
def test_tricks_fail(spaces: Fenced, trick: str) -> None:
    assert spaces.run("sh", "-c", trick).exit != 0


@pytest.mark.parametrize(
    "setting",
    [
        "/proc/sys/kernel/core_pattern",
        "/proc/sys/kernel/threads-max",
        "/proc/sys/vm/swappiness",
        "/proc/irq/default_smp_affinity",
        "/sys/devices/system/cpu/cpu1/online",
    ],
)
def test_the_kernel_cannot_be_told_anything(fenced: Fenced, setting: str) -> None:
    if not Path(setting).exists():
        pytest.skip("this kernel has no such setting")
    # Should it work after all, the machine stays as it is.
    same = Path(setting).read_text().strip()
    assert fenced.run("sh", "-c", 'echo "$1" > "$2"', "sh", same, setting).exit != 0


def test_no_terminal_can_be_typed_on(spaces: Fenced) -> None:
    assert spaces.shell("ps -o tty= -p $$").strip() == "?"


def test_programs_with_another_owners_rights_get_none(spaces: Fenced) -> None:
    script = 'cp /bin/sleep copy; chmod 4755 copy; ./copy 2 & sleep 0.3; cat "/proc/$!/status"'
    status = spaces.shell(script)
    assert "CapEff:\t0000000000000000" in status
    mounts = spaces.shell("cat /proc/self/mountinfo")
    assert mounts
    assert all("nosuid" in line.split(" - ")[0] for line in mounts.splitlines())


def test_shared_memory_is_its_own(spaces: Fenced) -> None:
    spaces.shell("echo x > /dev/shm/harness-sandbox-test")
    assert not Path("/dev/shm/harness-sandbox-test").exists()


def test_a_socket_without_a_file_is_out_of_reach_without_network(fenced: Fenced) -> None:
    fenced.network = Network.OFF
    name = f"\0harness-{os.getpid()}"
    script = (
        "import socket, sys; s = socket.socket(socket.AF_UNIX)\n"
        f"try: s.connect({name!r})\n"
        "except OSError: print('refused')"
    )
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(name)
        listener.listen()
        assert fenced.python(script) == "refused\n"


def test_files_left_open_are_not_inherited(fenced: Fenced) -> None:
    descriptor = os.open(fenced.secret, os.O_RDONLY)
    os.set_inheritable(descriptor, True)
    script = "import os; print([each for each in os.listdir('/proc/self/fd') if int(each) > 3])"
    try:
        assert fenced.python(script) == "[]\n"
    finally:
        os.close(descriptor)


@pytest.mark.parametrize("network", list(Network))
def test_programs_start_as_they_do_outside(fenced: Fenced, network: Network) -> None:
    fenced.network = network
    shown = "grep -E '^Sig(Ign|Blk)' /proc/self/status; env | grep -v '^_=' | sort; umask"
    spec = fenced.spec("sh", "-c", shown, ports=(1234,))
    outside = fenced.supervisor.run(spec).stdout.text()
    assert fenced.run("sh", "-c", shown, ports=(1234,)).stdout.text() == outside


def test_what_a_process_leaves_ends_with_it(spaces: Fenced) -> None:
    left = "setsid sh -c 'sleep 1; touch late' >/dev/null 2>&1 & (setsid sleep 50 &); echo done"
    assert spaces.shell(left) == "done\n"
    assert spaces.supervisor.sweep() == 0
    assert spaces.shell("sleep 1.5; ls") == ""


def test_a_polite_end_reaches_the_program(fenced: Fenced) -> None:
    script = "trap 'echo ended > told; exit 0' TERM; while :; do sleep 0.05; done"
    fenced.run("sh", "-c", script, timeout=1, grace=10)
    assert (fenced.workspace / "told").read_text() == "ended\n"
