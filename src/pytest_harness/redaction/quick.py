"""Telling at once that a text holds nothing of what is looked for, as nearly all texts do."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic_core import SchemaValidator

MOST = 2000
"""Words that are searched together; more would take too long to prepare."""


class Quick:
    """Looks for all of many words and patterns at once.

    ``re`` and ``bytes.find`` need as much time for each of them as this needs for all.
    """

    def __init__(self, patterns: Collection[str], words: Collection[bytes]) -> None:
        """Take patterns that look at nothing around them, and words of letters and digits."""
        self._any: SchemaValidator | None = None
        if len(words) <= MOST:
            # Every session of pytest makes a vault, and most have nothing to search.
            from pydantic_core import SchemaValidator, core_schema

            every = "|".join((*patterns, *(re.escape(word.decode("ascii")) for word in words)))
            schema = core_schema.str_schema(pattern=every, regex_engine="rust-regex")
            self._any = SchemaValidator(schema)

    def surely_nothing_in(self, data: bytes) -> bool:
        """Tell whether nothing is in ``data``; ``False`` where that is not known."""
        try:
            return self.surely_nothing_in_text(data.decode())
        except UnicodeDecodeError:
            return False

    def surely_nothing_in_text(self, text: str) -> bool:
        """Tell whether nothing is in ``text``; ``False`` where that is not known."""
        if self._any is None:
            return False
        if not text.isascii():
            try:
                text.encode()
            except UnicodeEncodeError:
                return False
        return not self._any.isinstance_python(text)
