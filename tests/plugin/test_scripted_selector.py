"""``scripted:PATH`` in place of a model: a real agent's program that works for free."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path

import pytest

from pytest_harness import FileContains, Target, run
from pytest_harness.errors import ConfigurationError
from pytest_harness.vocabulary import Fault
from tests.conformance.programs import REAL, Real, need
from tests.plugin.conftest import PLAIN, Project, Refused

WHOLE = """
- {do: edit, path: a.txt, old: "hello\\n", new: "hello all\\n"}
- {do: say, text: done}
"""
HALF = """
- {do: write, path: b.txt, text: "half\\n"}
- {do: say, text: half}
"""
NOWHERE = """
[backends.lost]
provider = "claude-cli"
command = ["/nowhere/claude"]
"""
THIRD_PARTY = """
from pytest_harness.backends.fake import FakeBackend

def pytest_harness_backends(config):
    return {"theirs": lambda model: FakeBackend(id="theirs", model=model)}
"""
PROGRAMS = [real for real in REAL if real.name in {"claude-cli", "codex-cli"}]


@pytest.fixture
def project(project: Project) -> Project:
    """The project with a script, and a backend whose program is not there."""
    (project.path / "script.yaml").write_text(WHOLE)
    (project.path / "harness.toml").write_text(NOWHERE)
    return project


@pytest.fixture(params=PROGRAMS, ids=str)
def real(request: pytest.FixtureRequest, project: Project) -> Real:
    """A program that is here, as the backend ``real``."""
    found: Real = request.param
    need(found)
    declare(project, found)
    return found


def declare(project: Project, real: Real, more: str = "") -> None:
    (project.path / "harness.toml").write_text(
        f'[backends.real]\nprovider = "{real.provider}"\n'
        f"command = {json.dumps(real.command)}\n{more}"
    )


def ids(project: Project, *arguments: str) -> list[str]:
    """Return the words in brackets of the first test's ids."""
    result = project.run("--collect-only", "-q", "-k", "test_solves", *arguments)
    return [line.partition("[")[2].rstrip("]") for line in result.outlines if "::" in line]


# What is refused


def test_a_script_that_is_missing_is_refused(
    project: Project, mode: tuple[str, ...], refused: Refused
) -> None:
    refused(project.run("--harness-backend=claude@scripted:lost.yaml", *mode), "put a list of")
    assert project.runs() == []


def test_a_script_that_nobody_ends_is_not_read(
    project: Project, mode: tuple[str, ...], refused: Refused
) -> None:
    os.mkfifo(project.path / "pipe.yaml")
    result = project.run("--harness-backend=claude@scripted:pipe.yaml", *mode)
    refused(result, "pipe.yaml is neither a file nor a directory; name a script")


def test_a_script_without_a_ground_is_refused(
    project: Project, mode: tuple[str, ...], refused: Refused
) -> None:
    (project.path / "script.json").write_text("[" * 100_000)
    result = project.run("--harness-backend=claude@scripted:script.json", *mode)
    refused(result, "make it a JSON list of steps")


def test_a_script_with_a_mistake_is_refused(
    project: Project, mode: tuple[str, ...], refused: Refused
) -> None:
    (project.path / "script.yaml").write_text("- {do: dance}\n")
    result = project.run("--harness-backend=claude", "--harness-model=scripted:script.yaml", *mode)
    refused(result, "script.yaml, step 1: there is no step 'dance'")


def test_a_script_that_a_worker_does_not_find_is_one_sentence_there(project: Project) -> None:
    project.pytester.makeconftest(
        """
import pathlib, pytest

@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    if hasattr(config, "workerinput"):
        pathlib.Path("script.yaml").unlink(missing_ok=True)
"""
    )
    result = project.run("--harness-backend=lost@scripted:script.yaml", "-n2")
    assert result.ret != 0
    text = result.stdout.str() + result.stderr.str()
    assert "script.yaml cannot be read: No such file or directory" in text
    assert "INTERNALERROR" not in text
    assert "Traceback" not in text


