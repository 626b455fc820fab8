#!/usr/bin/env bash
# Make .venv with the program minutes, running the code in src. Needs no network.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [ ! -x .venv/bin/python ]; then
    python3 -m venv --without-pip .venv
fi
.venv/bin/python - "$PWD" <<'PYTHON'
import pathlib
import sys
import sysconfig
import tomllib

root = pathlib.Path(sys.argv[1])
site = pathlib.Path(sysconfig.get_path("purelib"))
(site / "minutes.pth").write_text(f"{root / 'src'}\n")
scripts = tomllib.loads((root / "pyproject.toml").read_text())["project"]["scripts"]
for name, entry in scripts.items():
    module, function = entry.split(":")
    program = root / ".venv" / "bin" / name
    program.write_text(
        f"#!{root}/.venv/bin/python\n"
        f"import sys\n\nfrom {module} import {function}\n\nsys.exit({function}())\n"
    )
    program.chmod(0o755)
PYTHON
.venv/bin/minutes --version
