"""The format that goes by a name."""

from __future__ import annotations

from pytest_harness.model.formats.base import Format
from pytest_harness.model.formats.native import NativeFormat
from pytest_harness.model.formats.text import TextFormat
from pytest_harness.vocabulary import ToolFormat


def format_of(chosen: ToolFormat) -> Format:
    """Return the format."""
    return TextFormat() if chosen is ToolFormat.TEXT else NativeFormat()