@pytest.mark.parametrize("backend", ["fake", "noop", "cheat", "theirs", "cli"])
def test_a_backend_without_a_program_is_refused(
    project: Project, refused: Refused, backend: str
) -> None:
    project.pytester.makeconftest(THIRD_PARTY)
    result = project.run(f"--harness-backend={backend}@scripted:script.yaml")
    refused(result, f"backend '{backend}'")


def test_a_model_of_this_machine_is_refused_beside_it(project: Project, refused: Refused) -> None:
    result = project.run("--harness-backend=codex@scripted:script.yaml", "--harness-oss")
    refused(result, "codex@scripted:script.yaml follows a script; leave one of them out")


def test_a_target_for_models_of_this_machine_may_follow_a_script(project: Project) -> None:
    project.write(PLAIN.replace("@harness_target", "@harness_target(oss=True)"))
    project.run("--harness-backend=lost@scripted:script.yaml").assert_outcomes(skipped=2)


def test_no_path_and_an_empty_directory_are_refused(project: Project, refused: Refused) -> None:
    refused(project.run("--harness-backend=claude@scripted:"), "claude@scripted: names no script")
    (project.path / "rounds").mkdir()
    refused(project.run("--harness-backend=claude@scripted:rounds"), "rounds holds no script")


def test_the_script_of_harness_toml_is_checked_with_the_file(
    project: Project, refused: Refused
) -> None:
    (project.path / "harness.toml").write_text(f'{NOWHERE}model = "scripted:lost.yaml"\n')
    refused(project.run(), "lost.yaml cannot be read")


def test_the_script_of_a_decorator_is_an_error_of_collection(project: Project) -> None:
    project.write(
        PLAIN.replace(
            "@harness_target", '@harness_target(backend="lost", model="scripted:gone.yaml")'
        )
    )
    result = project.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*gone.yaml cannot be read: No such file or directory; put*"])


def test_a_session_without_backend_checks_the_script_too(
    project: Project, refused: Refused
) -> None:
    project.write(PLAIN.replace("@harness_target", '@harness_target(backend="lost")'))
    project.run("--harness-model=scripted:script.yaml").assert_outcomes(skipped=2)
    refused(project.run("--harness-model=scripted:lost.yaml"), "lost.yaml cannot be read")


# What it is called


def test_an_id_tells_the_script_however_its_path_is_written(project: Project) -> None:
    (name,) = ids(project, "--harness-backend=claude@scripted:script.yaml")
    assert name.startswith("claude-scripted-script.yaml-")
    for path in ("./script.yaml", "ws/../script.yaml", str(project.path / "script.yaml")):
        assert ids(project, "--harness-backend=claude", f"--harness-model=scripted:{path}") == [
            name
        ]


def test_one_script_written_twice_is_one_cell(project: Project) -> None:
    both = "claude@scripted:script.yaml,claude@scripted:./script.yaml"
    assert len(ids(project, f"--harness-backend={both}")) == 1


def test_scripts_of_one_name_in_two_directories_are_two(project: Project) -> None:
    for name in ("first", "second"):
        (project.path / name).mkdir()
        (project.path / name / "script.yaml").write_text(WHOLE)
    names = ids(
        project,
        "--harness-backend=claude",
        "--harness-model=scripted:first/script.yaml,scripted:second/script.yaml",
    )
    assert [name.rpartition("-")[0].rpartition("-")[0] for name in names] == [
        "claude-scripted-first-script.yaml",
        "claude-scripted-second-script.yaml",
    ]


def test_a_script_elsewhere_is_called_by_its_name_alone(project: Project, tmp_path: Path) -> None:
    found = []
    for name in ("one", "two"):
        place = tmp_path / name
        place.mkdir()
        (place / "outside.yaml").write_text(WHOLE)
        found.append(ids(project, f"--harness-backend=claude@scripted:{place}/outside.yaml"))
    assert found[0] == found[1]
    assert found[0][0].startswith("claude-scripted-outside.yaml-")
    assert ids(project, "--harness-backend=claude@scripted:script.yaml") != found[0]
    both = ",".join(f"claude@scripted:{tmp_path}/{name}/outside.yaml" for name in ("one", "two"))
    result = project.run("--collect-only", f"--harness-backend={both}")
    result.stdout.fnmatch_lines(["*would have the same id*rename one of the backends or scripts*"])


