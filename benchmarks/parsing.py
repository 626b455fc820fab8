"""How fast the streams of agents are read: ``python -m benchmarks.parsing [provider ...]``.

For every provider with recorded streams in ``tests/backends/streams``, prints megabytes per second
of processor time beside the rate that is wanted: of its parser alone, and of the whole way from a
line to the written event, as the driver goes it (parse, hide secrets, add to the transcript, write
down, flush). The runs of a stream are read in turn, each by a parser of its own, because a parser
may stop listening at the end of a run. ``recorded`` are the runs as they were recorded with a
scripted model, failures included: hundreds of bytes a line. ``typical`` are the runs that worked,
with texts as long as real models and real tools make them; `benchmarks.streams` tells how long.

The figures are those of a machine that does nothing else; others that use it make them smaller.
The last column tells by how many KiB a parser grew in the second half of a long typical run.
"""

from __future__ import annotations

import gc
import itertools
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.streams import SOURCES, Run, recorded, typical
from pytest_harness.backends.adapter import Parser, Room, Setup
from pytest_harness.backends.base import ProposalRequest
from pytest_harness.backends.driver import KEEP
from pytest_harness.backends.listening import Listener
from pytest_harness.backends.providers import AGENTS
from pytest_harness.backends.transcript import Transcript
from pytest_harness.redaction import Vault
from pytest_harness.runtime import Supervisor
from pytest_harness.runtime.place import Place
from pytest_harness.runtime.plain import PlainRuntime
from pytest_harness.runtime.profile import Profile
from pytest_harness.runtime.settings import RuntimeSettings
from pytest_harness.vocabulary import RuntimeMode

WANTED = 100.0
"""Megabytes per second."""
SIZE = 4 << 20
"""Bytes that are read at least."""
ROUNDS = 3
"""How often each figure is taken; the best counts, because others use the machine as well."""
PLACE = Path("/nonexistent")
VAULT = Vault(("sk-ant-Zq83hVb0Lr5Tn2Xw9Ky4Jd7Ps1Gf6Ma", "7c1e9a4b2d8f6053a1b7"))
"""The secrets that a run knows."""


def maker(provider: str) -> Callable[[], Parser]:
    """Return what makes parsers of a provider."""
    adapter = AGENTS[provider].load()
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
    return lambda: adapter.parser(room)


def parse(runs: Sequence[Run], parsers: Sequence[Parser]) -> int:
    """Read runs; return how many events they gave."""
    events = 0
    for run, parser in zip(runs, parsers, strict=True):
        for line in run:
            events += len(parser.parse(line, 1.0))
    return events


def drive(runs: Sequence[Run], parsers: Sequence[Parser]) -> int:
    """Read runs and write their events down; return how many bytes that gave."""
    with tempfile.TemporaryFile() as file:
        for run, parser in zip(runs, parsers, strict=True):
            listener = Listener(file, Transcript(PLACE / "workspace"), VAULT, KEEP)
            for line in run:
                listener.take(parser.parse(line, 1.0))
        return file.tell()


def rate(
    work: Callable[[Sequence[Run], Sequence[Parser]], int],
    runs: Sequence[Run],
    make: Callable[[], Parser],
) -> tuple[float, int]:
    """Return megabytes per second, and what ``work`` returned."""
    best, result = float("inf"), 0
    for _ in range(ROUNDS):
        parsers = [make() for _ in runs]
        start = time.process_time()
        result = work(runs, parsers)
        best = min(best, time.process_time() - start)
    return sum(len(line) for run in runs for line in run) / best / 1e6, result


def longer(runs: Sequence[Run]) -> list[Run]:
    """Repeat runs in turn until there are enough."""
    size = 0
    enough = []
    for run in itertools.cycle(runs):
        enough.append(run)
        size += sum(map(len, run))
        if size >= SIZE:
            return enough
    return enough


def row(name: str, kind: str, runs: Sequence[Run], make: Callable[[], Parser]) -> str:
    """Measure one kind of stream of one provider."""
    many = longer(runs)
    fast, events = rate(parse, many, make)
    driven, _ = rate(drive, many, make)
    lines = sum(map(len, many))
    size = sum(len(line) for run in many for line in run) // lines
    low = "  below" if kind == "typical" and min(fast, driven) < WANTED else ""
    grown = f"{growth(runs, make):8.0f}" if kind == "typical" else " " * 8
    return (
        f"{name:17} {kind:9} {fast:7.0f} {driven:7.0f} {WANTED:7.0f} {size:11} "
        f"{events / lines:12.2f} {grown}{low}"
    )


def growth(runs: Sequence[Run], make: Callable[[], Parser]) -> float:
    """Return by how many KiB a parser grew in the second half of a long run."""
    parser = make()
    lines = list(itertools.islice(itertools.cycle(itertools.chain(*runs)), 40_000))
    half = len(lines) // 2
    sizes = []
    tracemalloc.start()
    try:
        for part in (lines[:half], lines[half:]):
            for line in part:
                parser.parse(line, 1.0)
            gc.collect()
            sizes.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    return (sizes[1] - sizes[0]) / 1024


def main() -> None:
    """Print two rows for each provider."""
    print(
        f"{'provider':17} {'stream':9} {'parser':>7} {'driver':>7} {'wanted':>7} "
        f"{'bytes/line':>11} {'events/line':>12} {'growth':>8}"
    )
    for provider in sys.argv[1:] or SOURCES:
        source, make = SOURCES[provider], maker(provider)
        print(row(provider, "recorded", recorded(source), make), flush=True)
        print(row(provider, "typical", typical(source), make), flush=True)


if __name__ == "__main__":
    main()
