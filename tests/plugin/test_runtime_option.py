"""Choosing where agents and checks run."""

from __future__ import annotations

import os
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from pytest_harness.runtime import Supervisor
from pytest_harness.runtime.sandbox.runtime import SandboxRuntime
from pytest_harness.runtime.settings import RuntimeSettings

from .conftest import Project, Refused

HIDING = """
@harness_target{decorator}
def greeting():
    return target(checks=[
        Command("works", "git --version && python3 -c 'print(1)' && echo x > made"),
        Command("hidden", f"! cat '{{Path(__file__)}}' && ! ls '{{Path(__file__).parent}}/sol'"),
        FileContains("all", "a.txt", ["all"]),
    ])

def test_solves(greeting):
    assert greeting.best.score == 1.0
"""


@pytest.fixture
def sandbox() -> None:
    """Skip where there is none."""
    with Supervisor() as supervisor:
        probe = SandboxRuntime(RuntimeSettings(mode="sandbox")).probe(supervisor, os.environ)
    if not probe.ready:
        pytest.skip(f"{probe.missing}; {probe.remedy}")


def told(path: Path) -> set[str]:
    return {
        str(found.get("value"))
        for found in ET.parse(path).iter("property")  # noqa: S314 - our own
        if found.get("name") == "harness.runtime"
    }


@pytest.mark.usefixtures("sandbox")
def test_on_the_command_line(project: Project, mode: tuple[str, ...]) -> None:
    project.write(HIDING.format(decorator=""))
    result = project.run("--harness-runtime=sandbox", "--junitxml=junit.xml", *mode)
    result.assert_outcomes(passed=1)
    assert [cell.runtime for cell in project.cells()] == ["sandbox"]
    assert told(project.path / "junit.xml") == {"sandbox"}


@pytest.mark.usefixtures("sandbox")
def test_in_the_decorator(project: Project) -> None:
    project.write(HIDING.format(decorator='(runtime="sandbox")'))
    project.run().assert_outcomes(passed=1)
    assert [cell.runtime for cell in project.cells()] == ["sandbox"]


@pytest.mark.usefixtures("sandbox")
def test_for_a_backend(project: Project) -> None:
    project.write(HIDING.format(decorator=""))
    (project.path / "harness.toml").write_text(
        '[runtimes.closed]\nmode = "sandbox"\nnetwork = "off"\nfile_size = "50 MB"\n'
        '[backends.mine]\nprovider = "fake"\n'
        '[backends.mine.runtime]\nmode = "closed"\n'
    )
    project.run("--harness-backend=mine").assert_outcomes(passed=1)
    assert [cell.runtime for cell in project.cells()] == ["sandbox"]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ('fence = "wood"', "fence 'wood' is unknown"),
        ('network = "some"', "'some' is unknown"),
        ('readable = ["/"]', "root directory"),
        ('image = "x"', 'mode = "container"'),
        ("ports = [80]", 'ports need network = "loopback", and it is "on"'),
        ("[runtimes.mine]", "runtimes.mine has no mode; name one of container, host, "),
    ],
)
def test_what_is_wrong_is_one_sentence(
    project: Project, refused: Refused, line: str, sentence: str
) -> None:
    (project.path / "harness.toml").write_text(f"[runtimes.sandbox]\n{line}\n")
    refused(project.run(), sentence)
    assert project.runs() == []


def test_an_unknown_name(project: Project, refused: Refused, mode: tuple[str, ...]) -> None:
    result = project.run("--harness-runtime=sandbx", *mode)
    refused(result, "runtime 'sandbx' is unknown; did you mean 'sandbox'?")
    assert project.runs() == []


def test_impossible_is_an_error_with_the_remedy(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(project.path))
    (project.path / "harness.toml").write_text('[runtimes.sandbox]\nfence = "bubblewrap"\n')
    result = project.run("--harness-runtime=sandbox")
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["*bubblewrap is not installed*apt install bubblewrap*"])
    assert [cell.runtime for cell in project.cells()] == ["sandbox"]


def test_a_limit_that_a_check_meets_is_no_score(project: Project, mode: tuple[str, ...]) -> None:
    (project.path / "harness.toml").write_text('[runtimes.profile]\nmemory = "20 MB"\n')
    project.write(
        """
@harness_target
def hungry():
    hold = "x = bytearray(200 << 20); import time; time.sleep(60)"
    return target(checks=[Command("holds", ["python3", "-c", hold])])

def test_it(hungry):
    pass
"""
    )
    result = project.run("--harness-runtime=profile", *mode)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*the check met the runtime's limit on memory; raise it*"])


@pytest.mark.parametrize("line", ['seed = "absent"', 'readable = ["absent"]'])
def test_what_is_not_there_cannot_be_shown(project: Project, line: str) -> None:
    (project.path / "harness.toml").write_text(f"[runtimes.sandbox]\n{line}\n")
    result = project.run("--harness-runtime=sandbox")
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["*sandbox cannot be had: there is no */absent, which*"])
