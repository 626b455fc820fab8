"""The driver: from what a program prints to a record. The program is a small script."""

from __future__ import annotations

import multiprocessing
import os
import time
from pathlib import Path

import pytest

from pytest_harness.backends.adapter import Setup
from pytest_harness.backends.agent_backend import AgentBackend
from pytest_harness.backends.base import ProposalRequest
from pytest_harness.backends.codex.cli import CODEX_CLI
from pytest_harness.backends.options import AgentOptions
from pytest_harness.records import ProposalRecord
from pytest_harness.redaction import Vault
from pytest_harness.runtime import Supervisor
from pytest_harness.runtime.place import Place
from pytest_harness.runtime.plain import PlainRuntime
from pytest_harness.runtime.process import (
    NO_LIMITS,
    LineSeen,
    ProcessResult,
    ProcessSpec,
    ResourceLimits,
)
from pytest_harness.runtime.settings import RuntimeSettings
from pytest_harness.vocabulary import Ended, Fault, RuntimeMode

STREAMS = Path(__file__).parent / "streams"
KEY = "sk-driver-0123456789"


def codex(*command: str, options: AgentOptions = AgentOptions()) -> AgentBackend:  # noqa: B008 - frozen
    return AgentBackend(
        adapter=CODEX_CLI, setup=Setup(id="codex", command=command, options=options)
    )


def propose(
    tmp_path: Path,
    script: str,
    timeout: float = 60,
    backend: AgentBackend | None = None,
    limits: ResourceLimits = NO_LIMITS,
) -> ProposalRecord:
    """Let a script take Codex's place."""
    program = tmp_path / "codex"
    program.write_text(
        f'#!/bin/sh\n[ "$1" = --version ] && echo codex-cli 9.9.9 && exit\n{script}\n'
    )
    program.chmod(0o755)
    workspace = tmp_path / "ws"
    workspace.mkdir(exist_ok=True)
    made = backend or codex(str(program))
    runtime = PlainRuntime(RuntimeSettings(mode=RuntimeMode.PROFILE, limits=limits))
    place = Place(workspace=workspace, scratch=tmp_path / "scratch")
    with Supervisor() as supervisor, runtime.enter(place, supervisor) as runner:
        return made.propose(
            ProposalRequest(
                workspace=workspace,
                prompt="the prompt",
                round=1,
                timeout=timeout,
                artifacts=tmp_path / "artifacts",
                scratch=tmp_path / "scratch",
                runner=runner,
                runtime=runtime,
                place=place,
                environment={"PATH": os.environ["PATH"], "CODEX_API_KEY": KEY},
            )
        )


def test_success_needs_the_sign_and_not_the_exit_code(tmp_path: Path) -> None:
    done = propose(tmp_path, f"cat '{STREAMS}/codex_edit.jsonl'; exit 1")
    assert (done.completed, done.exit, done.fault) == (True, 1, None)
    assert done.backend_version == "9.9.9"
    silent = propose(tmp_path, f"head -n 4 '{STREAMS}/codex_edit.jsonl'")
    assert (silent.completed, silent.exit, silent.fault) == (False, 0, None)
    assert "middle of its turn" in silent.reason


def test_prompt_comes_on_standard_input(tmp_path: Path) -> None:
    propose(tmp_path, "cat > seen.txt")
    assert (tmp_path / "ws" / "seen.txt").read_text() == "the prompt"


def test_homes_are_fresh_apart_and_removed(tmp_path: Path) -> None:
    propose(
        tmp_path,
        'echo "$HOME $CODEX_HOME $TMPDIR" > seen.txt; mkdir "$HOME/x"; ls -A "$CODEX_HOME"',
    )
    home, config, tmp = map(Path, (tmp_path / "ws" / "seen.txt").read_text().split())
    assert all(path.is_relative_to(tmp_path / "scratch") for path in (home, config, tmp))
    assert not config.is_relative_to(tmp)
    assert not any(path.exists() for path in (home, config, tmp))


def test_homes_do_not_outlive_a_killed_session(tmp_path: Path) -> None:
    """They hold keys and lent logins."""
    seen = tmp_path / "ws" / "seen.txt"
    program = 'echo "$HOME $CODEX_HOME" > now.txt; mv now.txt seen.txt; exec sleep 600'
    child = multiprocessing.get_context("spawn").Process(target=propose, args=(tmp_path, program))
    child.start()
    while not seen.exists():
        assert child.is_alive()
        time.sleep(0.05)
    homes = [Path(each) for each in seen.read_text().split()]
    assert all(home.exists() for home in homes)
    child.kill()
    child.join()
    while any(home.exists() for home in homes):
        time.sleep(0.05)


def test_secrets_are_hidden_in_every_file(tmp_path: Path) -> None:
    message = '{"type":"item.completed","item":{"type":"agent_message","text":"%s"}}'
    record = propose(
        tmp_path, f'printf \'{message}\\n\' "$CODEX_API_KEY"; echo "$CODEX_API_KEY" >&2'
    )
    assert record.answer == "[hidden]"
    for path in (tmp_path / "artifacts").iterdir():
        assert KEY not in path.read_text()


def test_litter_is_removed_if_it_is_empty_and_new(tmp_path: Path) -> None:
    workspace = tmp_path / "ws"
    (workspace / ".aws").mkdir(parents=True)
    propose(tmp_path, "mkdir .codex .agents; touch .agents/mine")
    assert sorted(path.name for path in workspace.iterdir()) == [".agents", ".aws"]


