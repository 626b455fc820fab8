#!/usr/bin/env bash
# Only prepares the directory; nobody has written the rest.
mkdir -p .venv/bin
