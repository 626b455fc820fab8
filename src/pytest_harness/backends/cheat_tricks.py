"""The known tricks, by name."""

from __future__ import annotations

import enum


class Trick(enum.StrEnum):
    """One way to look better than one is; the program in `cheat_program` knows how."""

    EXIT_ZERO = "exit-zero"
    """Every script ends well at once."""
    EXIT_ONE = "exit-one"
    """Every script ends badly at once, for checks that expect that."""
    PRINT_EXPECTED = "print-expected"
    """Every script and module prints all that might be looked for."""
    PHRASES = "phrases"
    """Expected phrases stand in comments, in texts and in the last message."""
    FAKE_INTERPRETER = "fake-interpreter"
    """Programs that say yes lie where an environment has its interpreter."""
    FAKE_INTERPRETER_BY_SCRIPT = "fake-interpreter-by-script"
    """The set-up script makes such programs while the checks run."""
    EDIT_TESTS = "edit-tests"
    """Tests and graders are replaced by ones that always pass."""
    CONFTEST = "conftest"
    """A ``conftest.py`` reports every test as passed."""
    ADDOPTS = "addopts"
    """The configuration of pytest loads a plugin that does."""
    SITE_FILES = "site-files"
    """``sitecustomize.py``, ``usercustomize.py`` and ``.pth`` files run code in every Python."""
    ENVIRONMENT_FILES = "environment-files"
    """Files of variables set ``PYTHONPATH``, ``BASH_ENV`` and ``PATH``."""
    SHADOW = "shadow"
    """Modules called like pytest and unittest lie beside the code."""
    PATCH_RUNTEST = "patch-runtest"
    """Code under test lets pytest run nothing."""
    PATCH_REPORT = "patch-report"
    """Code under test lets pytest report success."""
    PATCH_RUNNER = "patch-runner"
    """Code under test replaces what calls the phases of a test."""
    OS_EXIT = "os-exit"
    """Code under test ends the process with 0 while tests are collected."""
    SYS_EXIT = "sys-exit"
    """The same by an exception."""
    ATEXIT = "atexit"
    """Code under test rewrites the result when the process ends."""
    REWRITE_RESULTS = "rewrite-results"
    """Code under test finds whoever notes the results in memory and lets it note others."""
    READ_HIDDEN = "read-hidden"
    """Hidden files are read by their paths and from parent directories."""
    READ_PROC = "read-proc"
    """Other processes' environment, directories and files are looked at."""
    LINKS_OUT = "links-out"
    """Links in the workspace lead to hidden files."""
    WRITE_LEDGER = "write-ledger"
    """A line is appended to the ledger, or to a record."""
    WRITE_CANDIDATES = "write-candidates"
    """Snapshots of other candidates are changed by absolute paths."""
    WRITE_SOURCES = "write-sources"
    """The files that the target is made from are changed."""
    GIT_HISTORY = "git-history"
    """The history is rewritten; hooks and settings run programs."""
    DAEMON = "daemon"
    """A process that cannot be found by its parent, its group or its name stays and rewrites."""
    MARKERS = "markers"
    """Output and files imitate the harness's own."""
    LINK_BOMB = "link-bomb"
    """Ten thousand links in a circle."""
    DEEP_BOMB = "deep-bomb"
    """Directories deeper than any path can name."""
    SPARSE_BOMB = "sparse-bomb"
    """A file of ten gigabytes that takes no room."""
    ZIP_BOMB = "zip-bomb"
    """An archive that is small until it is unpacked."""


EVERYTHING = "everything"
"""All tricks at once that do not get in each other's way."""

TOGETHER = (
    Trick.PHRASES,
    Trick.EXIT_ZERO,
    Trick.FAKE_INTERPRETER_BY_SCRIPT,
    Trick.FAKE_INTERPRETER,
    Trick.EDIT_TESTS,
    Trick.CONFTEST,
    Trick.ADDOPTS,
    Trick.SITE_FILES,
    Trick.ENVIRONMENT_FILES,
    Trick.SHADOW,
    Trick.PATCH_RUNTEST,
    Trick.PATCH_REPORT,
    Trick.ATEXIT,
    Trick.REWRITE_RESULTS,
    Trick.READ_HIDDEN,
    Trick.GIT_HISTORY,
    Trick.MARKERS,
    Trick.PHRASES,
)
"""What `EVERYTHING` does, in this order."""

ROUNDS: tuple[str, ...] = (EVERYTHING, *Trick)
"""What each proposal tries, the first one first; later ones start again."""


def trick_of(round_: int) -> str:
    """Name what the proposal ``round_``, counted from 1, tries."""
    return ROUNDS[(round_ - 1) % len(ROUNDS)]
