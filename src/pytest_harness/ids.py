"""Names made from what a user wrote: test ids and directory names."""

from __future__ import annotations

import hashlib
import re

MAX_ID = 100
"""Characters of the longest id."""


def clean(text: str, limit: int = MAX_ID) -> str:
    """Make ``text`` a name of ASCII letters, digits and ``._-``, at most ``limit`` characters.

    Equal texts give equal names. Where something was lost a short digest of the text follows, so
    that different texts give different names.
    """
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-.")
    if name == text and len(name) <= limit:
        return name
    digest = hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:6]
    return f"{name[: limit - 7]}-{digest}".lstrip("-")
