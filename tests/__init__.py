"""The tests of pytest-harness."""
