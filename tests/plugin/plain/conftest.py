"""Clients of vendors, imported once: every session within this process would do it again."""

from __future__ import annotations

import importlib

import pytest


@pytest.fixture(scope="session", autouse=True)
def _clients() -> None:
    for name in ("pydantic_ai.direct", "pydantic_ai.models.openai", "ollama", "genai_prices"):
        importlib.import_module(name)
