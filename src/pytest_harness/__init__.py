"""pytest-harness."""
