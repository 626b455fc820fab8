"""What becomes of each known trick, by runtime, and how a way that is open is closed.

A test tries every trick and compares what it finds with this table; the page on the threat model
and the reports of ``--harness-selfcheck`` are made from it.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from pytest_harness.backends.cheat_tricks import Trick
from pytest_harness.vocabulary import RuntimeMode


class Stand(enum.StrEnum):
    """How things stand between a trick and a runtime."""

    PREVENTED = "prevented"
    """It gets nothing: it cannot be done, or nobody falls for it."""
    DETECTED = "detected"
    """It can be done, and the candidate is refused for it."""
    OPEN = "open"
    """It works; the author of a target has to close it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One trick."""

    trick: Trick
    """Which."""
    stands: Mapping[RuntimeMode, Stand]
    """How it stands, by runtime."""
    how: str
    """What stops it, in one sentence."""
    close: str
    """What an author does where it is open, in one sentence that can be followed."""


def _everywhere(stand: Stand) -> dict[RuntimeMode, Stand]:
    return dict.fromkeys(RuntimeMode, stand)


def _fenced(plain: Stand, fenced: Stand = Stand.PREVENTED) -> dict[RuntimeMode, Stand]:
    return {
        RuntimeMode.HOST: plain,
        RuntimeMode.PROFILE: plain,
        RuntimeMode.SANDBOX: fenced,
        RuntimeMode.CONTAINER: fenced,
    }


_NONCE = "let a hidden file give evidence that cannot be guessed, as the example project does"
_ASK = "ask for an answer to something that is made up while the check runs"
_ORIGINALS = "tests and what `Target(protected=...)` names are the original's when checks run"
_IGNORED = "what the `ignore` patterns match is the original's when checks run"
_SESSION = "`Pytest` plants tests that must fail, and compares pytest's own code before and after"
_PROTECT = "name tests and graders in `Target(protected=[...])`, or leave them out of `writable`"
_FENCE = "use --harness-runtime=sandbox, or container"
_SCOPE = "name what may be changed in `writable`"

ROWS = (
    Row(
        Trick.EXIT_ZERO,
        _everywhere(Stand.PREVENTED),
        "a check of an exit code is fooled by it, one that wants evidence is not",
        _NONCE,
    ),
    Row(
        Trick.EXIT_ONE,
        _everywhere(Stand.PREVENTED),
        "a check that expects a failure needs one that expects success",
        'give checks with expect_exit="nonzero" the name of one that must pass in `needs`',
    ),
    Row(
        Trick.PRINT_EXPECTED,
        _everywhere(Stand.PREVENTED),
        "it fools a check that looks for constant output, not one that makes up its question",
        _ASK,
    ),
    Row(
        Trick.PHRASES,
        _everywhere(Stand.OPEN),
        "nothing tells a phrase that is meant from one that is not",
        "give phrases little weight, let them need a check of behaviour, and require that one",
    ),
    Row(
        Trick.FAKE_INTERPRETER,
        _everywhere(Stand.PREVENTED),
        _IGNORED,
        "leave out `keep_ignored`, and make the environment in the first check",
    ),
    Row(
        Trick.FAKE_INTERPRETER_BY_SCRIPT,
        _everywhere(Stand.PREVENTED),
        "a check that only wants success is fooled by it, one that wants an answer is not",
        _ASK,
    ),
    Row(Trick.EDIT_TESTS, _everywhere(Stand.PREVENTED), _ORIGINALS, _PROTECT),
    Row(
        Trick.CONFTEST,
        _everywhere(Stand.PREVENTED),
        "`Pytest` puts the original's `conftest.py` files back and takes others away",
        f"{_PROTECT}; or use the check Pytest in place of a command that runs pytest",
    ),
    Row(
        Trick.ADDOPTS,
        _everywhere(Stand.PREVENTED),
        "`Pytest` reads no configuration of the candidate",
        f"{_PROTECT}; or use the check Pytest in place of a command that runs pytest",
    ),
    Row(
        Trick.SITE_FILES,
        _everywhere(Stand.PREVENTED),
        f"{_IGNORED}, and homes are fresh",
        "run `python -I`, or name the file in `Target(protected=[...])`",
    ),
    Row(
        Trick.ENVIRONMENT_FILES,
        _everywhere(Stand.PREVENTED),
        "checks get an environment from an allow list, a fresh home, and no login shell",
        "do not source files of the workspace in a check",
    ),
    Row(
        Trick.SHADOW,
        _everywhere(Stand.PREVENTED),
        "`Pytest` imports pytest before the workspace can be imported from",
        "run `python -P -m unittest`, or use the check Pytest",
    ),
    Row(Trick.PATCH_RUNTEST, _everywhere(Stand.PREVENTED), _SESSION, _NONCE),
    Row(Trick.PATCH_REPORT, _everywhere(Stand.PREVENTED), _SESSION, _NONCE),
    Row(Trick.PATCH_RUNNER, _everywhere(Stand.PREVENTED), _SESSION, _NONCE),
    Row(
        Trick.OS_EXIT,
        _everywhere(Stand.PREVENTED),
        "a session that does not end in order has no marks",
        _NONCE,
    ),
    Row(
        Trick.SYS_EXIT,
        _everywhere(Stand.PREVENTED),
        "a session that does not end in order has no marks",
        _NONCE,
    ),
    Row(
        Trick.ATEXIT,
        _everywhere(Stand.PREVENTED),
        "the process ends at once when the result is written",
        _NONCE,
    ),
    Row(
        Trick.REWRITE_RESULTS,
        _everywhere(Stand.PREVENTED),
        "tests that must fail would pass as well, which is seen",
        _NONCE,
    ),
    Row(
        Trick.READ_HIDDEN,
        _fenced(Stand.OPEN),
        "nothing outside the workspace and the system's own files is there",
        _FENCE,
    ),
    Row(
        Trick.READ_PROC,
        _fenced(Stand.OPEN),
        "processes outside are not there",
        _FENCE,
    ),
    Row(
        Trick.LINKS_OUT,
        _everywhere(Stand.DETECTED),
        "links that lead out are never followed, and a candidate that has new ones is refused",
        _FENCE,
    ),
    Row(
        Trick.WRITE_LEDGER,
        _fenced(Stand.DETECTED),
        "the run directory is fingerprinted before and after each proposal",
        _FENCE,
    ),
    Row(
        Trick.WRITE_CANDIDATES,
        _fenced(Stand.DETECTED),
        "snapshots are fingerprinted before and after each proposal",
        _FENCE,
    ),
    Row(
        Trick.WRITE_SOURCES,
        _fenced(Stand.DETECTED),
        "the target's sources are fingerprinted before and after each proposal",
        _FENCE,
    ),
    Row(
        Trick.GIT_HISTORY,
        _everywhere(Stand.PREVENTED),
        "differences are found without git, and `.git` is thrown away and noted",
        "do not ask git in a check",
    ),
    Row(
        Trick.DAEMON,
        _fenced(Stand.DETECTED),
        "all that a proposal started is ended before checks run; to leave it is tampering",
        "leave out `Target(background=True)`",
    ),
    Row(
        Trick.MARKERS,
        _everywhere(Stand.PREVENTED),
        "results travel in files with random names and numbers, in directories that are emptied",
        _NONCE,
    ),
    Row(
        Trick.LINK_BOMB,
        _everywhere(Stand.PREVENTED),
        "links are kept as links",
        _SCOPE,
    ),
    Row(
        Trick.DEEP_BOMB,
        _everywhere(Stand.DETECTED),
        "a workspace that cannot be read is refused",
        _SCOPE,
    ),
    Row(
        Trick.SPARSE_BOMB,
        _everywhere(Stand.DETECTED),
        "a workspace with a large file that is mostly a hole is refused",
        _SCOPE,
    ),
    Row(Trick.ZIP_BOMB, _everywhere(Stand.PREVENTED), "archives are not unpacked", _SCOPE),
)
"""All tricks, in the order in which they are tried."""

BY_TRICK: Mapping[str, Row] = {row.trick.value: row for row in ROWS}
"""The same by name."""
