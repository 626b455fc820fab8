"""What is said of an agent that met a limit of its runtime."""

from __future__ import annotations

import pytest

from pytest_harness.backends.limits import killed, met
from pytest_harness.runtime.process import Captured, ProcessResult
from pytest_harness.vocabulary import Ended, Limit

NOTHING = Captured(b"", b"", 0)


def result(limit: Limit | None, ended: Ended = Ended.LIMIT) -> ProcessResult:
    return ProcessResult(
        ended=ended,
        exit=None,
        signal=9,
        duration=1.0,
        stdout=NOTHING,
        stderr=NOTHING,
        survivors=0,
        limit=limit,
    )


@pytest.mark.parametrize(
    ("limit", "settings", "sentence"),
    [
        (Limit.MEMORY, {"memory": str(512 << 20)}, "the limit on memory (512 MiB)"),
        (Limit.MEMORY, {"memory": str(3 << 29)}, "the limit on memory (1.5 GiB)"),
        (Limit.PROCESSES, {"processes": "64"}, "the limit on processes (64)"),
        (Limit.FILE_SIZE, {"file_size": "900"}, "the limit on the size of files (900 bytes)"),
        (Limit.MEMORY, {}, "the limit on memory"),
        (None, {}, "a limit"),
    ],
)
def test_the_limit_is_named(limit: Limit | None, settings: dict[str, str], sentence: str) -> None:
    assert killed("Codex", result(limit), settings) == f"Codex was killed by {sentence}"


def test_a_limit_that_was_survived_is_a_note() -> None:
    survived = result(Limit.FILE_SIZE, Ended.EXIT)
    assert met(survived, {}) == ("met the limit on the size of files and went on",)
    assert met(result(Limit.MEMORY), {}) == ()
    assert met(result(None, Ended.EXIT), {}) == ()
