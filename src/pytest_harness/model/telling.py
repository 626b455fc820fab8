"""What happens in a plain model's proposal, told to those who keep it: events and transcript."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator

from pytest_harness.backends.base import ProposalRequest
from pytest_harness.backends.driver import KEEP
from pytest_harness.backends.events import Event, EventKind
from pytest_harness.backends.listening import Listener
from pytest_harness.backends.transcript import Transcript
from pytest_harness.model.client import Finish, ModelError, Reply
from pytest_harness.model.conversation import Call
from pytest_harness.model.formats.base import RejectedCall, Turn
from pytest_harness.model.rejections import Rejections
from pytest_harness.model.review import Objection
from pytest_harness.model.tools.base import Outcome
from pytest_harness.model.transcript import NAME, Speaker, TranscriptFile
from pytest_harness.records import Spent
from pytest_harness.vocabulary import RejectedBy, Role


class Teller:
    """Writes a proposal down while it goes on."""

    def __init__(
        self, listener: Listener, file: TranscriptFile, summary: Transcript, rejections: Rejections
    ) -> None:
        """Take who keeps events, messages, their summary, and what was not done."""
        self.summary = summary
        """What is kept of the events."""
        self.rejections = rejections
        """What was not done."""
        self.spent = Spent()
        """Tokens and dollars of the model."""
        self.judged = Spent()
        """Tokens and dollars of the reviews."""
        self.price_date: str | None = None
        """Date of the price list that dollars were computed from."""
        self.survivors = 0
        """Processes that commands left running."""
        self.turn = 0
        """The turn that is told of, from 1."""
        self._listener = listener
        self._file = file
        self._began = time.monotonic()
        self._replies = 0

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._began

    @property
    def answered(self) -> bool:
        """Whether the model ever answered."""
        return self._replies > 0

    def message(self, role: Role, text: str) -> None:
        """Tell what the model is told at the start."""
        self._file.add(0, role, text=text)

    def session(self) -> None:
        """Tell that all is ready."""
        self._event(EventKind.SESSION)

    def asked(self) -> None:
        """Tell that the model is asked for its next turn."""
        self.turn += 1
        self._event(EventKind.TURN)

    def again(self, error: ModelError) -> None:
        """Tell that a request is repeated after an error."""
        self._event(EventKind.RETRY, text=str(error))

    def reply(self, reply: Reply) -> None:
        """Tell what an answer cost."""
        known = self._replies == 0 or self.spent.cost_usd is not None
        self.spent += reply.spent
        if not known or reply.cost_usd is None:
            # What is known in part is not known.
            self.spent = self.spent.model_copy(update={"cost_usd": None})
        self.price_date = reply.price_date or self.price_date
        self._replies += 1
        if reply.reasoning:
            self._event(EventKind.REASONING, text=reply.reasoning)
        self._listener.take(
            [
                Event(
                    kind=EventKind.USAGE,
                    seen=self.seconds,
                    usage=self.spent.usage,
                    cost_usd=self.spent.cost_usd,
                )
            ]
        )

    def said(self, turn: Turn) -> None:
        """Tell what the model said, and what it asks for."""
        if turn.text:
            self._event(EventKind.MESSAGE, text=turn.text)
        reply = turn.reply
        self._file.add(
            self.turn,
            Role.ASSISTANT,
            text=reply.text,
            reasoning=reply.reasoning,
            calls=[
                {"id": call.id, "name": call.name, "arguments": call.arguments}
                for call in turn.calls
            ],
            finish="" if reply.finish is Finish.STOP else reply.finish.name.lower(),
            done=turn.done,
        )

    def reviewed(self, spent: Spent) -> None:
        """Tell what a review cost."""
        self.judged += spent

    def objected(self, turn: Turn, objection: Objection) -> None:
        """Tell that a turn was not accepted."""
        calls = len(turn.calls) + len(turn.rejected)
        self._rejected(objection.by, objection.rule, objection.reason, calls)

    def unreadable(self, call: RejectedCall) -> None:
        """Tell that a call could not be read."""
        self._rejected(RejectedBy.FORMAT, call.name, call.why, 1, call.text)

    def remark(self, text: str) -> None:
        """Tell what the harness said to the model beside results."""
        self._file.add(self.turn, Speaker.HARNESS, text=text)

    def called(self, call: Call, outcome: Outcome, began: float) -> None:
        """Tell of a call that was executed or refused, and when it began."""
        if outcome.refused:
            self._event(EventKind.PERMISSION, name=call.name, text=outcome.text, allowed=False)
            self.rejections.add(self.turn, RejectedBy.TOOL, call.name, outcome.text, 1)
        else:
            self._executed(call, outcome, began)
        if not outcome.failed:
            self.rejections.recover(call.name)
        self.survivors += outcome.survivors
        self._file.add(
            self.turn,
            Speaker.TOOL,
            call=call.id,
            name=call.name,
            text=outcome.text,
            failed=outcome.failed,
            refused=outcome.refused,
        )

    def circles(self, text: str) -> None:
        """Tell that the model goes round in circles."""
        self._event(EventKind.CIRCLES, text=text)

    def ended(self, *, completed: bool, reason: str) -> None:
        """Tell how it ended."""
        self._event(EventKind.COMPLETED if completed else EventKind.FAILED, text=reason)

    def _executed(self, call: Call, outcome: Outcome, began: float) -> None:
        start = Event(
            kind=EventKind.CALL_STARTED,
            seen=began,
            text=outcome.summary,
            name=call.name,
            call=call.id,
            work=outcome.work,
            arguments=json.dumps(call.arguments, ensure_ascii=False, default=str),
            paths=outcome.paths,
        )
        end = start._replace(
            kind=EventKind.CALL_ENDED,
            seen=self.seconds,
            arguments="",
            exit=outcome.exit,
            failed=outcome.failed,
            output=outcome.text,
        )
        self._listener.take([start, end])

    def _rejected(self, by: RejectedBy, rule: str, reason: str, calls: int, text: str = "") -> None:
        self.rejections.add(self.turn, by, rule, reason, calls)
        self._event(EventKind.NOTICE, text=reason, name=rule)
        self._file.add(
            self.turn, Speaker.HARNESS, rejected_by=by, rule=rule, reason=reason, text=text
        )

    def _event(
        self, kind: EventKind, text: str = "", name: str = "", *, allowed: bool | None = None
    ) -> None:
        self._listener.take(
            [Event(kind=kind, seen=self.seconds, text=text, name=name, allowed=allowed)]
        )


@contextlib.contextmanager
def telling(request: ProposalRequest) -> Iterator[Teller]:
    """Give who writes a proposal down, among its artifacts; secrets are hidden."""
    request.artifacts.mkdir(parents=True, exist_ok=True)
    places = {request.workspace: "<workspace>", request.scratch: "<scratch>"}
    summary = Transcript(request.workspace)
    with (
        (request.artifacts / "events.jsonl").open("wb") as events,
        (request.artifacts / NAME).open("wb") as messages,
    ):
        yield Teller(
            Listener(events, summary, request.vault, KEEP),
            TranscriptFile(messages, request.vault, places),
            summary,
            Rejections(request.vault.hide),
        )
