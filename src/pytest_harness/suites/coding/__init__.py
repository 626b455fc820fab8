"""Six small coding tasks for plain models, and a test for each.

One line in a test module of a project runs them all, each at every point of the matrix::

    from pytest_harness.suites.coding import *

They are made for the backend `model`, which is offered exactly the tools that a task allows. The
program of an agent has tools of its own, so that it can be held to less; each target says to what.
"""

from pytest_harness.suites.coding.answers import (
    no_tool_diagnosis,
    read_only_audit,
    test_no_tool_diagnosis,
    test_read_only_audit,
)
from pytest_harness.suites.coding.edits import (
    cli_help_flag,
    docs_symbol_rename,
    python_add,
    test_cli_help_flag,
    test_docs_symbol_rename,
    test_output_first,
    test_python_add,
    test_test_output_first,
)

__all__ = [
    "cli_help_flag",
    "docs_symbol_rename",
    "no_tool_diagnosis",
    "python_add",
    "read_only_audit",
    "test_cli_help_flag",
    "test_docs_symbol_rename",
    "test_no_tool_diagnosis",
    "test_output_first",
    "test_python_add",
    "test_read_only_audit",
    "test_test_output_first",
]
