"""The tools of plain models."""
