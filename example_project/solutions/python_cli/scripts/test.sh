#!/usr/bin/env bash
# Run every test below tests/ with the interpreter that bootstrap.sh made.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [ ! -x .venv/bin/python ]; then
    echo "run scripts/bootstrap.sh first" >&2
    exit 1
fi
exec .venv/bin/python -m unittest discover -s tests "$@"
