"""Where no fence can be had, one sentence says why, and another what to do."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_harness.errors import SupervisorError
from pytest_harness.runtime import ProcessSpec, Supervisor
from pytest_harness.runtime.place import Place
from pytest_harness.runtime.sandbox.bubblewrap import Bubblewrap
from pytest_harness.runtime.sandbox.causes import Machine, explain
from pytest_harness.runtime.sandbox.runner import SandboxRunner
from pytest_harness.runtime.sandbox.runtime import SandboxRuntime
from pytest_harness.runtime.sandbox.view import View
from pytest_harness.runtime.settings import RuntimeSettings
from pytest_harness.vocabulary import Network

MAPS = "bwrap: setting up uid map: Permission denied"
LINK = "bwrap: loopback: Failed RTM_NEWADDR: Operation not permitted"
NAMESPACE = "bwrap: Creating new namespace failed: Operation not permitted"
NESTED = "bwrap: Creating new namespace failed: nesting depth or /proc/sys/user/max_*_namespaces exceeded (ENOSPC)"  # noqa: E501
PROC = "bwrap: Can't mount proc on /newroot/proc: Operation not permitted"


def machine(root: Path, settings: dict[str, str], *, container: bool = False) -> Machine:
    for name, value in settings.items():
        path = root / "sys" / name.replace(".", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{value}\n")
    if container:
        (root / ".dockerenv").touch()
    return Machine(root / "sys", root)


@pytest.mark.parametrize(
    ("message", "settings", "container", "missing", "remedy"),
    [
        (
            MAPS,
            {"kernel.apparmor_restrict_unprivileged_userns": "1"},
            False,
            "AppArmor keeps user namespaces from bubblewrap",
            "kernel.apparmor_restrict_unprivileged_userns=0",
        ),
        (
            LINK,
            {"kernel.apparmor_restrict_unprivileged_userns": "1"},
            False,
            "AppArmor",
            "'userns,'",
        ),
        (
            NAMESPACE,
            {"kernel.unprivileged_userns_clone": "0"},
            False,
            "kernel.unprivileged_userns_clone is 0",
            "sysctl -w kernel.unprivileged_userns_clone=1",
        ),
        (
            NESTED,
            {"user.max_user_namespaces": "0"},
            False,
            "user.max_user_namespaces is 0",
            "sysctl -w user.max_user_namespaces=",
        ),
        (NESTED, {"user.max_user_namespaces": "9"}, False, "no further user namespace", "outside"),
        (NAMESPACE, {}, True, "the container", "--security-opt seccomp=unconfined"),
        (PROC, {}, True, "/proc", "--security-opt systempaths=unconfined"),
        ("bwrap: new trouble", {}, False, "it says: bwrap: new trouble", "user namespaces"),
    ],
)
def test_known_causes_are_told_by_evidence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    message: str,
    settings: dict[str, str],
    container: bool,
    missing: str,
    remedy: str,
) -> None:
    monkeypatch.delenv("container", raising=False)
    here = machine(tmp_path, settings, container=container)
    told = explain(message, here, superuser=False)
    assert missing in told.missing
    assert remedy in told.remedy
    assert "\n" not in told.missing + told.remedy


def runtime(**options: str) -> SandboxRuntime:
    return SandboxRuntime(RuntimeSettings(mode="sandbox", options=options))


def test_without_the_program(tmp_path: Path, supervisor: Supervisor) -> None:
    probe = runtime(fence="bubblewrap").probe(supervisor, {"PATH": str(tmp_path)})
    assert not probe.ready
    assert "bubblewrap is not installed" in probe.missing
    assert "apt install bubblewrap" in probe.remedy


def test_impossible_is_an_error_and_no_fall_back(
    tmp_path: Path, supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    place = Place(workspace=tmp_path, scratch=tmp_path)
    with (
        pytest.raises(SupervisorError, match="apt install bubblewrap"),
        runtime(fence="bubblewrap").enter(place, supervisor),
    ):
        pass


PROBE = """
import dataclasses, json, os, sys
from pytest_harness.runtime import Supervisor
from pytest_harness.runtime.sandbox.runtime import SandboxRuntime
from pytest_harness.runtime.settings import RuntimeSettings
options = {"fence": sys.argv[1]} if len(sys.argv) > 1 else {}
with Supervisor() as supervisor:
    runtime = SandboxRuntime(RuntimeSettings(mode="sandbox", options=options))
    print(json.dumps(dataclasses.asdict(runtime.probe(supervisor, os.environ))))
"""


@pytest.fixture
def refusing() -> list[str]:
    """A command that runs another where no user namespace can be made."""
    program = shutil.which("bwrap")
    command = [str(program), "--unshare-user", "--disable-userns", "--dev-bind", "/", "/"]
    if program is None or subprocess.run([*command, "true"], capture_output=True).returncode:
        pytest.skip("no namespace can be made here in which others are refused")
    return command


def test_where_namespaces_are_refused_landlock_is_used(refusing: list[str]) -> None:
    line = [*refusing, sys.executable, "-c", PROBE]
    done = subprocess.run(line, capture_output=True, text=True, timeout=60, check=True)
    probe = json.loads(done.stdout)
    if not probe["ready"]:
        assert "Landlock" in probe["missing"]
        assert "user namespace" in probe["missing"]
        return
    assert probe["how"].startswith("Landlock")
    assert "Landlock is used because" in probe["notes"][0]
    assert "user.max_user_namespaces" in probe["notes"][0]


def test_a_fence_that_was_asked_for_is_not_replaced(refusing: list[str]) -> None:
    line = [*refusing, sys.executable, "-c", PROBE, "bubblewrap"]
    done = subprocess.run(line, capture_output=True, text=True, timeout=60, check=True)
    probe = json.loads(done.stdout)
    assert not probe["ready"]
    assert "user namespace" in probe["missing"]
    assert "user.max_user_namespaces" in probe["remedy"]


def test_a_fence_is_tried_once(supervisor: Supervisor) -> None:
    runs: list[str] = []

    class Counting(Supervisor):
        def run(self, spec, on_line=None):  # type: ignore[no-untyped-def]
            runs.append(spec.argv[0])
            return super().run(spec, on_line)

    environment = {"PATH": f"{os.environ['PATH']}:/counted"}
    with Counting() as counting:
        first = runtime().probe(counting, environment)
        before = len(runs)
        assert runtime().probe(counting, environment) == first
    assert before > 0
    assert len(runs) == before


def test_a_fence_that_fails_later_is_no_result(tmp_path: Path, supervisor: Supervisor) -> None:
    program = tmp_path / "bwrap"
    program.write_text('#!/bin/sh\necho "bwrap: Can\'t bind mount: No such file" >&2\nexit 1\n')
    program.chmod(0o755)
    place = Place(workspace=tmp_path, scratch=tmp_path)
    runner = SandboxRunner(
        supervisor,
        Bubblewrap(str(program), "bubblewrap 0", nested=False, env=None),
        View(place, environment=os.environ),
        Network.ON,
        (),
        None,
    )
    spec = ProcessSpec(argv=("true",), cwd=tmp_path, env={"PATH": os.environ["PATH"]}, timeout=20)
    with pytest.raises(SupervisorError, match=r"cannot be put up .*Can't bind mount"):
        runner.run(spec)
