"""Which variables are secret, by their names and by what they hold."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path

_SECRET = re.compile(
    r"(?<!MON)(?<!TUR)(?<!HOC)(?<!JOC)KEY(?!BOARD|MAP|WORD|RING|STONE|PAD|CODE|FRAME|NOTE)"
    r"|TOKEN(?!I[SZ])|SECRET|PASSWO?R?D|PASSPHRASE|PASSCODE|(?:^|_)PASS(?:_|$)|(?<!OLD)_PWD(?:_|$)"
    r"|CREDENTIAL|(?:^|_)CREDS?(?:_|$)|AUTH(?!OR)|COOKIE|(?:^|_)(?:PAT|DSN|JWT|SALT|OTP)(?:_|$)"
    r"|CONN(?:ECTION)?_?STR(?:ING)?|WEBHOOK|PRIVATE|BEARER",
    re.IGNORECASE,
)
_HARMLESS = re.compile(
    r"_(?:SOCK|FILE|PATH|DIR|FD|TYPE|METHOD|MODE|TTL|TIMEOUT|HELPER)$|^GIT_ASKPASS$|"
    r"^(?!.*(?:SECRET|PRIVATE)).*PUBLIC",
    re.IGNORECASE,
)
_URL_PASSWORD = re.compile(r"://[^\s/:@]*:[^\s/@]+@")
_BY_KEY = re.compile(r"(?:^|[;,&?\s])\s*[\w. -]*?(\w+)\s*=\s*([^;,&\s]+)")


def is_secret_name(name: str) -> bool:
    """Tell whether a variable's name says that its value is secret."""
    return _SECRET.search(name) is not None and _HARMLESS.search(name) is None


def secret_values(environment: Mapping[str, str], more: Collection[str] = ()) -> tuple[str, ...]:
    """Return the values that are secret.

    A value is, if its name says so, if its name is among ``more``, or if it is an address with a
    password. The path of something that exists is not.
    """
    return tuple(
        value
        for name, value in environment.items()
        if name in more
        or (is_secret_name(name) and not _is_place(value))
        or _URL_PASSWORD.search(value)
    )


def _is_place(value: str) -> bool:
    try:
        return value.startswith("/") and Path(value).exists()
    except (OSError, ValueError):  # too long for a path, or none at all
        return False


def named_parts(value: str) -> tuple[str, ...]:
    """Return the secret parts of a text such as ``host=db;password=...``."""
    return tuple(found[2] for found in _BY_KEY.finditer(value) if is_secret_name(found[1]))
