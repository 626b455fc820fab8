"""What a target hands over beside its objective reaches the agent, and what is missing is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_harness import Cell, File, FileContains, Message, Solution, Target, run
from pytest_harness.errors import TargetError
from pytest_harness.inputs import said_to_be_missing
from pytest_harness.vocabulary import Fault

NOTES = Path("/somewhere/notes.txt")


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_HARNESS_NESTED", raising=False)
    (tmp_path / "workspace").mkdir()
    (tmp_path / "workspace" / "a.txt").write_text("a\n")


def solved(root: Path, *inputs: Message, answer: str | None = None) -> Cell:
    """Let a solution copy what it was handed into its workspace."""

    def copy(workspace: Path) -> None:
        given = sorted((workspace / ".pytest-harness" / "inputs").glob("*"))
        (workspace / "a.txt").write_text("".join(path.read_text() for path in given))

    target = Target(
        workspace="workspace",
        objective="Copy the notes.",
        inputs=inputs,
        checks=[FileContains("copied", "a.txt", ["the notes"])],
        solution=Solution(apply=copy, answer=answer),
    )
    return run(target, root=root)


def prompt(root: Path) -> str:
    [path] = root.glob(".harness/runs/latest/cells/*/*/candidates/c0001/prompt.md")
    return path.read_text()


def test_files_are_named_before_the_request_and_lie_there(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("the notes\n")
    cell = solved(tmp_path, Message("user", ["Mind these.", File("notes.txt")]))
    assert cell.best.score == 1.0
    assert [change.path for change in cell.best.changes] == ["a.txt"]
    text = prompt(tmp_path)
    address = next(word for word in text.split() if word.startswith("file://"))
    assert address.endswith("/.pytest-harness/inputs/1-notes.txt")
    assert text.index(address) < text.index("Mind these.") < text.index("Copy the notes.")


def test_roles_are_kept(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("the notes\n")
    solved(
        tmp_path,
        Message("system", "Be brief."),
        Message("assistant", ["I am."]),
        Message("user", File("notes.txt")),  # type: ignore[arg-type]
    )
    assert "system: Be brief.\n" in prompt(tmp_path)
    assert "assistant: I am.\n" in prompt(tmp_path)


def test_two_files_of_one_name_are_told_apart(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "notes.txt").write_text(f"the notes of {name}\n")
    cell = solved(tmp_path, Message("user", [File("one/notes.txt"), File("two/notes.txt")]))
    assert cell.best.score == 1.0
    assert "1-notes.txt" in prompt(tmp_path)
    assert "2-notes.txt" in prompt(tmp_path)


def test_a_missing_file_fails_the_proposal_with_its_name(tmp_path: Path) -> None:
    cell = solved(tmp_path, Message("user", [File("notes.txt")]))
    assert cell.fault is Fault.INTERNAL
    assert str(tmp_path / "notes.txt") in cell.candidates[1].reason


def test_an_answer_that_a_file_is_missing_is_recorded(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("the notes\n")
    message = Message("user", [File("notes.txt")])
    cell = solved(tmp_path, message, answer="The file notes.txt does not exist.")
    proposal = cell.candidates[1].proposal
    assert proposal is not None
    assert proposal.missing_inputs == ("notes.txt",)


@pytest.mark.parametrize(
    ("answer", "missing"),
    [
        ("I could not find notes.txt.", True),
        ("`notes.txt`: No such file or directory", True),
        ("I read notes.txt. The module was not found.", False),
        ("All done.", False),
        (None, False),
    ],
)
def test_only_a_sentence_about_the_file_counts(answer: str | None, *, missing: bool) -> None:
    assert bool(said_to_be_missing(answer, [NOTES])) is missing


def test_inputs_are_part_of_the_fingerprint(tmp_path: Path) -> None:
    seen = set()
    for text in ("the notes\n", "the notes, changed\n"):
        (tmp_path / "notes.txt").write_text(text)
        seen.add(solved(tmp_path, Message("user", [File("notes.txt")])).record.fingerprint)
    assert len(seen) == 2


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        (Message("robot", ["x"]), "'robot' is no role; use system, user, assistant"),
        (Message("user", [3]), "3 is no part of a message"),  # type: ignore[list-item]
        ("text", "'text' is no Message"),
    ],
)
def test_wrong_inputs_are_refused(tmp_path: Path, message: Message, sentence: str) -> None:
    with pytest.raises(TargetError, match=sentence):
        solved(tmp_path, message)