def test_the_id_of_a_backend_with_a_script_of_its_own_is_its_name(project: Project) -> None:
    (project.path / "harness.toml").write_text(f'{NOWHERE}model = "scripted:script.yaml"\n')
    assert ids(project, "--harness-backend=lost") == ["lost-t1"]


# What it depends on


@pytest.mark.parametrize("own", [True, False], ids=["harness.toml", "option"])
def test_the_fingerprint_is_of_the_script_s_content(project: Project, own: bool) -> None:
    if own:
        (project.path / "harness.toml").write_text(f'{NOWHERE}model = "scripted:script.yaml"\n')
    chosen = f"--harness-backend=lost{'' if own else '@scripted:script.yaml'}"

    def fingerprint() -> str:
        project.run(chosen).assert_outcomes(skipped=2)
        (cell,) = project.cells()
        assert cell.fault is Fault.UNAVAILABLE
        return cell.fingerprint

    first = fingerprint()
    assert fingerprint() == first
    (project.path / "script.yaml").write_text(HALF)
    assert fingerprint() != first


def test_collecting_starts_nothing_and_writes_nothing(project: Project) -> None:
    assert ids(project, "--harness-backend=lost@scripted:script.yaml")
    assert project.runs() == []


def test_a_missing_program_is_skipped_with_the_remedy(
    project: Project, mode: tuple[str, ...]
) -> None:
    result = project.run("--harness-backend=lost@scripted:script.yaml", "-rs", *mode)
    result.assert_outcomes(skipped=2)
    result.stdout.fnmatch_lines(["*Claude Code was not found as /nowhere/claude; install it as*"])


def test_a_cap_on_cost_needs_no_price(project: Project) -> None:
    (project.path / "harness.toml").write_text(
        f'{NOWHERE.replace("claude-cli", "codex-cli")}model = "scripted:script.yaml"\n'
    )
    project.run("--harness-backend=lost", "--harness-max-cost=1").assert_outcomes(skipped=2)
    given = "--harness-backend=codex@scripted:script.yaml"
    assert project.run("--collect-only", given, "--harness-max-cost=1").ret == 0


def test_a_script_of_python_refuses_it_too(project: Project) -> None:
    target = Target(
        workspace="ws", objective="Greet.", checks=[FileContains("greets", "a.txt", ["hello"])]
    )
    with pytest.raises(ConfigurationError, match="has no program"):
        run(target, backend="fake", model="scripted:script.yaml", root=project.path)
    with pytest.raises(ConfigurationError, match="cannot be read: No such file"):
        run(target, backend="lost", model="scripted:gone.yaml", root=project.path)
    cell = run(target, backend="lost", model="scripted:./script.yaml", root=project.path)
    assert cell.fault is Fault.UNAVAILABLE


# From end to end


@pytest.mark.conformance
def test_a_real_program_works_for_free(project: Project, real: Real, mode: tuple[str, ...]) -> None:
    result = project.run(
        "--harness-backend=real",
        "--harness-model=scripted:script.yaml",
        "--harness-max-cost=0.01",
        "--junitxml=report.xml",
        "--html=report.html",
        *mode,
    )
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["1 cell; $0.0000"])
    (cell,) = project.cells()
    assert cell.spending.total.cost_usd == 0
    assert cell.spending.total.usage.output
    assert cell.point.model == "scripted:script.yaml"
    proposal = cell.candidates[1].proposal
    assert proposal is not None
    assert (proposal.answer, proposal.reported_changes) == ("done", ("a.txt",))
    xml = (project.path / "report.xml").read_text()
    assert 'name="harness.model" value="scripted:script.yaml"' in xml
    assert 'name="harness.cost_usd" value="0' in xml
    assert "$0.0000" in (project.path / "report.html").read_text()


