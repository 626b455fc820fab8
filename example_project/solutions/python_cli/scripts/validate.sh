#!/usr/bin/env bash
# The quick look before a commit: does all code compile, do the instructions name real scripts?
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

python3 - <<'PYTHON'
import pathlib
import re
import sys
import tomllib

wrong = []
for folder in ("src", "tests"):
    for path in sorted(pathlib.Path(folder).rglob("*.py")):
        try:
            compile(path.read_bytes(), str(path), "exec")
        except SyntaxError as error:
            wrong.append(f"{path}:{error.lineno}: {error.msg}")
try:
    scripts = tomllib.loads(pathlib.Path("pyproject.toml").read_text())["project"]["scripts"]
except (tomllib.TOMLDecodeError, KeyError) as error:
    wrong.append(f"pyproject.toml: {error}")
else:
    for name, entry in scripts.items():
        module = entry.split(":")[0].replace(".", "/")
        if not pathlib.Path("src", f"{module}.py").is_file():
            wrong.append(f"pyproject.toml: {name} names {entry}, which does not exist")
for name in ("AGENTS.md", "GEMINI.md"):
    for script in re.findall(r"scripts/[\w.-]+\.sh", pathlib.Path(name).read_text()):
        if not pathlib.Path(script).is_file():
            wrong.append(f"{name}: {script} does not exist")
print("\n".join(wrong) or "all fine")
sys.exit(1 if wrong else 0)
PYTHON
