"""Which rules the structural validator holds turns against: words, and files of one's own."""

from __future__ import annotations

from pathlib import Path

from pytest_harness.config_documents import Document
from pytest_harness.model.validator import (
    DEFAULT,
    OFF,
    PROSE_CHARACTERS,
    Rule,
    ValidatorConfig,
)

__all__ = ["KEYS", "WORDS", "ValidatorConfig", "read_validator"]

WORDS = {"off": OFF, "default": DEFAULT}
"""What needs no file."""
KEYS = ("rules", "prose_characters")
"""What a file may hold."""


def read_validator(given: str, root: Path) -> ValidatorConfig:
    """Read what was given for the validator: ``off``, ``default``, or a TOML or JSON file.

    A relative path starts at ``root``. What a file leaves out is as in ``default``. Raises
    `ConfigurationError` for an unknown word, and for a file that is missing or wrong.
    """
    if given in WORDS:
        return WORDS[given]
    document = Document("validator", given, tuple(WORDS), root)
    table, values = document.table(KEYS), document.values
    most = values.optional("the validator", table, "prose_characters", values.count)
    return ValidatorConfig(
        rules=document.rules(table["rules"], Rule) if "rules" in table else tuple(Rule),
        prose_characters=PROSE_CHARACTERS if most is None else most,
    )
