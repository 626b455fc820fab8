"""What --harness-record keeps, and what it does not."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from tests.plugin.conftest import Project, Refused
from tests.plugin.paid import hire, skip_pauses
from tests.plugin.processes import Sessions
from tests.plugin.tapes import WORK, Studio

CANARY = "canary-5f1d93ab77c2"


@pytest.fixture
def studio(project: Project) -> Studio:
    made = Studio(project)
    made.agent()
    made.target()
    return made


def test_each_proposal_has_a_cassette(studio: Studio, mode: tuple[str, ...]) -> None:
    studio.target(trials=3)
    studio.record(*mode).assert_outcomes(passed=3)
    names = [path.relative_to(studio.tapes).as_posix() for path in studio.cassettes()]
    assert names == [f"test_it.greeting/mine-t{n}/c0001" for n in (1, 2, 3)]
    for place in studio.cassettes():
        assert {path.name for path in place.iterdir()} == {
            "record.json",
            "workspace.patch",
            "stdout.jsonl",
            "stderr.txt",
            "events.jsonl",
        }


def test_what_is_recorded_changes_nothing_of_the_run(studio: Studio) -> None:
    studio.project.run("--harness-backend=mine").assert_outcomes(passed=1)
    plain = studio.cells()
    studio.record().assert_outcomes(passed=1)
    assert studio.cells() == plain


def test_paths_are_placeholders(studio: Studio) -> None:
    studio.agent(WORK + 'echo "cd $PWD" > here.sh; ln -s "$PWD/a.txt" absolute; echo "$HOME"\n')
    studio.record().assert_outcomes(passed=1)
    (place,) = studio.cassettes()
    told = json.loads((place / "record.json").read_text())["proposal"]
    assert told["cwd"] == "<workspace>"
    assert told["answer"].startswith("done in <workspace>\n<scratch>/")
    for path in place.iterdir():
        assert "/harness/test_it.greeting" not in path.read_text(), path.name


def test_secrets_are_in_no_file(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANARY_TOKEN", CANARY)
    leaks = 'echo "$CANARY_TOKEN"; echo "$CANARY_TOKEN" >&2; echo "key $CANARY_TOKEN" > leak.txt\n'
    leaks += 'printf "\\000 $CANARY_TOKEN" > leak.bin\n'
    studio.agent(WORK + leaks)
    toml = studio.project.path / "harness.toml"
    toml.write_text(toml.read_text() + '\nenv = ["CANARY_TOKEN"]\n')
    studio.record().assert_outcomes(passed=1)
    (place,) = studio.cassettes()
    for path in place.iterdir():
        assert CANARY.encode() not in path.read_bytes(), path.name
    assert "+key [hidden]" in (place / "workspace.patch").read_text()
    monkeypatch.delenv("CANARY_TOKEN")
    studio.replay().assert_outcomes(passed=1)
    assert studio.bought() == 1


def test_free_backends_are_not_recorded(studio: Studio) -> None:
    studio.project.run("--harness-backend=fake", "--harness-record=tapes").assert_outcomes(passed=1)
    assert studio.cassettes() == []


def test_interrupted_proposals_are_not_recorded(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    skip_pauses(monkeypatch)
    hire(project, {"fault": "interrupted", "reason": "stopped"})
    project.run("--harness-record=tapes").assert_outcomes(errors=1)
    assert Studio(project).cassettes() == []


@pytest.mark.parametrize("how", ["ctrl-c", "kill"])
def test_a_session_that_is_ended_leaves_whole_cassettes_only(
    studio: Studio, tmp_path: Path, how: str
) -> None:
    if not Path("/proc/self/environ").exists():
        pytest.skip("needs /proc to see who is alive")
    sessions = Sessions(studio.project, tmp_path / "base")
    studio.target(trials=2)
    wait = f"case $PWD in *t2*) echo waiting >> {sessions.log}; sleep 600;; esac\n"
    studio.agent("echo half > a.txt\n" + wait + WORK)
    terminal = sessions.on_terminal("--harness-backend=mine", "--harness-record=tapes")
    sessions.wait_for(lambda: sessions.events("waiting"))
    if how == "ctrl-c":
        terminal.press()
    else:
        terminal.kill(signal.SIGKILL)
    terminal.wait()
    sessions.wait_for(lambda: not sessions.alive())
    assert [path.parent.name for path in studio.cassettes()] == ["mine-t1"]
    assert not list(studio.tapes.glob("*/*/.*"))


def test_every_attempt_has_its_own(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    skip_pauses(monkeypatch)
    hire(project, {"fault": "transport", "reason": "cut"}, {})
    project.run("--harness-record=tapes").assert_outcomes(passed=1)
    assert [path.name for path in Studio(project).cassettes()] == ["c0001", "c0001.2"]


def test_a_new_recording_takes_the_place_of_the_old(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    skip_pauses(monkeypatch)
    hire(project, {"fault": "transport", "reason": "cut"}, {})
    project.run("--harness-record=tapes").assert_outcomes(passed=1)
    project.run("--harness-record=tapes").assert_outcomes(passed=1)
    assert [path.name for path in Studio(project).cassettes()] == ["c0001"]
    assert not list(Studio(project).tapes.glob("*/*/.*"))


def test_what_no_patch_can_hold_is_told(studio: Studio) -> None:
    studio.agent(WORK + "mkdir -p below/.git; echo ref > below/.git/HEAD\n")
    studio.record().assert_outcomes(passed=1)
    assert studio.cassettes() == []
    (cell,) = studio.project.cells()
    assert "was not recorded: the change of 'below/.git/HEAD'" in cell.notes[-1]


def test_recording_and_playing_back_exclude_each_other(
    studio: Studio, mode: tuple[str, ...], refused: Refused
) -> None:
    studio.tapes.mkdir()
    refused(
        studio.record("--harness-replay=tapes", *mode),
        "--harness-record and --harness-replay exclude each other; leave one of them out",
    )
    assert studio.bought() == 0


def test_a_file_is_no_place_for_recordings(studio: Studio, refused: Refused) -> None:
    studio.tapes.write_text("")
    refused(studio.record(), "tapes is no directory; name another")


def test_nothing_is_paid_for_what_cannot_be_kept(studio: Studio) -> None:
    studio.tapes.mkdir()
    (studio.tapes / "test_it.greeting").write_text("in the way")
    result = studio.record()
    result.assert_outcomes(errors=1)
    assert "choose another --harness-record" in result.stdout.str()
    assert studio.bought() == 0


def test_a_script_can_record_and_play_back(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    from pytest_harness import FileContains, Target
    from pytest_harness.script import run

    root = studio.project.path
    monkeypatch.chdir(root)
    target = Target(
        workspace="ws", objective="Greet.", checks=[FileContains("all", "a.txt", ["all"])]
    )
    recorded = run(target, backend="mine", root=root, record="tapes")
    Path(studio.script).unlink()
    played = run(target, backend="mine", root=root, replay="tapes")
    assert (recorded.best.score, played.best.score) == (1.0, 1.0)
    assert recorded.record.fingerprint == played.record.fingerprint
    assert played.cost == 0
