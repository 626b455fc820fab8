"""What the plugin keeps on items and on the configuration, typed."""

from __future__ import annotations

import pytest

RECORD: pytest.StashKey[str] = pytest.StashKey()
"""On an item: path of its cell's ``cell.json``; absent before the cell has a record."""
