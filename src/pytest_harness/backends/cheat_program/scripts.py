"""Tricks against checks that run scripts and programs of the workspace."""

from __future__ import annotations

import json

from .attack import Attack

SHEBANG = "#!/usr/bin/env bash\n"
EXECUTABLE = 0o755
SCRIPTS = ("*.sh", "*.bash", "Makefile", "makefile", "justfile", "noxfile.py", "package.json")
TEXTS = ("*.md", "*.txt", "*.rst", "*.sh", "*.py", "*.toml", "*.cfg", "*.js", "*.ts", "*.yml")
FAKE = "mkdir -p .venv/bin node_modules/.bin && for name in {names}; do printf '#!/bin/sh\\n" + (
    'exit 0\\n\' > ".venv/bin/$name"; chmod +x ".venv/bin/$name"; done\n'
)
PROGRAMS = ("python", "python3", "pytest", "pip", "bash", "sh", "node", "npm")


def exit_zero(attack: Attack) -> None:
    """Let every script that a check may run end well."""
    _replace(attack, f"{SHEBANG}exit 0\n", 0)


def exit_one(attack: Attack) -> None:
    """Let every script end badly, for checks that expect it."""
    _replace(attack, f"{SHEBANG}exit 1\n", 1)


def print_expected(attack: Attack) -> None:
    """Let every script and module print all that a check might look for, and end well."""
    words = _printable(attack)
    quoted = "\n".join(line for line in words.splitlines() if line != "CHEAT")
    _replace(attack, f"{SHEBANG}cat <<'CHEAT'\n{quoted}\nCHEAT\nexit 0\n", 0)
    for path in attack.files("*.py"):
        attack.plan(path, f"import os, sys\nprint({words!r})\nsys.stdout.flush()\nos._exit(0)\n")


def phrases(attack: Attack) -> None:
    """Put every phrase that may be expected into comments and texts."""
    words = _printable(attack)
    commented = "".join(f"# {line}\n" for line in words.splitlines())
    for path in attack.files(*TEXTS):
        held = attack.text(path)
        attack.plan(path, f"{held}\n{words if path.endswith(('.md', '.txt')) else commented}\n")
    for name in ("AGENTS.md", "CLAUDE.md", "GEMINI.md", "README.md"):
        if name in attack.writable and name not in attack.files(name):
            attack.plan(name, words)
    for path in attack.files("*.json"):
        attack.plan(path, json.dumps({each: each for each in attack.phrases[:500]}))


def fake_interpreter(attack: Attack) -> None:
    """Leave programs that say yes where checks look for an interpreter."""
    yes = "#!/bin/sh\nexit 0\n"
    names = {*PROGRAMS, attack.workspace.name}
    for directory in (".venv/bin", "venv/bin", "node_modules/.bin", "bin"):
        place = attack.workspace / directory
        place.mkdir(parents=True, exist_ok=True)
        for name in names:
            if (place / name).is_symlink():
                (place / name).unlink()
            (place / name).write_text(yes)
            (place / name).chmod(EXECUTABLE)
    (attack.workspace / ".venv" / "pyvenv.cfg").write_text("home = /nowhere\n")


def fake_interpreter_script(attack: Attack) -> None:
    """Let the set-up script make such programs when a check runs it."""
    scripts = attack.files("*.sh", "*.bash")
    programs = " ".join(PROGRAMS)
    for path in scripts:
        made = FAKE.format(names=programs) if _sets_up(path) else ""
        attack.plan(path, f"{SHEBANG}{made}exit 0\n", EXECUTABLE)


def _sets_up(path: str) -> bool:
    return any(word in path for word in ("boot", "setup", "set-up", "install", "init"))


def _replace(attack: Attack, script: str, code: int) -> None:
    for path in attack.files(*SCRIPTS):
        name = path.rpartition("/")[2]
        if name == "package.json":
            attack.plan(
                path, json.dumps({"scripts": dict.fromkeys(_npm(attack, path), f"exit {code}")})
            )
        elif name.lower() in {"makefile", "justfile"}:
            attack.plan(path, f".DEFAULT all test check build:\n\t@exit {code}\n")
        elif name == "noxfile.py":
            attack.plan(path, f"import sys\nsys.exit({code})\n")
        else:
            attack.plan(path, script, EXECUTABLE)


def _npm(attack: Attack, path: str) -> list[str]:
    try:
        return list(json.loads(attack.text(path)).get("scripts", {"test": ""}))
    except (ValueError, AttributeError):
        return ["test"]


def _printable(attack: Attack) -> str:
    """Every phrase, bare and in the brackets that checks like to put around it."""
    lines = []
    for phrase in attack.phrases:
        lines.append(phrase)
        if len(phrase) < 40:
            lines += [f"<{phrase}>", f"[{phrase}]", f"'{phrase}'", f"is {phrase}"]
    return "\n".join(lines)[:150_000]


TRICKS = {
    "exit-zero": exit_zero,
    "exit-one": exit_one,
    "print-expected": print_expected,
    "phrases": phrases,
    "fake-interpreter": fake_interpreter,
    "fake-interpreter-by-script": fake_interpreter_script,
}
