"""Workspaces: copied, compared, kept, and handed to agents."""

from __future__ import annotations

from pytest_harness.workspace.compare import compare
from pytest_harness.workspace.context import HistoryEntry, Limits, verify_context, write_context
from pytest_harness.workspace.copying import copy_tree, lay_over, make_empty, remove_tree
from pytest_harness.workspace.environment import EnvironmentSnapshot, describe, layout
from pytest_harness.workspace.manifest import Entry, EntryKind, Manifest, display, scan
from pytest_harness.workspace.patch import Patch, apply, render
from pytest_harness.workspace.repository import Repositories
from pytest_harness.workspace.scope import leads_out, links_out, violations
from pytest_harness.workspace.stage import Stage, Trust

__all__ = [
    "Entry",
    "EntryKind",
    "EnvironmentSnapshot",
    "HistoryEntry",
    "Limits",
    "Manifest",
    "Patch",
    "Repositories",
    "Stage",
    "Trust",
    "apply",
    "compare",
    "copy_tree",
    "describe",
    "display",
    "lay_over",
    "layout",
    "leads_out",
    "links_out",
    "make_empty",
    "remove_tree",
    "render",
    "scan",
    "verify_context",
    "violations",
    "write_context",
]
