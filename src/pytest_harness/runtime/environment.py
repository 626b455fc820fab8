"""The environment that processes are given, built from an allow list."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

ALLOWED = frozenset(
    {
        "PATH",
        "LANG",
        "LANGUAGE",
        "TZ",
        "TZDIR",
        "USER",
        "LOGNAME",
        "LD_LIBRARY_PATH",
        "DYLD_LIBRARY_PATH",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
        "NODE_EXTRA_CA_CERTS",
    }
)
"""Names that are let through; those that begin with ``LC_`` are as well."""

PROXIES = frozenset({"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"})
"""Names, in capitals or not, that are let through unless they hold credentials."""


def base_environment(
    source: Mapping[str, str],
    home: Path,
    tmp: Path,
    extra: Mapping[str, str] | None = None,
    *,
    names: Iterable[str] = (),
) -> dict[str, str]:
    """Return the whole environment for a process.

    It has what ``source`` holds of the allow list and of ``names``, then ``home`` and ``tmp`` as
    home and temporary directories, then the variables of ``extra``, which win. No login shell is
    asked, and nothing of pytest or of Python's own variables gets through unless it is named.
    """
    named = frozenset(names)
    environment = {
        name: value for name, value in source.items() if name in named or _is_allowed(name, value)
    }
    environment.setdefault("PATH", os.defpath)
    environment.setdefault("LANG", "C.UTF-8")
    environment["TERM"] = "dumb"
    environment["HOME"] = str(home)
    for name in ("TMPDIR", "TMP", "TEMP"):
        environment[name] = str(tmp)
    environment.update(extra or {})
    return environment


def _is_allowed(name: str, value: str) -> bool:
    if name.upper() in PROXIES:
        return "@" not in value
    return name in ALLOWED or name.startswith("LC_")
