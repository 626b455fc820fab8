"""Keeping the values of credentials out of what is written down."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import quote

SHORTEST = 6
"""Characters; a shorter value is no secret, and hiding it would garble everything."""

_SECRET_NAME = re.compile(
    r"KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|AUTH(?!OR)|COOKIE", re.IGNORECASE
)


def is_secret_name(name: str) -> bool:
    """Tell whether a variable's name says that its value is secret."""
    return _SECRET_NAME.search(name) is not None


def named_like_secrets(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the values of variables whose names say that they are secret."""
    return tuple(value for name, value in environment.items() if is_secret_name(name))


class Secrets:
    """Values that must not be written down, in the usual encodings."""

    def __init__(self, values: Iterable[str]) -> None:
        forms: set[bytes] = set()
        for value in values:
            if len(value) >= SHORTEST:
                forms.update(_forms(value))
        longest_first = sorted(forms, key=lambda form: (-len(form), form))
        self._pattern = re.compile(b"|".join(map(re.escape, longest_first))) if forms else None

    def hide(self, text: str) -> str:
        """Return ``text`` with every secret replaced."""
        if self._pattern is None:
            return text
        return self.hide_bytes(text.encode("utf-8", "surrogateescape")).decode(
            "utf-8", "surrogateescape"
        )

    def hide_bytes(self, data: bytes) -> bytes:
        """Return ``data`` with every secret replaced."""
        return data if self._pattern is None else self._pattern.sub(b"[hidden]", data)

    def hide_file(self, path: Path) -> None:
        """Replace every secret in a file of moderate size; a missing file is fine."""
        if self._pattern is None or not path.is_file():
            return
        data = path.read_bytes()
        hidden = self.hide_bytes(data)
        if hidden != data:
            path.write_bytes(hidden)


def _forms(value: str) -> set[bytes]:
    """Return a value as it may be printed: plain, in JSON, in an address, in base64, in hex."""
    data = value.encode("utf-8", "surrogateescape")
    forms = {data, json.dumps(value)[1:-1].encode(), quote(data, safe="").encode()}
    forms |= {data.hex().encode(), data.hex().upper().encode()}
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        # Inside a longer text the value may begin at any of three places; what does not
        # depend on the neighbours is cut out.
        for shift in range(3):
            encoded = encode(b"\0" * shift + data)
            start = -(-shift * 8 // 6)
            end = (len(data) + shift) * 8 // 6
            forms.add(encoded[start:end])
    return {form for form in forms if len(form) >= SHORTEST}
