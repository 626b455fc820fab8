"""Finding Codex."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_harness.backends.adapter import Setup
from pytest_harness.backends.agent_backend import AgentBackend
from pytest_harness.backends.codex.cli import CODEX_CLI, CodexCli
from pytest_harness.backends.codex.program import CODEX, triples
from pytest_harness.runtime import Supervisor

ALONE = replace(CODEX, packaged=lambda: None)


def backend(adapter: CodexCli = CODEX_CLI, *command: str) -> AgentBackend:
    return AgentBackend(adapter=adapter, setup=Setup(id="codex", command=command))


def program(path: Path, text: str = "#!/bin/sh\necho codex-cli 1.2.3\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def test_native_program_is_preferred_over_the_wrapper(tmp_path: Path) -> None:
    scope = tmp_path / "node_modules" / "@openai"
    wrapper = program(scope / "codex" / "bin" / "codex.js", "#!/usr/bin/env node\n")
    triple = triples()[0]
    native = program(scope / "codex-here" / "vendor" / triple / "bin" / "codex")
    bins = tmp_path / "node_modules" / ".bin"
    bins.mkdir()
    (bins / "codex").symlink_to(wrapper)
    assert CODEX.find((), str(bins)) == (str(native),)
    assert CODEX.find((str(bins / "codex"),), "") == (str(native),)
    assert CODEX.find(("codex", "--x"), str(bins)) == (str(bins / "codex"), "--x")


def test_wrapper_without_its_native_program_is_used(tmp_path: Path) -> None:
    wrapper = program(tmp_path / "lib" / "codex" / "bin" / "codex.js")
    link = tmp_path / "codex"
    link.symlink_to(wrapper)
    assert CODEX.find((), str(tmp_path)) == (str(link),)


def test_missing_program_is_none(tmp_path: Path) -> None:
    assert ALONE.find((), str(tmp_path)) is None
    assert ALONE.find(("kodex",), str(tmp_path)) is None


def test_python_package_is_the_last_resort(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packaged = program(tmp_path / "codex_cli_bin" / "bin" / "codex")
    (tmp_path / "codex_cli_bin" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    assert CODEX.find((), "/nowhere") == (str(packaged),)
    assert CODEX.find(("codex",), "/nowhere") is None


def test_probe_without_a_program_tells_how_to_install_it(tmp_path: Path) -> None:
    alone = replace(CODEX_CLI, program=ALONE)
    with Supervisor() as supervisor:
        probe = backend(alone).probe(supervisor, {"PATH": str(tmp_path)})
        named = backend(alone, "kodex").probe(supervisor, {"PATH": str(tmp_path)})
    assert (probe.ready, probe.remedy) == (False, "npm install -g @openai/codex")
    assert "kodex" in named.remedy


def test_probe_tells_version_and_names_of_credentials(tmp_path: Path) -> None:
    program(tmp_path / "codex")
    env = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "CODEX_API_KEY": "sk-0123456789"}
    with Supervisor() as supervisor:
        probe = backend().probe(supervisor, env)
        none = backend().probe(supervisor, {"PATH": env["PATH"]})
    assert (probe.ready, probe.version, probe.program) == (True, "1.2.3", str(tmp_path / "codex"))
    assert probe.credentials == ("CODEX_API_KEY",)
    assert "sk-0123456789" not in repr(probe)
    assert "codex login" in none.remedy


def test_program_that_does_not_run_is_not_ready(tmp_path: Path) -> None:
    program(tmp_path / "codex", "#!/bin/sh\nexit 1\n")
    with Supervisor() as supervisor:
        probe = backend().probe(supervisor, {"PATH": str(tmp_path)})
    assert (probe.ready, probe.version) == (False, None)


def test_another_program_of_that_name_is_not_ready(tmp_path: Path) -> None:
    program(tmp_path / "codex", "#!/bin/sh\necho othertool 3.4.5\n")
    env = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "CODEX_API_KEY": "sk-0123456789"}
    with Supervisor() as supervisor:
        probe = backend().probe(supervisor, env)
    assert (probe.ready, probe.version) == (False, None)
    assert "is not Codex: it says 'othertool 3.4.5'" in probe.missing
