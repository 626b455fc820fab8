"""One proposal of a plain model: from a request to a record."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from pytest_harness.backends.base import ProposalRequest, not_made
from pytest_harness.backends.driver import sentence
from pytest_harness.backends.script_files import script_files
from pytest_harness.errors import BackendError
from pytest_harness.model.backend import ModelBackend
from pytest_harness.model.client import Client
from pytest_harness.model.conversation import ToolSpec
from pytest_harness.model.formats.choosing import format_of
from pytest_harness.model.local.loading import Loading, loaded_by_cell
from pytest_harness.model.loop import Agent, End, Loop
from pytest_harness.model.mock import MockClient
from pytest_harness.model.mock_steps import script_of
from pytest_harness.model.probing import lacking
from pytest_harness.model.prompts import LOOP
from pytest_harness.model.review import Reviewer
from pytest_harness.model.selectors import Selector
from pytest_harness.model.step_judge import StepJudge
from pytest_harness.model.telling import Teller, telling
from pytest_harness.model.tools.toolbox import Toolbox
from pytest_harness.model.validator import StructuralValidator
from pytest_harness.model.vendors import Vendor
from pytest_harness.records import ProposalRecord
from pytest_harness.runtime.environment import base_environment
from pytest_harness.runtime.profile import fresh_profile
from pytest_harness.testing.loading import load_script
from pytest_harness.testing.script import Script
from pytest_harness.vocabulary import Fault


def propose(backend: ModelBackend, request: ProposalRequest) -> ProposalRecord:
    """Let a model edit ``request.workspace`` and tell what happened.

    What the model or its vendor did is in the record. Raises `ConfigurationError` for a model
    that was not named and for a script that cannot be read any more.
    """
    try:
        with contextlib.ExitStack() as held:
            proposal = _Proposal(backend, request, held)
            record = proposal.record()
        return record.model_copy(update={"notes": proposal.notes})
    except BackendError as error:
        return not_made(backend, request, error.fault, request.vault.hide(str(error)))


class _Proposal:
    """One proposal, with all that is held while it goes on."""

    def __init__(
        self, backend: ModelBackend, request: ProposalRequest, held: contextlib.ExitStack
    ) -> None:
        self._backend = backend
        self._request = request
        self._held = held
        self._judge: StepJudge | None = None
        self._loadings: list[Loading] = []
        environment = request.environment
        for selector, vendor in backend.asked:
            request.vault.add(environment[name] for name in vendor.keys if name in environment)
            if absent := lacking(vendor, selector.model, environment):
                raise BackendError(Fault.UNAVAILABLE, "; ".join(absent.missing))

    def record(self) -> ProposalRecord:
        """Let the model work, and write its record."""
        backend, request = self._backend, self._request
        teller = self._held.enter_context(telling(request))
        loop: Loop
        toolbox = Toolbox(
            workspace=request.workspace,
            offered=request.tools,
            runner=request.runner,
            environment=self._environment(),
            commands=backend.options.commands if request.commands is None else request.commands,
            command_timeout=backend.options.command_timeout,
            ignore=request.ignore,
            remaining=lambda: loop.remaining(),
            outside=request.outside,
            host_programs=request.runtime.host_programs,
        )
        agent = Agent(
            model=backend.model or backend.id,
            client=self._client(toolbox.specs),
            format=format_of(backend.format),
            tools=toolbox,
            reviewers=self._reviewers(),
            options=backend.options,
        )
        loop = Loop(agent, request, teller)
        try:
            end = loop.run()
        except OSError as error:
            raise BackendError(
                Fault.INTERNAL, f"an input of the target cannot be read: {error}"
            ) from error
        return self._made(end, teller)

    def _made(self, end: End, teller: Teller) -> ProposalRecord:
        backend, request, summary = self._backend, self._request, teller.summary
        return ProposalRecord(
            backend=backend.id,
            provider=backend.provider,
            backend_version=LOOP,
            model=backend.model,
            runtime=request.runtime.name,
            cwd=str(request.workspace),
            ended=end.ended,
            completed=end.completed,
            fault=end.fault,
            reason=sentence(request.vault.hide(end.reason)),
            retry_after=end.retry_after,
            answer=summary.answer,
            spent=teller.spent,
            price_date=teller.price_date,
            turns=summary.turns,
            tool_calls=summary.calls,
            reported_changes=summary.changes,
            reported_reads=summary.reads,
            refused_tools=tuple(summary.refused),
            rejections=teller.rejections.kept,
            rejected_calls=teller.rejections.calls,
            judged=teller.judged if self._judge is None else teller.judged + self._judge.owed,
            program_retries=summary.retries,
            first_event=summary.first_event,
            duration=teller.seconds,
            survivors=teller.survivors,
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What was noticed, once nothing is held any more."""
        judge = () if self._judge is None else self._judge.notes()
        return (*judge, *(note for each in self._loadings for note in each.notes))

    def _client(self, tools: Sequence[ToolSpec]) -> Client:
        """Make who answers."""
        backend, request = self._backend, self._request
        if backend.script is not None:
            return MockClient(_script(backend.script.path, request.round), backend.format, tools)
        if backend.free:
            script = script_of(backend.options.answer, request.solution)
            return MockClient(script, backend.format, tools)
        selector, vendor = backend.asked[0]
        return self._asking(selector, vendor)

    def _asking(self, selector: Selector, vendor: Vendor) -> Client:
        """Make the client for a model of a vendor; a local one is unloaded as it was found."""
        from pytest_harness.model.clients.making import make_client

        environment = self._request.environment
        keep = self._backend.keep_local
        loading = loaded_by_cell(vendor, selector.model, environment, keep=keep)
        self._loadings.append(self._held.enter_context(loading))
        client = make_client(vendor, selector.model, environment)
        self._held.callback(client.close)
        return client

    def _reviewers(self) -> tuple[Reviewer, ...]:
        backend = self._backend
        found: list[Reviewer] = [StructuralValidator(backend.validator)]
        if backend.judge is not None:
            selector, vendor = backend.asked[-1]
            self._judge = StepJudge(backend.judge, self._asking(selector, vendor))
            found.append(self._judge)
        return tuple(found)

    def _environment(self) -> Mapping[str, str]:
        """Return the variables of commands: no credential is among them."""
        request = self._request
        if not request.runtime.own_home:
            profile = self._held.enter_context(
                fresh_profile(request.scratch, request.runtime.homes)
            )
            return profile.environment(request.environment)
        tmp = request.scratch / "tmp"
        tmp.mkdir(parents=True, exist_ok=True)
        home = Path(request.environment.get("HOME", request.scratch))
        return base_environment(request.environment, home, tmp)


def _script(path: Path, round_: int) -> Script:
    """Read the script of a round, from 1; after the last one it is the last one."""
    files = script_files(path)
    return load_script(files[min(round_, len(files)) - 1])
