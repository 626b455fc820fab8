"""What --harness-replay plays back, and what it refuses."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.plugin.conftest import Project, Refused
from tests.plugin.paid import hire, seen, skip_pauses
from tests.plugin.tapes import WORK, Studio

MANY = (
    WORK
    + """
mkdir -p empty sub; mv keep.txt sub/moved.txt; rm gone.txt; chmod 755 run.sh
printf '\\000\\001binary' > data.bin; ln -s a.txt link; echo "cd $PWD" > here.sh
mkdir -p .venv; echo made > .venv/made
"""
)


@pytest.fixture
def studio(project: Project) -> Studio:
    made = Studio(project)
    made.agent()
    made.target()
    return made


def change_record(place: Path, **changes: Any) -> None:
    path = place / "record.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_nothing_but_the_recording_is_needed(studio: Studio, mode: tuple[str, ...]) -> None:
    studio.target(trials=2)
    studio.record().assert_outcomes(passed=2)
    recorded = studio.cells()
    studio.script.unlink()
    studio.replay(*mode).assert_outcomes(passed=2)
    assert studio.cells() == recorded
    assert studio.bought() == 2
    for cell in studio.project.cells():
        assert cell.spending.total.cost_usd == 0
        assert any("was replayed from a recording" in note for note in cell.notes)


def test_everything_in_the_workspace_survives(studio: Studio) -> None:
    workspace = studio.project.path / "ws"
    for name in ("keep.txt", "gone.txt", "run.sh"):
        (workspace / name).write_text(f"{name}\n" * 5)
    studio.agent(MANY)
    studio.record().assert_outcomes(passed=1)
    recorded = studio.cells()
    changes = {each["path"]: each["kind"] for each in recorded[0]["candidates"][1]["changes"]}
    assert changes == {
        "a.txt": "modified",
        "data.bin": "added",
        "empty": "added",
        "gone.txt": "deleted",
        "here.sh": "added",
        "link": "added",
        "run.sh": "mode",
        "sub/moved.txt": "renamed",
    }
    studio.script.unlink()
    studio.replay().assert_outcomes(passed=1)
    played = studio.cells()
    # What the target ignores is no part of a recording.
    assert recorded[0]["candidates"][1].pop("ignored") == [".venv"]
    assert played[0]["candidates"][1].pop("ignored") == []
    assert played == recorded


def test_paths_are_those_of_the_new_place(studio: Studio) -> None:
    studio.agent(WORK + 'echo "cd $PWD" > here.sh\n')
    check = 'checks=[Command("here", "sh ./here.sh && grep -q \\"cd $PWD$\\" here.sh")]'
    studio.target(check)
    studio.record().assert_outcomes(passed=1)
    studio.replay().assert_outcomes(passed=1)


def test_a_recording_fits_a_project_that_lies_elsewhere(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio.record().assert_outcomes(passed=1)
    root, other = studio.project.path, tmp_path / "elsewhere"
    shutil.copytree(root, other, ignore=shutil.ignore_patterns("agent", ".harness"))
    toml = other / "harness.toml"
    toml.write_text(toml.read_text().replace(str(root), str(other)))
    (other / "ws" / "a.txt").chmod(0o664)  # as another umask would have it
    monkeypatch.chdir(other)
    studio.replay(f"--rootdir={other}").assert_outcomes(passed=1)
    assert (other / ".harness").is_dir()
    assert studio.bought() == 1


def test_a_run_can_be_resumed_from_recordings(studio: Studio) -> None:
    studio.target(trials=2)
    studio.record("--harness-run-name=mine").assert_outcomes(passed=2)
    old = [cell.session for cell in studio.project.cells()]
    studio.script.unlink()
    studio.replay("--harness-run-name=mine", "--harness-resume").assert_outcomes(passed=2)
    assert [cell.session for cell in studio.project.cells()] == old


def test_attempts_are_played_back_without_waiting(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses = skip_pauses(monkeypatch)
    hire(project, {"fault": "rate-limit", "reason": "wait", "retry_after": 30, "cost": 1}, {})
    project.run("--harness-record=tapes").assert_outcomes(passed=1)
    assert pauses == [30]
    project.run("--harness-replay=tapes").assert_outcomes(passed=1)
    assert pauses == [30, 0]
    assert len(seen(project)) == 2
    (cell,) = project.cells()
    proposal = cell.candidates[1].proposal
    assert proposal is not None
    assert [str(each.fault) for each in proposal.attempts] == ["rate-limit"]
    assert cell.spending.total.cost_usd == 0


def test_rounds_are_played_back_in_order(studio: Studio) -> None:
    studio.agent(
        "[ -f two ] && printf 'hello all\\n' > a.txt; [ -f one ] && echo 2 > two; echo 1 > one\n"
    )
    check = 'checks=[FileContains("1", "one", ["1"]), FileContains("2", "two", ["2"]), '
    studio.target(check + 'FileContains("3", "a.txt", ["all"])]')
    studio.record("--harness-budget=3").assert_outcomes(passed=1)
    recorded = studio.cells()
    assert [each["outcome"] for each in recorded[0]["candidates"]][1:] == ["keep"] * 3
    studio.script.unlink()
    studio.replay("--harness-budget=3").assert_outcomes(passed=1)
    assert studio.cells() == recorded


def test_other_checks_may_judge_a_recording(studio: Studio) -> None:
    studio.record().assert_outcomes(passed=1)
    studio.target('checks=[FileContains("more", "a.txt", ["hello all of you"])]')
    studio.replay().assert_outcomes(failed=1)
    assert studio.bought() == 1


def test_a_cap_on_cost_needs_no_price(studio: Studio, refused: Refused) -> None:
    studio.record().assert_outcomes(passed=1)
    refused(studio.project.run("--harness-backend=mine", "--harness-max-cost=1"), "cost")
    studio.replay("--harness-max-cost=1").assert_outcomes(passed=1)


REFUSED = [
    ("prompt", "proposal 1 of test_it.py::greeting[mine-t1] was recorded with another prompt"),
    ("workspace", "was recorded with another workspace"),
    ("setting", "setting of backend 'mine': command.1 was 'not set' and is 'more'"),
    ("schema", "has schema 99 and this version reads 1"),
    ("torn record", "record.json is damaged"),
    ("torn patch", "workspace.patch is not as it was recorded"),
    ("no stream", "stdout.jsonl is not as it was recorded"),
    ("missing", "proposal 1 of test_it.py::greeting[mine-t1] was not recorded in"),
]


@pytest.mark.parametrize(("what", "sentence"), REFUSED, ids=[each for each, _ in REFUSED])
def test_what_does_not_fit_is_an_error_that_says_why(
    studio: Studio, what: str, sentence: str
) -> None:
    studio.record().assert_outcomes(passed=1)
    (place,) = studio.cassettes()
    record, patch = place / "record.json", place / "workspace.patch"
    if what == "prompt":
        studio.target('objective="Greet nobody."')
    elif what == "workspace":
        (studio.project.path / "ws" / "a.txt").write_text("good day\n")
    elif what == "setting":
        toml = studio.project.path / "harness.toml"
        toml.write_text(toml.read_text().replace("]", ', "more"]').replace(', "more"]', "]", 1))
    elif what == "schema":
        change_record(place, schema_version=99)
    elif what == "torn record":
        record.write_text(record.read_text()[:-40])
    elif what == "torn patch":
        patch.write_bytes(patch.read_bytes()[:-1])
    elif what == "no stream":
        (place / "stdout.jsonl").unlink()
    else:
        place.rename(place.with_name("c0002"))
    result = studio.replay()
    result.assert_outcomes(errors=1)
    assert sentence in result.stdout.str()
    assert "record it" in result.stdout.str()
    assert "--harness-record" in result.stdout.str()
    (cell,) = studio.project.cells()
    assert cell.fault == "internal"
    assert studio.bought() == 1


def test_two_versions_of_one_program_are_refused(studio: Studio) -> None:
    studio.target(trials=2)
    studio.record().assert_outcomes(passed=2)
    change_record(studio.cassettes()[0], version="0.1")
    result = studio.replay()
    result.assert_outcomes(errors=2)
    assert "with the versions 0.1, " in result.stdout.str()


def test_a_patch_that_leads_elsewhere_is_refused(studio: Studio) -> None:
    studio.record().assert_outcomes(passed=1)
    (place,) = studio.cassettes()
    change_record(place, modes={"../a.txt": 0o777})
    result = studio.replay()
    result.assert_outcomes(errors=1)
    assert "'../a.txt', which is no path of a workspace" in result.stdout.str()


def test_a_directory_that_is_not_there_is_refused(
    studio: Studio, mode: tuple[str, ...], refused: Refused
) -> None:
    refused(studio.replay(*mode), "record proposals there first with --harness-record=tapes")