@pytest.mark.conformance
def test_a_version_that_was_not_tested_is_told_once(
    project: Project, mode: tuple[str, ...]
) -> None:
    (codex,) = (real for real in PROGRAMS if real.name == "codex-cli")
    need(codex)
    newer = project.path / "newer"
    newer.write_text(
        "#!/bin/sh\n"
        'test "$1" = --version && echo codex-cli 99.0.0 && exit\n'
        f'exec {codex.command[0]} "$@"\n'
    )
    newer.chmod(0o755)
    declare(project, dataclasses.replace(codex, command=(str(newer),)))
    result = project.run("--harness-backend=real@scripted:script.yaml", "--harness-trials=2", *mode)
    result.assert_outcomes(passed=4)
    told = [line for line in result.outlines if "than what was tested" in line]
    assert len(told) == 1
    assert told[0].startswith("harness: Codex 99.0.0 is newer than what was tested (")


@pytest.mark.conformance
def test_a_fence_lets_it_reach_its_model(project: Project, real: Real) -> None:
    declare(project, real, '[backends.real.runtime]\nmode = "sandbox"\nnetwork = "loopback"\n')
    result = project.run("--harness-backend=real@scripted:script.yaml")
    if "cannot be had" in result.stdout.str():
        pytest.skip("there is no sandbox here")
    result.assert_outcomes(passed=2)


@pytest.mark.conformance
def test_each_round_has_a_script_of_its_own(project: Project, real: Real) -> None:
    rounds = project.path / "rounds"
    rounds.mkdir()
    (rounds / "1.yaml").write_text(HALF)
    (rounds / "2.yaml").write_text(WHOLE)
    result = project.run("--harness-backend=real@scripted:rounds", "--harness-budget=2")
    result.assert_outcomes(passed=2)
    (cell,) = project.cells()
    proposals = [each.proposal for each in cell.candidates if each.proposal is not None]
    assert [each.answer for each in proposals] == ["half", "done"]


@pytest.mark.conformance
def test_after_the_last_script_it_is_the_last_one(project: Project, real: Real) -> None:
    (project.path / "script.yaml").write_text(HALF)
    project.run("--harness-backend=real@scripted:script.yaml", "--harness-budget=2")
    (cell,) = project.cells()
    proposals = [each.proposal for each in cell.candidates if each.proposal is not None]
    assert [each.answer for each in proposals] == ["half", "half"]


@pytest.mark.conformance
def test_a_model_that_fails_is_the_fault_that_it_plays(project: Project, real: Real) -> None:
    (project.path / "script.yaml").write_text("- {do: repeat, steps: [{do: status, code: 401}]}\n")
    project.run("--harness-backend=real@scripted:script.yaml").assert_outcomes(errors=2)
    (cell,) = project.cells()
    assert cell.fault is Fault.AUTH


@pytest.mark.conformance
def test_a_script_that_is_gone_is_a_fault_of_ours(project: Project, real: Real) -> None:
    script = project.path / "script.yaml"
    project.write(
        f"""
@harness_target
def greeting():
    return target(checks=[Command("spoils", "echo [ > {script}; false")])

def test_solves(greeting):
    assert greeting.best.score == 1.0
"""
    )
    result = project.run("--harness-backend=real@scripted:script.yaml")
    result.assert_outcomes(errors=1)
    (cell,) = project.cells()
    assert cell.fault is Fault.INTERNAL
    assert "script.yaml cannot be read" in cell.reason


@pytest.mark.conformance
def test_an_error_of_the_model_is_a_fault_of_ours(
    project: Project, real: Real, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reply(*_: object) -> None:
        raise RuntimeError("the server is out of words")

    monkeypatch.setattr("pytest_harness.testing.server.ScriptedModel.reply", reply)
    project.run(
        "--harness-backend=real@scripted:script.yaml", "--harness-timeout=20"
    ).assert_outcomes(errors=2)
    (cell,) = project.cells()
    assert cell.fault is Fault.INTERNAL
    assert "the scripted model failed: RuntimeError: the server is out of words" in cell.reason
