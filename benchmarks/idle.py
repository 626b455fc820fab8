"""What the plugin adds to a session without targets: ``python benchmarks/idle.py [ROUNDS]``.

Runs the same small suite with and without the plugin, one after the other, and prints the CPU time
of each and the difference, as medians. A first pair fills the caches and does not count.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from pathlib import Path

ROUNDS = 30
LIMIT_MS = 5.0

CONFIGURATION = "[pytest]\naddopts = -p no:cacheprovider -p no:xdist -p no:html -p no:metadata\n"
TESTS = "def test_one():\n    pass\n\n\ndef test_two():\n    pass\n"


def cpu_ms(project: Path, *options: str) -> float:
    """Run pytest in ``project`` and return the CPU time it took, in milliseconds."""
    argv = [sys.executable, "-m", "pytest", "-q", str(project), *options]
    environment = {"PATH": os.environ["PATH"], "PYTHONHASHSEED": "0"}
    silent = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)]
    pid = os.posix_spawn(sys.executable, argv, environment, file_actions=silent)
    _, status, usage = os.wait4(pid, 0)
    if status:
        raise SystemExit(f"pytest failed in {project}: status {status}")
    return 1000 * (usage.ru_utime + usage.ru_stime)


def main() -> None:
    """Measure and print."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    bare: list[float] = []
    ours: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        project = Path(name)
        (project / "pytest.ini").write_text(CONFIGURATION)
        (project / "test_plain.py").write_text(TESTS)
        for round_ in range(rounds + 1):
            pair = (cpu_ms(project, "-p", "no:harness"), cpu_ms(project))
            if round_:
                bare.append(pair[0])
                ours.append(pair[1])
    added = statistics.median(b - a for a, b in zip(bare, ours, strict=True))
    print(f"without the plugin: {statistics.median(bare):7.1f} ms of CPU time, median of {rounds}")
    print(f"with the plugin:    {statistics.median(ours):7.1f} ms")
    print(f"added:              {added:7.1f} ms (limit {LIMIT_MS:g})")


if __name__ == "__main__":
    main()
