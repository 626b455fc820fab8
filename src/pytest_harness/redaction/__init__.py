"""Keeping secret values out of everything that is written down; names are kept."""

from __future__ import annotations

from pytest_harness.redaction.names import is_secret_name, secret_values
from pytest_harness.redaction.vault import HIDDEN, Vault

__all__ = ["HIDDEN", "Vault", "is_secret_name", "secret_values"]
