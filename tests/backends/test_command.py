"""A command line of the user's as a backend."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_harness.backends.adapter import Setup
from pytest_harness.backends.base import ProposalRequest
from pytest_harness.backends.command import template
from pytest_harness.backends.command.adapter import COMMAND
from pytest_harness.backends.registry import Catalog, Overrides
from pytest_harness.config import BackendConfig, HarnessConfig
from pytest_harness.errors import ConfigurationError
from pytest_harness.records import ProposalRecord
from pytest_harness.runtime import Supervisor
from pytest_harness.runtime.place import Place
from pytest_harness.runtime.plain import PlainRuntime
from pytest_harness.runtime.settings import RuntimeSettings
from pytest_harness.vocabulary import Ended, Fault, Lack, RuntimeMode

PROMPT = "Do 'this' and \"that\", please.\nä"
KEY = "sk-command-0123456789"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


class Bench:
    """A workspace, and commands that can be asked to change it."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.workspace = self.root / "workspace"
        self.workspace.mkdir()

    def script(self, text: str, name: str = "tool") -> str:
        program = self.root / name
        program.write_text(f"#!/bin/sh\n{text}\n")
        program.chmod(0o755)
        return str(program)

    def propose(
        self,
        *command: str,
        model: str | None = None,
        prompt: str = PROMPT,
        timeout: float = 30,
        env: tuple[str, ...] = (),
        **options: object,
    ) -> ProposalRecord:
        config = BackendConfig(
            id="mine", provider="cli", command=command, env=env, model=model, options=options
        )
        backend = Catalog(HarnessConfig(backends={"mine": config})).make("mine", None, Overrides())
        runtime = PlainRuntime(RuntimeSettings(mode=RuntimeMode.PROFILE))
        place = Place(workspace=self.workspace, scratch=self.root / "scratch")
        place.scratch.mkdir(exist_ok=True)
        with Supervisor() as supervisor, runtime.enter(place, supervisor) as runner:
            return backend.propose(
                ProposalRequest(
                    workspace=self.workspace,
                    prompt=prompt,
                    round=1,
                    timeout=timeout,
                    artifacts=self.root / "artifacts",
                    scratch=place.scratch,
                    runner=runner,
                    runtime=runtime,
                    place=place,
                    environment={"PATH": os.environ["PATH"], "MY_KEY": KEY, "OTHER_KEY": "y"},
                )
            )


def test_prompt_on_standard_input_and_answer_from_standard_output(bench: Bench) -> None:
    record = bench.propose(bench.script("cat; echo done > done.txt"))
    assert (record.completed, record.fault, record.reason) == (True, None, "")
    assert record.answer == PROMPT
    assert (bench.workspace / "done.txt").exists()
    assert record.notes == ()


def test_placeholders_are_filled_in_argument_by_argument(bench: Bench) -> None:
    tool = bench.script(
        'for each; do printf "%s\\n" "[$each]" >> seen.txt; done; cat "$3" > prompt.txt\n'
        'cat > stdin.txt; echo "the answer" > "$5"; echo noise'
    )
    record = bench.propose(
        tool,
        "{prompt}",
        "dir={workspace}",
        "{prompt_file}",
        "{{{model}}}",
        "{output_file}",
        model="some model",
    )
    assert record.answer == "the answer\n"
    seen = (bench.workspace / "seen.txt").read_text()
    assert f"[{PROMPT}]\n[dir={bench.workspace}]\n[{bench.root}/scratch/" in seen
    assert "\n[{some model}]\n" in seen
    assert (bench.workspace / "prompt.txt").read_text() == PROMPT
    assert (bench.workspace / "stdin.txt").read_text() == ""
    assert list((bench.root / "scratch").iterdir()) == []


def test_output_file_that_is_not_written_is_no_answer(bench: Bench) -> None:
    record = bench.propose(bench.script("echo noise"), "{output_file}")
    assert (record.completed, record.answer) == (True, "")


def test_only_the_end_of_a_long_output_is_the_answer(bench: Bench) -> None:
    record = bench.propose(bench.script("yes 0123456789 | head -c 3000000; echo; echo end"))
    assert record.answer is not None
    assert len(record.answer) == 100_000
    assert record.answer.endswith("end\n")
    events = (bench.root / "artifacts" / "events.jsonl").read_text().splitlines()
    assert len(events) < 11_000


def test_exit_code_tells_success(bench: Bench) -> None:
    record = bench.propose(bench.script("echo worked; echo bad luck >&2; exit 3"))
    assert (record.completed, record.fault, record.exit) == (False, None, 3)
    assert record.reason == "The command gave up: exit code 3: bad luck"


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ("HTTP 401 Unauthorized", Fault.AUTH),
        ("429 Too Many Requests", Fault.RATE_LIMIT),
        ("connection refused", Fault.TRANSPORT),
        ("model x does not exist: 404", None),
    ],
)
def test_faults_are_read_from_standard_error(bench: Bench, said: str, fault: Fault | None) -> None:
    assert bench.propose(bench.script(f"echo '{said}' >&2; exit 1")).fault is fault


