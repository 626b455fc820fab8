"""Control groups find what has hidden itself, where the system grants them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_harness.errors import SupervisorError
from pytest_harness.runtime import Supervisor, warden_link
from pytest_harness.runtime.cgroups.group import PREFIX, ControlGroup
from pytest_harness.runtime.cgroups.limits import KernelLimits
from pytest_harness.runtime.cgroups.probe import Places, own_groups, probe
from pytest_harness.runtime.process import ResourceLimits
from pytest_harness.vocabulary import Limit

from .alive import eventually, is_alive, pids
from .conftest import Specs

HIDES = (
    "env -i setsid sh -c '(setsid sh -c \"echo \\$\\$ >a.part; mv a.part a.pid; "
    "exec sleep 600\" &)' & while ! test -e a.pid; do :; done; echo ready; sleep 600"
)
"""Starts a process without our mark, whose parents have gone."""

needs_groups = pytest.mark.skipif(probe() is None, reason="no control groups on this machine")


@pytest.fixture(params=["tree", "freezer"])
def places(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Places:
    """The groups of this machine: where version 2 is there, and as if only version 1 were."""
    found = probe()
    if found is None:
        pytest.skip("no control groups on this machine")
    if request.param == "freezer":
        own = own_groups(
            Path("/proc/self/cgroup").read_text(), Path("/proc/self/mountinfo").read_text()
        )
        if "freezer" not in own or not os.access(own["freezer"] / "cgroup.procs", os.W_OK):
            pytest.skip("no freezer of version 1 on this machine")
        found = Places(own["freezer"], frozenset(), found.pids)
    monkeypatch.setattr(warden_link, "probe", lambda: found)
    return found


def own_group(pid: int, places: Places) -> Path:
    """Return the directory of the group that a supervisor made for its warden."""
    lines = Path(f"/proc/{pid}/cgroup").read_text().splitlines()
    names = {part for line in lines for part in line.split("/") if part.startswith(PREFIX)}
    return next(places.tree / name for name in names if (places.tree / name).exists())


def test_a_killed_warden_hides_nobody(specs: Specs, tmp_path: Path, places: Places) -> None:
    with Supervisor() as supervisor:

        def kill(line: bytes, at: float) -> None:
            assert supervisor.warden_pid is not None
            os.kill(supervisor.warden_pid, signal.SIGKILL)

        with pytest.raises(SupervisorError, match="processes were killed"):
            supervisor.run(specs.shell(HIDES), kill)
        assert len(pids(tmp_path)) == 1
        assert not any(map(is_alive, pids(tmp_path)))
        assert supervisor.run(specs.program("true")).exit == 0


def test_a_warden_killed_between_two_runs_hides_nobody(
    specs: Specs, tmp_path: Path, places: Places
) -> None:
    with Supervisor() as supervisor:
        supervisor.run(specs.program("true"))
        warden = supervisor.warden_pid
        assert warden is not None
        escaped = subprocess.Popen(["sleep", "600"], env={}, start_new_session=True)
        group = own_group(warden, places)
        (group / "all/cgroup.procs").write_text(str(escaped.pid))
        assert supervisor.sweep() == 1
        assert escaped.wait() == -signal.SIGKILL
        assert is_alive(warden)
        assert supervisor.sweep() == 0


def test_nothing_is_left_of_the_groups(specs: Specs, places: Places) -> None:
    limits = ResourceLimits(processes=50)
    with Supervisor() as supervisor:
        printed = supervisor.run(specs.program("cat", "/proc/self/cgroup", limits=limits)).stdout
        assert supervisor.warden_pid is not None
        group = own_group(supervisor.warden_pid, places)
        assert group.name in printed.text()
        limiting = [
            places.pids / line.split("/")[1]
            for line in printed.text().splitlines()
            if places.pids is not None and f":pids:/{PREFIX}" in line
        ]
        assert len(limiting) == (places.pids is not None)
        assert not any(path.exists() for path in limiting)
    assert not group.exists()


def test_a_dead_sessions_group_is_emptied_and_removed(places: Places) -> None:
    script = (
        "import os, subprocess, sys\nfrom pathlib import Path\n"
        "from pytest_harness.runtime.cgroups.group import ControlGroup\n"
        "group = ControlGroup.make(Path(sys.argv[1]))\n"
        "null = subprocess.DEVNULL\n"
        "child = subprocess.Popen(['sleep', '600'], stdout=null, stderr=null)\n"
        "assert group.enter(child.pid)\n"
        "print(group.directory.name, child.pid, flush=True)\nos._exit(0)\n"
    )
    printed = subprocess.run(
        [sys.executable, "-c", script, str(places.tree)], capture_output=True, check=True
    ).stdout.split()
    directory, child = places.tree / printed[0].decode(), int(printed[1])
    alive = ControlGroup.make(places.tree)
    assert alive is not None
    ControlGroup.remove_stale(places.tree)
    assert eventually(lambda: not directory.exists())  # Another session may be at it.
    assert eventually(lambda: not is_alive(child))
    assert alive.directory.exists()
    alive.remove()


def test_a_chain_of_forks_does_not_outrun_a_group(places: Places) -> None:
    group = ControlGroup.make(places.tree)
    assert group is not None
    script = (
        "import os\nos.read(0, 1)\n"
        "if os.fork(): os._exit(0)\n"
        "while True:\n    if os.fork(): os._exit(0)\n    os.setsid()\n"
    )
    runner = subprocess.Popen([sys.executable, "-I", "-S", "-c", script], stdin=subprocess.PIPE)
    assert group.enter(runner.pid)
    runner.communicate(b"go")
    assert group.processes()
    assert group.kill() >= 1
    assert not group.processes()
    group.remove()
    assert not group.directory.exists()


def test_where_groups_are_refused_all_works_without(
    specs: Specs, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = Places(Path("/proc"), frozenset(), None)
    monkeypatch.setattr(warden_link, "probe", lambda: nowhere)
    with Supervisor() as supervisor:
        limits = ResourceLimits(processes=5)
        assert supervisor.run(specs.program("true", limits=limits)).exit == 0


@pytest.mark.parametrize(
    ("groups", "mounts", "expected"),
    [
        pytest.param(
            "0::/user.slice/a b.scope\n",
            "30 1 0:26 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw,nsdelegate\n",
            {"": "/sys/fs/cgroup/user.slice/a b.scope"},
            id="version-2",
        ),
        pytest.param(
            "8:pids:/\n6:cpu,cpuacct:/x\n0::/\n",
            "31 1 0:2 / /c/pids rw - cgroup cgroup rw,pids\n"
            "32 1 0:3 / /c/cpu rw - cgroup cgroup rw,cpu,cpuacct\n"
            "33 1 0:4 / /c/unified rw - cgroup2 cgroup2 rw\n"
            "34 1 0:5 / /tmp rw - tmpfs tmpfs rw\n",
            {"": "/c/unified", "pids": "/c/pids", "cpu": "/c/cpu/x", "cpuacct": "/c/cpu/x"},
            id="both",
        ),
        pytest.param(
            "0::/docker/1/init\n",
            "30 1 0:26 /docker/1 /sys/fs/cgroup ro - cgroup2 cgroup ro\n",
            {"": "/sys/fs/cgroup/init"},
            id="container",
        ),
        pytest.param(
            "0::/other\n",
            "30 1 0:26 /docker/1 /sys/fs/cgroup ro - cgroup2 cgroup ro\n",
            {},
            id="not-shown",
        ),
    ],
)
def test_where_a_process_is(groups: str, mounts: str, expected: dict[str, str]) -> None:
    assert own_groups(groups, mounts) == {name: Path(path) for name, path in expected.items()}


def test_what_the_kernel_tells_of_limits(tmp_path: Path) -> None:
    tree = ControlGroup(tmp_path, -1)
    places = Places(tmp_path, frozenset({"memory", "pids"}), None)
    made = KernelLimits.make(ResourceLimits(memory=1000, processes=2), places, tree)
    assert made is not None
    leaf = tmp_path / "limited"
    assert (tmp_path / "cgroup.subtree_control").read_text() == "+memory +pids"
    assert (leaf / "memory.max").read_text() == "1000"
    assert made.entrances() == [leaf / "cgroup.procs"]
    (leaf / "memory.events").write_text("low 0\nmax 7\noom 1\noom_kill 0\n")
    (leaf / "pids.events").write_text("max 0\n")
    assert made.met() is None
    (leaf / "pids.events").write_text("max 3\n")
    assert made.met() is Limit.PROCESSES
    (leaf / "memory.events").write_text("low 0\nmax 7\noom 1\noom_kill 1\n")
    assert made.met() is Limit.MEMORY


@needs_groups
def test_a_fork_in_the_owner_leaves_the_group_to_it(supervisor: Supervisor, specs: Specs) -> None:
    supervisor.run(specs.program("true"))
    child = os.fork()
    if not child:
        supervisor.close()
        os._exit(0)
    os.waitpid(child, 0)
    found = probe()
    assert found is not None
    ControlGroup.remove_stale(found.tree)
    assert supervisor.warden_pid is not None
    assert is_alive(supervisor.warden_pid)
