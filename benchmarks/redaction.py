"""How fast secrets are searched: ``python benchmarks/redaction.py``.

Prints megabytes per second for one secret and for twenty, on text that holds none and on text
that holds one in each kilobyte.
"""

from __future__ import annotations

import random
import string
import time

from pytest_harness.redaction import Vault

SIZE = 8 << 20


def words(count: int) -> list[str]:
    """Make keys, the same in every run."""
    source = random.Random(7)  # noqa: S311 - no secrets
    letters = string.ascii_letters + string.digits + "+/-_"
    return ["".join(source.choices(letters, k=48)) for _ in range(count)]


def text(secret: str | None) -> bytes:
    """Make output as programs print it."""
    source = random.Random(8)  # noqa: S311 - no secrets
    lines = []
    size = 0
    while size < SIZE:
        line = " ".join("".join(source.choices(string.ascii_letters, k=7)) for _ in range(120))
        line += f" {secret}" if secret else ""
        lines.append(line)
        size += len(line) + 1
    return "\n".join(lines).encode()


def main() -> None:
    """Print all figures."""
    for count in (1, 20):
        secrets = words(count)
        start = time.perf_counter()
        vault = Vault(secrets)
        made = time.perf_counter() - start
        for name, data in (("no secret", text(None)), ("one in a kilobyte", text(secrets[0]))):
            start = time.perf_counter()
            vault.hide_bytes(data)
            speed = len(data) / (time.perf_counter() - start) / 1e6
            print(f"{count} secrets, {name}: {speed:.0f} MB/s (vault made in {made * 1000:.1f} ms)")
        line = "the quick brown fox jumps over the lazy dog " * 3
        start = time.perf_counter()
        for _ in range(2000):
            vault.hide(line)
        print(f"{count} secrets, a line: {(time.perf_counter() - start) / 2000 * 1e6:.0f} us")


if __name__ == "__main__":
    main()
