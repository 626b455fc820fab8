#!/usr/bin/env bash
echo "bootstrap: not written yet" >&2
exit 1
