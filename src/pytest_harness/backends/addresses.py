"""Which of the addresses that an agent asks lie on this machine."""

from __future__ import annotations

import ipaddress
import urllib.parse
from collections.abc import Iterable, Mapping

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
"""Variables with the address of a proxy, in capitals or not."""

_USUAL = {"http": 80, "ws": 80, "https": 443, "wss": 443}


def loopback_ports(addresses: Iterable[str | None], env: Mapping[str, str]) -> tuple[int, ...]:
    """Return the ports on this machine that ``addresses`` and the proxies in ``env`` name."""
    proxies = [value for name, value in env.items() if name.upper() in PROXIES]
    found = (_port(each) for each in (*addresses, *proxies) if each)
    return tuple(sorted({port for port in found if port is not None}))


def _port(address: str) -> int | None:
    try:
        parts = urllib.parse.urlsplit(address)
        port = parts.port or _USUAL.get(parts.scheme)
    except ValueError:
        return None
    return port if _is_loopback(parts.hostname or "") else None


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