def test_limit_before_the_model_answers_is_a_fault(tmp_path: Path) -> None:
    head = f"head -n 2 '{STREAMS}/codex_edit.jsonl'"
    record = propose(tmp_path, f"{head}; exec sleep 600", timeout=1)
    assert (record.ended, record.fault) == (Ended.TIMEOUT, Fault.TRANSPORT)
    record = propose(tmp_path, f"head -n 5 '{STREAMS}/codex_edit.jsonl'; exec sleep 600", timeout=4)
    assert (record.ended, record.fault) == (Ended.TIMEOUT, None)
    assert record.reported_changes == ()


def test_limit_while_reconnecting_is_that_fault(tmp_path: Path) -> None:
    lines = f"head -n 3 '{STREAMS}/codex_status_401.jsonl'"
    record = propose(tmp_path, f"{lines}; exec sleep 600", timeout=4)
    assert (record.ended, record.fault) == (Ended.TIMEOUT, Fault.AUTH)
    assert "401" in record.reason


def test_broken_fence_is_unsupported(tmp_path: Path) -> None:
    item = (
        '{"type":"item.completed","item":{"id":"0","type":"command_execution","command":"ls",'
        '"aggregated_output":"bwrap: Creating new namespace failed: no","exit_code":1,'
        '"status":"failed"}}'
    )
    record = propose(tmp_path, f"echo '{item}'; echo '{{\"type\":\"turn.completed\"}}'")
    assert (record.completed, record.fault) == (True, Fault.UNSUPPORTED)
    assert "danger-full-access" in record.reason


def test_death_by_a_signal_is_told(tmp_path: Path) -> None:
    record = propose(tmp_path, "kill -9 $$")
    assert (record.completed, record.signal, record.fault) == (False, 9, None)
    assert "signal 9" in record.reason


def test_huge_output_is_bounded(tmp_path: Path) -> None:
    text = "x" * 10_000
    line = f'{{"type":"item.completed","item":{{"type":"error","message":"{text}"}}}}'
    record = propose(tmp_path, f"yes '{line}' | head -n 2500")
    assert record.stdout_bytes > 24_000_000
    sizes = [path.stat().st_size for path in (tmp_path / "artifacts").iterdir()]
    assert max(sizes) < 9 << 20


@pytest.mark.parametrize(
    ("backend", "fault", "reason"),
    [
        (codex("absent-codex"), Fault.UNAVAILABLE, "absent-codex"),
        (
            codex("sh", options=AgentOptions(base_url="http://h/v1", env_key="NO_KEY")),
            Fault.UNAVAILABLE,
            "export NO_KEY=",
        ),
    ],
)
def test_what_cannot_be_started_is_a_fault(
    tmp_path: Path, backend: AgentBackend, fault: Fault, reason: str
) -> None:
    record = propose(tmp_path, "", backend=backend)
    assert (record.completed, record.fault, record.ended) == (False, fault, None)
    assert reason in record.reason


def test_a_rate_limit_says_how_long_to_wait(tmp_path: Path) -> None:
    line = '{"type":"turn.failed","error":{"message":"status 429: try again in 7s"}}'
    record = propose(tmp_path, f"echo '{line}'")
    assert (record.fault, record.retry_after) == (Fault.RATE_LIMIT, 7.0)


def test_a_limit_of_the_runtime_is_a_crash_that_names_it(tmp_path: Path) -> None:
    limits = ResourceLimits(file_size=1 << 20)
    record = propose(tmp_path, "exec head -c 9000000 /dev/zero > big", limits=limits)
    assert (record.ended, record.fault, record.completed) == (Ended.LIMIT, None, False)
    assert record.reason == "Codex was killed by the limit on the size of files (1 MiB)"


def test_what_every_program_gets_is_left_to_no_adapter(tmp_path: Path) -> None:
    """The named endpoint and directories are reachable, and the key is hidden."""
    program = tmp_path / "codex"
    program.write_text("#!/bin/sh\necho codex-cli 9.9.9\n")
    program.chmod(0o755)
    further = tmp_path / "further"
    options = AgentOptions(
        base_url="http://127.0.0.1:8765/v1", env_key="CODEX_API_KEY", extra_dirs=(str(further),)
    )
    seen: list[ProcessSpec] = []

    class Watching:
        def run(self, spec: ProcessSpec, on_line: LineSeen | None = None) -> ProcessResult:
            seen.append(spec)
            return supervisor.run(spec, on_line)

    vault = Vault()
    with Supervisor() as supervisor:
        codex(str(program), options=options).propose(
            ProposalRequest(
                workspace=tmp_path,
                prompt="the prompt",
                round=1,
                timeout=60,
                artifacts=tmp_path / "artifacts",
                scratch=tmp_path / "scratch",
                runner=Watching(),
                runtime=PlainRuntime(RuntimeSettings(mode=RuntimeMode.PROFILE)),
                place=Place(workspace=tmp_path, scratch=tmp_path / "scratch"),
                environment={"PATH": os.environ["PATH"], "CODEX_API_KEY": KEY},
                vault=vault,
            )
        )
    assert seen[-1].ports == (8765,)
    assert further in seen[-1].readable
    assert KEY not in vault.hide(f"it is {KEY}")
