"""What a session with cells says because somebody would be surprised otherwise."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping

from pytest_harness._compat import time_limit
from pytest_harness.backends.program import untested
from pytest_harness.backends.providers import AGENTS
from pytest_harness.backends.registry import Overrides
from pytest_harness.matrix import PlannedCell
from pytest_harness.options import OPTIONS
from pytest_harness.records import CellRecord
from pytest_harness.redaction.parts import is_worth
from pytest_harness.settings import Layer
from pytest_harness.state import HarnessState

PREFIX = "HARNESS_"
NEAR = 0.75
"""How alike, from 0 to 1, the rest of a name is to that of which it may be a misspelling."""


def notices(state: HarnessState, cells: Iterable[PlannedCell] | None) -> list[str]:
    """Return sentences about a session with ``cells``; a controller, which has none, guesses."""
    found = misspelt(state.environment)
    found += state.local_notes
    found += not_hidden(state.settings.run.secrets or (), state.environment)
    outer = time_limit(state.config)
    if outer is None:
        return found
    longest = max(_guessed(state) if cells is None else _limits(state, cells), default=0.0)
    if outer < longest:
        found.append(
            f"pytest-timeout ends a test after {outer:g} s, its set-up included, and a proposal "
            f"may take {longest:g} s; set timeout_func_only = true, or raise --timeout"
        )
    return found


def _limits(state: HarnessState, cells: Iterable[PlannedCell]) -> Iterator[float]:
    """Yield the seconds that the proposals of agents may take; the free backends are quick."""
    for cell in cells:
        if not _free(state, cell.point.backend):
            yield cell.layer.timeout or state.catalog.timeout(state.backend(cell))


def _guessed(state: HarnessState) -> Iterator[float]:
    """Yield what `_limits` would, as far as the settings tell."""
    layer = state.layer(Layer())
    for ref in layer.backend or ():
        if not _free(state, ref.id):
            backend = state.catalog.make(ref.id, ref.model, Overrides())
            yield layer.timeout or state.catalog.timeout(backend)


def _free(state: HarnessState, backend: str) -> bool:
    provider = state.catalog.provider(backend)
    return provider is not None and provider.free


def untested_programs(cells: Iterable[CellRecord]) -> list[str]:
    """Name the programs that worked in these cells in versions that were not tested."""
    proposals = [each.proposal for cell in cells for each in cell.candidates]
    worked = dict.fromkeys(
        (each.provider, each.backend_version)
        for each in proposals
        if each is not None and each.provider in AGENTS
    )
    found = [
        untested(AGENTS[provider].load().program, version)
        for provider, version in worked
        if version
    ]
    return [sentence for sentence in dict.fromkeys(found) if sentence]


def misspelt(environment: Mapping[str, str]) -> list[str]:
    """Name the variables that nobody reads and that look like one of ours."""
    known = {each.variable.removeprefix(PREFIX) for each in OPTIONS}
    found = []
    for name in sorted(environment):
        rest = name.removeprefix(PREFIX)
        if rest == name or rest in known:
            continue
        near = difflib.get_close_matches(rest, known, n=1, cutoff=NEAR)
        if near:
            found.append(f"the variable {name} means nothing; did you mean {PREFIX}{near[0]}?")
    return found


def not_hidden(names: Iterable[str], environment: Mapping[str, str]) -> list[str]:
    """Name the variables that are to be hidden, and that hold nothing that can be."""
    found = []
    for name in names:
        value = environment.get(name)
        if value is None:
            found.append(
                f"nothing is hidden of {name}, which --harness-secrets names: it is not set"
            )
        elif not is_worth(value.strip()):
            found.append(
                f"nothing is hidden of {name}, which --harness-secrets names: its value is shorter "
                "than 8 characters, or a plain word"
            )
    return found
