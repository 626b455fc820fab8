"""Past sessions of Copilot CLI: finding one, doing it again, telling what it was."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from pytest_harness.backends.base import ProposalRequest
from pytest_harness.backends.copilot.log import CopilotLogBackend
from pytest_harness.backends.options import AgentOptions
from pytest_harness.backends.registry import PROVIDERS, Catalog, Overrides
from pytest_harness.config import BackendConfig, HarnessConfig
from pytest_harness.errors import ConfigurationError
from pytest_harness.records import ProposalRecord, Usage
from pytest_harness.runtime import Supervisor
from pytest_harness.runtime.place import Place
from pytest_harness.runtime.plain import PlainRuntime
from pytest_harness.runtime.settings import RuntimeSettings
from pytest_harness.vocabulary import Fault, RuntimeMode

STREAMS = Path(__file__).parent / "streams"
SESSION = STREAMS / "copilot_session"
PATCHED = STREAMS / "copilot_session_patch"
ID = "11111111-2222-4333-8444-555555555555"


@pytest.fixture
def sessions(tmp_path: Path) -> Path:
    """A directory of sessions, the recorded one the older of them."""
    place = tmp_path / "session-state"
    shutil.copytree(SESSION, place / ID)
    shutil.copytree(PATCHED, place / "22222222-patched")
    os.utime(place / ID / "events.jsonl", (1, 1))
    return place


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    made = tmp_path.resolve() / "stage"
    made.mkdir()
    (made / "hello.txt").write_text("hello\n")
    return made


def propose(workspace: Path, **options: object) -> ProposalRecord:
    artifacts, scratch = workspace.parent / "artifacts", workspace.parent / "scratch"
    scratch.mkdir(exist_ok=True)
    with Supervisor() as runner:
        return CopilotLogBackend(options=AgentOptions.read(options)).propose(
            ProposalRequest(
                workspace=workspace,
                prompt="ignored",
                round=1,
                timeout=9,
                artifacts=artifacts,
                scratch=scratch,
                runner=runner,
                runtime=PlainRuntime(RuntimeSettings(mode=RuntimeMode.HOST)),
                place=Place(workspace=workspace, scratch=scratch),
                environment={"HOME": str(workspace.parent)},
            )
        )


def test_the_workspace_is_as_the_session_left_it(workspace: Path) -> None:
    record = propose(workspace, session_dir=str(SESSION))
    assert (record.completed, record.fault, record.reason) == (True, None, "")
    assert (workspace / "hello.txt").read_text() == "hello all\nof you\n"
    # A line of it came from a command, which was not run again.
    assert (workspace / "docs.md").read_text() == "new\nfrom-edit\n"
    assert sorted(each.name for each in workspace.iterdir()) == ["docs.md", "hello.txt"]


def test_what_the_log_tells(workspace: Path) -> None:
    record = propose(workspace, session_dir=str(SESSION))
    assert record.answer == "It is done. "
    assert record.spent.usage == Usage(
        input=450, cached_input=50, cache_write=0, output=75, reasoning=25
    )
    assert record.spent.cost_usd == 0
    assert (record.turns, record.model, record.backend_version) == (5, "fake-model", "1.0.102")
    assert record.reported_changes == ("hello.txt", "docs.md")
    assert [(call.name, call.exit) for call in record.tool_calls if call.name == "bash"] == [
        ("bash", 3)
    ]
    assert 0 < record.duration < 10
    assert record.notes == (
        f"read from the session {ID}; nothing was run",
        "1 commands of the session were not run again",
    )
    written = (workspace.parent / "artifacts" / "events.jsonl").read_text().splitlines()
    assert {"call-started", "call-ended", "message"} <= {
        json.loads(each)["kind"] for each in written
    }


def test_patches_are_done_again(workspace: Path) -> None:
    words = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
    (workspace / "hello.txt").write_text("".join(f"{word}\n" for word in words))
    (workspace / "gone.txt").write_text("gone\n")
    (workspace / "old.txt").write_text("a\n")
    shutil.copytree(PATCHED, workspace.parent / "bare")
    shutil.rmtree(workspace.parent / "bare" / "rewind-file-snapshots")
    record = propose(workspace, session_dir=str(workspace.parent / "bare"))
    assert record.completed
    words[0], words[-1] = "ONE", "TEN"
    assert (workspace / "hello.txt").read_text() == "".join(f"{word}\n" for word in words)
    assert (workspace / "added.txt").read_text() == "new\n"
    assert (workspace / "moved.txt").read_text() == "b\n"
    assert sorted(p.name for p in workspace.iterdir()) == ["added.txt", "hello.txt", "moved.txt"]
    assert len(record.notes) == 1


def test_another_workspace_than_the_session_began_with(workspace: Path) -> None:
    (workspace / "hello.txt").write_text("something else\n")
    record = propose(workspace, session_dir=str(SESSION))
    assert (workspace / "hello.txt").read_text() == "hello all\nof you\n"
    assert any("not what the session began with" in note for note in record.notes)


def test_what_cannot_be_known_is_said(workspace: Path, tmp_path: Path) -> None:
    shutil.copytree(SESSION, tmp_path / "bare")
    shutil.rmtree(tmp_path / "bare" / "rewind-file-snapshots" / "backups")
    (workspace / "hello.txt").write_text("something else\n")
    record = propose(workspace, session_dir=str(tmp_path / "bare"))
    assert (workspace / "hello.txt").read_text() == "something else\n"
    assert "hello.txt: it is not as the session left it" in record.notes
    assert "docs.md: it is not as the session left it" in record.notes


def test_nothing_is_written_outside(workspace: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    shutil.copytree(SESSION, tmp_path / "s")
    for file in (tmp_path / "s").rglob("*.json*"):
        file.write_text(file.read_text().replace("/old/ws/docs.md", "/old/ws/link/docs.md"))
    (workspace / "link").symlink_to(tmp_path / "elsewhere")
    record = propose(workspace, session_dir=str(tmp_path / "s"))
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert "/old/ws/link/docs.md: not in the workspace, left alone" in record.notes


def test_a_session_is_found_by_its_id_or_is_the_latest(sessions: Path, workspace: Path) -> None:
    for name in (ID, ID[:6]):
        assert propose(workspace, session_dir=str(sessions), session=name).notes[0].count(ID)
    record = propose(workspace, session_dir=str(sessions))
    assert (record.answer, record.model) == ("More is done. ", "gpt-5.4")


def test_sessions_lie_in_the_users_home(sessions: Path, workspace: Path) -> None:
    (workspace.parent / ".copilot").mkdir()
    sessions.rename(workspace.parent / ".copilot" / "session-state")
    assert propose(workspace, session=ID).completed


def test_a_torn_last_line_is_passed_over(workspace: Path, tmp_path: Path) -> None:
    shutil.copytree(SESSION, tmp_path / "torn")
    log = tmp_path / "torn" / "events.jsonl"
    log.write_bytes(log.read_bytes() + b'{"type":"assistant.mess')
    record = propose(workspace, session_dir=str(tmp_path / "torn"))
    assert record.completed
    assert any("torn" in note for note in record.notes)


def test_a_session_in_the_middle_of_a_turn_is_no_success(workspace: Path, tmp_path: Path) -> None:
    shutil.copytree(SESSION, tmp_path / "s")
    log = tmp_path / "s" / "events.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:12]))
    record = propose(workspace, session_dir=str(tmp_path / "s"))
    assert not record.completed
    assert "ends in the middle of a turn" in record.reason


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"session": "nope"}, "there is no session nope in"),
        ({"session_dir": "/nonexistent"}, "there are no sessions of Copilot CLI in /nonexistent"),
        ({"cwd": "sub"}, "which does not end in sub"),
    ],
)
def test_sentences(options: dict[str, str], sentence: str, sessions: Path, workspace: Path) -> None:
    record = propose(workspace, **{"session_dir": str(sessions), **options})
    assert (record.completed, record.fault) == (False, Fault.UNAVAILABLE)
    assert sentence in record.reason
    assert "\n" not in record.reason


def test_another_version(sessions: Path, workspace: Path) -> None:
    log = sessions / ID / "events.jsonl"
    log.write_text(log.read_text().replace('"version":1', '"version":7', 1))
    record = propose(workspace, session_dir=str(sessions), session=ID)
    assert "written in version 7, and 1 is what is known" in record.reason
    log.write_text("hello\n")
    record = propose(workspace, session_dir=str(sessions), session=ID)
    assert "does not begin as a session" in record.reason


def test_a_working_directory_below(workspace: Path, tmp_path: Path) -> None:
    shutil.copytree(SESSION, tmp_path / "s")
    log = tmp_path / "s" / "events.jsonl"
    log.write_text(log.read_text().replace('"cwd":"/old/ws"', '"cwd":"/old/ws/sub"'))
    assert propose(workspace, session_dir=str(tmp_path / "s"), cwd="sub").completed
    assert (workspace / "hello.txt").read_text() == "hello all\nof you\n"


def test_it_is_free_and_its_content_is_its_fingerprint(sessions: Path) -> None:
    assert PROVIDERS["copilot-log"].free
    options = {"session_dir": str(sessions), "session": ID}
    config = BackendConfig(id="past", provider="copilot-log", options=options)
    catalog = Catalog(HarnessConfig(backends={"past": config}))
    before = catalog.make("past", None, Overrides()).settings()
    with (sessions / ID / "events.jsonl").open("a") as log:
        log.write("\n")
    after = catalog.make("past", None, Overrides()).settings()
    assert before.keys() == after.keys()
    assert before["log"] != after["log"]
    assert str(sessions) not in str(before)


def test_a_relative_place_is_refused() -> None:
    config = BackendConfig(id="past", provider="copilot-log", options={"session_dir": "here"})
    with pytest.raises(ConfigurationError, match="session_dir 'here' is relative"):
        PROVIDERS["copilot-log"].check(config)


def test_probe(sessions: Path) -> None:
    with Supervisor() as runner:
        found = CopilotLogBackend(options=AgentOptions(session_dir=str(sessions)))
        assert found.probe(runner, {}).ready
        lost = CopilotLogBackend(options=AgentOptions(session_dir=str(sessions), session="x"))
        told = lost.probe(runner, {})
    assert not told.ready
    assert told.missing.startswith("there is no session x in")
    assert "name it" in told.remedy
