#!/usr/bin/env bash
# To be written: run everything in tests/ and end with an error if a test fails.
exit 0