def test_exit_code_is_not_taken_for_a_status(bench: Bench) -> None:
    assert COMMAND.classify("exit code 401: it went wrong") is None


def test_time_limit_after_some_output_is_the_agents_own(bench: Bench) -> None:
    record = bench.propose(bench.script("echo working; exec sleep 600"), timeout=2)
    assert (record.ended, record.completed, record.fault) == (Ended.TIMEOUT, False, None)
    silent = bench.propose(bench.script("exec sleep 600"), timeout=2)
    assert silent.fault is Fault.TRANSPORT


def test_variables_are_let_through_by_name_and_hidden(bench: Bench) -> None:
    tool = bench.script('echo "key $MY_KEY other $OTHER_KEY home $HOME"')
    record = bench.propose(tool, env=("MY_KEY",))
    assert record.answer == f"key [hidden] other  home {bench.root}/scratch/profile/home\n"
    for path in (bench.root / "artifacts").iterdir():
        assert KEY not in path.read_text()


def test_working_directory(bench: Bench) -> None:
    (bench.workspace / "sub").mkdir()
    record = bench.propose(bench.script("pwd"), cwd="sub")
    assert record.answer == f"{bench.workspace}/sub\n"


def test_version_is_what_the_files_hold(bench: Bench) -> None:
    asked = bench.root / "asked"
    first = bench.propose(bench.script(f'[ "$1" = --version ] && touch "{asked}"; echo 1'))
    again = bench.propose(bench.script(f'[ "$1" = --version ] && touch "{asked}"; echo 1'))
    other = bench.propose(bench.script("echo 2"))
    assert first.backend_version == again.backend_version != other.backend_version
    assert not asked.exists()


def test_script_of_an_interpreter_is_part_of_the_version(bench: Bench) -> None:
    versions = set()
    for name in ("a.py", "b.py"):
        script = bench.root / name
        script.write_text(f"print({name!r})")
        record = bench.propose(sys.executable, str(script))
        assert record.answer == f"{name}\n"
        versions.add(record.backend_version)
    assert len(versions) == 2


def test_long_prompt_needs_a_file(bench: Bench) -> None:
    record = bench.propose(bench.script("true"), "{prompt}", prompt="x" * 200_000)
    assert record.fault is Fault.UNSUPPORTED
    assert "{prompt_file}" in record.reason
    again = bench.propose(bench.script("wc -c < $1"), "{prompt_file}", prompt="x" * 200_000)
    assert again.answer == "200000\n"


@pytest.mark.parametrize(
    ("command", "model", "sentence"),
    [
        (("tool", "{promt}"), None, "did you mean 'prompt'"),
        (("tool", "{promt}"), None, "{output_file}"),
        (("tool", '{"a": 1'), None, "single brace"),
        (("tool", "a}"), None, "single brace"),
        ((), None, "it has no command"),
        (("tool",), "m", "reaches nobody"),
    ],
)
def test_wrong_commands_are_refused(
    command: tuple[str, ...], model: str | None, sentence: str
) -> None:
    config = BackendConfig(id="mine", provider="cli", command=command, model=model)
    with pytest.raises(ConfigurationError, match="backend 'mine': ") as caught:
        Catalog(HarnessConfig(backends={"mine": config})).make("mine", None, Overrides())
    assert sentence in str(caught.value)


def test_built_in_backend_says_that_it_has_no_command() -> None:
    backend = Catalog().make("cli", None, Overrides())
    with Supervisor() as supervisor:
        probe = backend.probe(supervisor, {"PATH": os.environ["PATH"]})
    assert (probe.ready, probe.lacks) == (False, Lack.PROGRAM)
    assert probe.missing == "The command was not found (none is named)"
    assert 'provider = "cli"' in probe.remedy


def test_model_that_is_wanted_must_be_named() -> None:
    access = COMMAND.access(Setup(id="mine", command=("tool", "{model}")), {})
    assert access.lacks is Lack.MODEL


@given(st.text(max_size=50))
def test_what_is_written_with_doubled_braces_arrives_as_it_was(text: str) -> None:
    written = text.replace("{", "{{").replace("}", "}}")
    assert template.used([written]) == frozenset()
    assert template.filled([written], {}) == (text,)


@given(st.text(max_size=50))
def test_values_are_not_looked_at_again(text: str) -> None:
    assert template.filled(["{prompt}"], {"prompt": text}) == (text,)
