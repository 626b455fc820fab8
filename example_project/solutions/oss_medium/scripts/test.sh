#!/usr/bin/env bash
# Run everything in tests/ and end with an error if a test fails.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec python3 -m unittest discover -s tests "$@"
