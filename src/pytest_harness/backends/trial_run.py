"""One small turn of a backend's program, to see whether the whole chain works here."""

from __future__ import annotations

import dataclasses
import enum
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pytest_harness.backends.agent_backend import AgentBackend
from pytest_harness.backends.base import Backend, ProposalRequest
from pytest_harness.backends.own_model import asking, for_free, with_key
from pytest_harness.backends.scripted import ScriptedBackend
from pytest_harness.errors import HarnessError
from pytest_harness.records import ProposalRecord, Usage
from pytest_harness.redaction import Vault
from pytest_harness.runtime.base import Runtime
from pytest_harness.runtime.place import Place
from pytest_harness.runtime.process import Runner
from pytest_harness.testing import Say, ScriptedModel, Step, WriteFile

FILE = "ready.txt"
WORD = "ready"
_PROMPT = f"Write the single word {WORD} into the file {FILE} in the current directory, then stop."
_TURNS = 5
"""Requests that a real model may get, where a program can be told."""
_DOLLARS = 0.25
"""What they may cost, where a program can be told."""
_SECONDS = 120.0


class Turn(enum.StrEnum):
    """Which model is asked."""

    LIVE = "live"
    """A scripted one: free, without a network."""
    SMOKE = "smoke"
    """The user's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnResult:
    """How the turn went."""

    works: bool
    """Whether the program asked its model and wrote the file."""
    reason: str = ""
    """What went wrong, in one sentence."""
    seconds: float = 0.0
    """How long the program ran."""
    usage: Usage = Usage()  # noqa: RUF009 - frozen
    """Tokens."""
    cost_usd: float | None = None
    """Dollars; ``None`` if nobody knows."""


def take_turn(
    turn: Turn, backend: Backend, runtime: Runtime, runner: Runner, environment: Mapping[str, str]
) -> TurnResult:
    """Let the program write one file in a temporary workspace."""
    if isinstance(backend, ScriptedBackend):
        turn, backend = Turn.LIVE, backend.inner  # its own model is as free
    if not isinstance(backend, AgentBackend):
        return TurnResult(works=True, reason="it has no program that asks a model", cost_usd=0.0)
    with tempfile.TemporaryDirectory(prefix="harness-probe-") as directory:
        root = Path(directory).resolve()
        place = Place(workspace=root / "workspace", scratch=root / "scratch")
        for path in place.writable:
            path.mkdir()
        try:
            with runtime.enter(place, runner) as inside:
                request = ProposalRequest(
                    workspace=place.workspace,
                    prompt=_PROMPT,
                    round=1,
                    timeout=_SECONDS,
                    artifacts=root / "artifacts",
                    scratch=place.scratch,
                    runner=inside,
                    runtime=runtime,
                    place=place,
                    environment=environment,
                    vault=Vault.of(environment),
                )
                record = (
                    _scripted(backend, request) if turn is Turn.LIVE else _real(backend, request)
                )
        except HarnessError as error:
            return TurnResult(works=False, reason=str(error))
        return _result(record, place.workspace / FILE)


def _scripted(backend: AgentBackend, request: ProposalRequest) -> ProposalRecord:
    steps: list[Step] = [WriteFile(FILE, f"{WORD}\n"), Say("It is written.")]
    with ScriptedModel(steps, workspace=request.workspace) as model:
        asked = dataclasses.replace(request, environment=with_key(request.environment))
        return for_free(asking(backend, model.root_url).propose(asked))


def _real(backend: AgentBackend, request: ProposalRequest) -> ProposalRecord:
    from pytest_harness.backends.providers import AGENTS

    able, options = AGENTS[backend.provider].options, backend.setup.options
    if "turns" in able:
        turns = _TURNS if options.turns is None else min(_TURNS, options.turns)
        options = dataclasses.replace(options, turns=turns)
    if "budget_usd" in able:
        dollars = _DOLLARS if options.budget_usd is None else min(_DOLLARS, options.budget_usd)
        options = dataclasses.replace(options, budget_usd=dollars)
    setup = dataclasses.replace(backend.setup, options=options)
    return dataclasses.replace(backend, setup=setup).propose(request)


def _result(record: ProposalRecord, file: Path) -> TurnResult:
    wrote = file.is_file() and file.read_text(encoding="utf-8", errors="replace").strip() == WORD
    reason = record.reason
    if not reason and not wrote:
        reason = f"the program finished its turn and did not write {FILE}"
    return TurnResult(
        works=wrote and record.completed and record.fault is None,
        reason=reason,
        seconds=record.duration,
        usage=record.spent.usage,
        cost_usd=record.spent.cost_usd,
    )
