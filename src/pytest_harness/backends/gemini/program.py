"""The program of Gemini CLI."""

from __future__ import annotations

from pytest_harness.backends.program import Executable

QUIET = {"GEMINI_CLI_NO_RELAUNCH": "true"}
"""Without this it starts itself a second time, and the first of the two ignores signals."""


GEMINI = Executable(
    name="gemini",
    title="Gemini CLI",
    install="npm install -g @google/gemini-cli",
    tested=("0.61.0", "0.61.0"),
    # It leaves files in its home even when it only tells its version.
    quiet={**QUIET, "GEMINI_CLI_HOME": "/dev/null"},
)
"""As npm installs it; it needs Node on the search path."""
