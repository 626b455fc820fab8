"""How fast the streams of agents are read: ``python benchmarks/parsing.py [provider ...]``.

For every provider with recorded streams in ``tests/backends/streams``, prints megabytes per second
of processor time of its parser over a long stream of the recorded events, repeated in turn, beside
the rate that is wanted, how many events that gave, and by how much memory grew on the way.
"""

from __future__ import annotations

import gc
import sys
import time
import tracemalloc
from collections.abc import Sequence
from pathlib import Path

from pytest_harness.backends.adapter import Parser, Room, Setup
from pytest_harness.backends.base import ProposalRequest
from pytest_harness.backends.providers import AGENTS
from pytest_harness.runtime import Supervisor
from pytest_harness.runtime.place import Place
from pytest_harness.runtime.plain import PlainRuntime
from pytest_harness.runtime.profile import Profile
from pytest_harness.runtime.settings import RuntimeSettings
from pytest_harness.vocabulary import RuntimeMode

STREAMS = Path(__file__).parents[1] / "tests" / "backends" / "streams"
WANTED = 100.0
"""Megabytes per second."""
SIZE = 24 << 20
"""Bytes of a stream."""
PLACE = Path("/nonexistent")


def parser(provider: str) -> Parser | None:
    """Make the parser of a provider; ``None`` if its adapter cannot be had."""
    try:
        adapter = AGENTS[provider].load()
    except (ImportError, AttributeError):
        return None
    workspace, scratch = PLACE / "workspace", PLACE / "scratch"
    request = ProposalRequest(
        workspace=workspace,
        prompt="",
        round=1,
        timeout=600,
        artifacts=PLACE,
        scratch=scratch,
        runner=Supervisor(),
        runtime=PlainRuntime(RuntimeSettings(mode=RuntimeMode.PROFILE)),
        place=Place(workspace=workspace, scratch=scratch),
        environment={},
    )
    setup = Setup(id=provider)
    profile = Profile(PLACE / "home", PLACE / "config", PLACE / "tmp", PLACE / "run")
    room = Room(
        request=request,
        setup=setup,
        argv=("program",),
        version="0.0.0",
        access=adapter.access(setup, {}),
        profile=profile,
        env={},
    )
    return adapter.parser(room)


def streams(provider: str) -> list[Path]:
    """Return the recorded streams of a provider's program, those of its own interface if any."""
    agent, _, interface = provider.partition("-")
    every = sorted(STREAMS.glob(f"{agent}_*.jsonl"))
    own = [path for path in every if path.name.startswith(f"{agent}_{interface}_")]
    others = {name.partition("-")[2] for name in AGENTS if name.startswith(f"{agent}-")}
    plain = [path for path in every if path.name.split("_")[1].split(".")[0] not in others]
    return own or plain


def lines(paths: Sequence[Path]) -> list[bytes]:
    """Return the recorded lines of all streams, repeated until they are long enough."""
    once = [line for path in paths for line in path.read_bytes().splitlines() if line.strip()]
    size = sum(map(len, once))
    return once * (SIZE // size + 1) if size else []


def measure(provider: str) -> str:
    """Measure one provider; return the row."""
    made, stream = parser(provider), lines(streams(provider))
    if made is None or not stream:
        return f"{provider:18} {'not to be had' if made is None else 'no recorded streams'}"
    events = 0
    start = time.process_time()
    for line in stream:
        events += len(made.parse(line, 1.0))
    taken = time.process_time() - start
    size = sum(map(len, stream))
    rate = size / taken / 1e6
    verdict = "" if rate >= WANTED else "  below"
    return (
        f"{provider:18} {rate:8.0f} {WANTED:8.0f} {size // len(stream):10} {events:9} "
        f"{growth(provider, stream):12.0f}{verdict}"
    )


def growth(provider: str, stream: Sequence[bytes]) -> float:
    """Return by how many KiB a parser grew between the first and the second half of a stream."""
    made = parser(provider)
    assert made is not None
    part = stream[: min(len(stream), 40_000)]
    half = len(part) // 2
    tracemalloc.start()
    try:
        for line in part[:half]:
            made.parse(line, 1.0)
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        for line in part[half:]:
            made.parse(line, 1.0)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return (after - before) / 1024


def main() -> None:
    """Print a row for each provider."""
    print(
        f"{'provider':18} {'MB/s':>8} {'wanted':>8} {'bytes/line':>10} {'events':>9} growth (KiB)"
    )
    for provider in sys.argv[1:] or AGENTS:
        print(measure(provider), flush=True)


if __name__ == "__main__":
    main()
