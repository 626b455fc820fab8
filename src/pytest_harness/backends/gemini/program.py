"""The program of Gemini CLI."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_harness.backends.program import Executable

QUIET = {"GEMINI_CLI_NO_RELAUNCH": "true"}
"""Without this it starts itself a second time, and the first of the two ignores signals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GeminiProgram(Executable):
    """Gemini CLI, which leaves files in its home even when it only tells its version."""

    def asking(self, argv: tuple[str, ...]) -> tuple[str, ...]:
        """Return the command line that makes it tell its version and write nothing."""
        settings = {**QUIET, "GEMINI_CLI_HOME": "/dev/null"}
        return ("env", *(f"{name}={value}" for name, value in settings.items()), *argv, "--version")


GEMINI = GeminiProgram(
    name="gemini",
    title="Gemini CLI",
    install="npm install -g @google/gemini-cli",
    tested=("0.61.0", "0.61.0"),
)
"""As npm installs it; it needs Node on the search path."""
