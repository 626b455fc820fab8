"""A session without targets pays nothing: no module, no file, no line of output."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = """
import json, os, sys

def pytest_unconfigure(config):
    if not hasattr(config, "workerinput"):
        with open(os.environ["MODULES_FILE"], "w") as file:
            json.dump(sorted(sys.modules), file)
"""

TESTS = """
import pytest

@pytest.mark.parametrize("number", range(3))
def test_something(number, tmp_path):
    assert tmp_path.is_dir()
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    path = tmp_path / "project"
    path.mkdir()
    (path / "pytest.ini").write_text("[pytest]\naddopts = -p no:cacheprovider\n")
    (path / "conftest.py").write_text(CONFTEST)
    (path / "test_plain.py").write_text(TESTS)
    return path


def session(project: Path, *options: str) -> tuple[set[str], str, set[str]]:
    """Run pytest there; return the modules at its end, what it printed, and the files there."""
    modules = project.parent / "modules.json"
    kept = ("PATH", "HOME", "LANG", "TMPDIR")
    env = {name: os.environ[name] for name in kept if name in os.environ}
    env |= {"MODULES_FILE": str(modules), "PYTHONDONTWRITEBYTECODE": "1"}
    found = subprocess.run(
        [sys.executable, "-m", "pytest", "--basetemp", str(project.parent / "tmp"), *options],
        cwd=project,
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert found.returncode == 0, found.stdout + found.stderr
    assert not found.stderr
    files = {str(path.relative_to(project)) for path in project.rglob("*")}
    # pytest itself lists its plugins, and says how long it took.
    printed = re.sub(r"(?m)^plugins: .*\n|in \d+\.\d+s|=+", "", found.stdout)
    return set(json.loads(modules.read_text())), printed, files


@pytest.mark.parametrize("options", [(), ("-n", "1")], ids=["alone", "xdist"])
def test_without_targets_nothing_is_imported_written_or_printed(
    project: Path, options: tuple[str, ...]
) -> None:
    without, said_without, files_without = session(project, "-p", "no:harness", *options)
    with_us, said_with_us, files_with_us = session(project, *options)

    added = {name for name in with_us - without if not name.startswith("pytest_harness")}
    foreign = {name for name in added if name.partition(".")[0] not in sys.stdlib_module_names}
    assert not foreign
    assert "pytest_harness.plugin" in with_us
    assert "pytest_harness.records" not in with_us
    assert said_with_us == said_without
    assert files_with_us == files_without == {"pytest.ini", "conftest.py", "test_plain.py"}


def test_the_public_package_costs_nothing_to_import() -> None:
    code = (
        "import sys; before = set(sys.modules); import pytest_harness; "
        "print(*sorted(set(sys.modules) - before))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    foreign = {
        name
        for name in found.stdout.split()
        if name.partition(".")[0] not in {*sys.stdlib_module_names, "pytest_harness"}
    }
    assert not foreign
