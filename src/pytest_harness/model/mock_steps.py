"""What ``mock:mock`` plays: the steps that solve a target."""

from __future__ import annotations

from pathlib import Path

from pytest_harness.errors import BackendError
from pytest_harness.target import Solution
from pytest_harness.testing.script import Script
from pytest_harness.testing.steps import Say, Step, WriteFile
from pytest_harness.vocabulary import Fault

ANSWER = "The work is done."
"""Said at the end where a solution holds no answer."""


def script_of(answer: str | None, solution: Solution | None) -> Script:
    """Return what is played: a fixed answer, the solution's steps, or its files and its answer.

    Raises `BackendError` where there is none of these, and for a file that is no text.
    """
    if answer is not None:
        return Script([Say(answer)])
    if solution is not None and solution.steps:
        return Script(solution.steps)
    if solution is None or (solution.files is None and solution.answer is None):
        raise BackendError(
            Fault.UNSUPPORTED,
            "the target has no solution that mock:mock could play; give its Solution steps, files "
            "or an answer, or set the option answer of the backend",
        )
    writing = [] if solution.files is None else _writing(Path(solution.files))
    return Script([*writing, Say(solution.answer or ANSWER)])


def _writing(directory: Path) -> list[Step]:
    """Return the steps that write all files below a directory, by their paths."""
    found = {
        path.relative_to(directory).as_posix(): path
        for path in directory.rglob("*")
        if not path.is_dir()
    }
    return [WriteFile(name, _text(found[name])) for name in sorted(found)]


def _text(path: Path) -> str:
    try:
        # Bytes, because reading as text would change the ends of lines.
        return path.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise BackendError(
            Fault.UNSUPPORTED,
            f"mock:mock cannot write {path}: it is no text in UTF-8; give the solution steps",
        ) from error
