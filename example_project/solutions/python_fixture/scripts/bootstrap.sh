#!/usr/bin/env bash
# Make .venv, with the package importable from src. Needs no network.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [ ! -x .venv/bin/python ]; then
    python3 -m venv --without-pip .venv
fi
.venv/bin/python - "$PWD/src" <<'PYTHON'
import pathlib
import sys
import sysconfig

site = pathlib.Path(sysconfig.get_path("purelib"))
(site / "stockroom.pth").write_text(sys.argv[1] + "\n")
PYTHON
.venv/bin/python -c "import stockroom"
