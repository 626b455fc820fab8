"""Six small coding tasks that ship with pytest-harness, for plain models first of all."""

from pytest_harness.suites.coding import *  # noqa: F403
