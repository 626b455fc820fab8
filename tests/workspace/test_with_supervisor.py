from __future__ import annotations

import os
from pathlib import Path

import pytest

from pytest_harness.runtime.supervisor import Supervisor
from pytest_harness.workspace import Repositories, Stage, apply, describe, render

from .trees import File, read, write


@pytest.mark.needs_git
def test_git_and_tools_work_under_the_real_supervisor(tmp_path: Path) -> None:
    stage = Stage(tmp_path / "stage")
    source = write(tmp_path / "source", {b"a": File(b"1\n"), b"odd \xff": File(b"\0")})
    baseline = stage.admit("c0000", source)
    with Supervisor() as runner:
        stage.checkout("c0000")
        assert Repositories(tmp_path / "cache", runner).install(stage.path, baseline.digest)
        write(stage.path, {b"a": File(b"2\n"), b"n": File(b"new")})
        candidate = stage.keep("c0001")
        patch = render(stage.snapshot("c0000"), stage.snapshot("c0001"), baseline, candidate)
        file = tmp_path / "best.patch"
        file.write_bytes(patch.data)
        apply(file, source, runner)
        assert dict(describe(runner, {"PATH": os.environ["PATH"]}).tools)["git"]
    assert read(source) == {b"a": File(b"2\n"), b"n": File(b"new"), b"odd \xff": File(b"\0")}
