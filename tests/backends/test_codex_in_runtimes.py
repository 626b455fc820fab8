"""What Codex is told about the runtime that it works in."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_harness.backends.addresses import loopback_ports
from pytest_harness.backends.codex.command import exec_arguments
from pytest_harness.backends.codex.settings import Situation
from pytest_harness.backends.options import AgentOptions, Sandbox


def told(options: AgentOptions, *, fenced: bool) -> str:
    argv = exec_arguments(options, Situation(workspace=Path("/w"), fenced=fenced), model=None)
    return argv[argv.index("-s") + 1]


def test_its_own_sandbox_is_off_behind_a_fence_only() -> None:
    assert told(AgentOptions(), fenced=False) == "workspace-write"
    assert told(AgentOptions(), fenced=True) == "danger-full-access"


@pytest.mark.parametrize("chosen", list(Sandbox))
@pytest.mark.parametrize("fenced", [False, True])
def test_what_the_user_says_holds_everywhere(chosen: Sandbox, fenced: bool) -> None:
    assert told(AgentOptions.read({"sandbox": chosen.value}), fenced=fenced) == chosen


def test_settings_of_a_home_count() -> None:
    for configured in (False, True):
        situation = Situation(workspace=Path("/w"), configured=configured)
        argv = exec_arguments(AgentOptions(), situation, model=None)
        assert ("--ignore-user-config" in argv) is not configured


@pytest.mark.parametrize(
    ("address", "ports"),
    [
        ("http://127.0.0.1:8000/v1", (8000,)),
        ("http://localhost/v1", (80,)),
        ("https://[::1]/v1", (443,)),
        ("http://127.9.9.9:1/", (1,)),
        ("http://192.168.1.1:8000/v1", ()),
        ("https://example.com", ()),
        ("http://127.0.0.1:no/", ()),
        (None, ()),
    ],
)
def test_ports_of_this_machine(address: str | None, ports: tuple[int, ...]) -> None:
    assert loopback_ports([address], {}) == ports


def test_a_proxy_on_this_machine_is_named_too() -> None:
    env = {"https_proxy": "http://127.0.0.1:3128", "HTTP_PROXY": "http://proxy:3128"}
    assert loopback_ports(["http://localhost:8000"], env) == (3128, 8000)
