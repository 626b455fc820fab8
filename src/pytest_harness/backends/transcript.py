"""What is kept of an agent's events: a summary of bounded size."""

from __future__ import annotations

from pathlib import Path

from pytest_harness.backends.events import FROM_MODEL, Event, EventKind, Work
from pytest_harness.backends.json_lines import LONGEST_NAME
from pytest_harness.records import Spent, ToolCall, Usage

CALLS = 200
"""Calls of tools that are kept."""
CHANGES = 500
"""Reported changes that are kept."""
ANSWER = 100_000
"""Characters of the answer that are kept."""
FAILED_OUTPUTS = 20
"""Outputs of failed calls that are kept."""
REFUSED = 50
"""Refused tools that are kept."""
SUMMARY = 300
"""Characters of a call's summary."""
PATH = 4096
"""Characters of a path that are kept: no system has longer ones."""
REMEMBERED = 4000
"""Characters of the text of a call that are remembered until it ends."""


def remembered(event: Event) -> Event:
    """Return what is kept of a call until it ends: so little that thousands take little room."""
    return event._replace(
        name=event.name[:LONGEST_NAME],
        text=event.text[:REMEMBERED],
        paths=tuple(path[:PATH] for path in event.paths[:CHANGES]),
        arguments="",
        output="",
        raw=b"",
    )


class Transcript:
    """Collects events as they come."""

    def __init__(self, workspace: Path) -> None:
        self.first_event: float | None = None
        """Seconds until the model's first event."""
        self.answer: str | None = None
        """The last message."""
        self.failure: str | None = None
        """Why the turn failed, if it did."""
        self.stuck = ""
        """What went wrong in the last event, if that did not end the turn."""
        self.completed = False
        """Whether the program gave its sign of a finished turn."""
        self.usage = Usage()
        """Tokens."""
        self.cost_usd: float | None = None
        """Dollars."""
        self.events = 0
        """How many events there were."""
        self.turns = 0
        """How many requests to the model were told."""
        self.retries = 0
        """How often the program asked its model again after an error."""
        self.refused: list[str] = []
        """Tools that the program was not allowed to use, the first of them."""
        self.circles = ""
        """What the program did again and again until it was stopped."""
        self.calls_ended = 0
        """How many calls of tools ended."""
        self.calls_failed = 0
        """How many of them failed."""
        self.failed_outputs: list[str] = []
        """What the first of those printed, shortened."""
        self._workspace = workspace
        self._below = f"{workspace}/"
        self._calls: list[ToolCall] = []
        self._open: dict[str, int] = {}
        self._changes: dict[str, None] = {}
        self._reads: dict[str, None] = {}

    @property
    def calls(self) -> tuple[ToolCall, ...]:
        """The first calls of tools, in order."""
        return tuple(self._calls)

    @property
    def changes(self) -> tuple[str, ...]:
        """Files that the agent says it changed, relative to the workspace where they lie in it."""
        return tuple(self._changes)

    @property
    def reads(self) -> tuple[str, ...]:
        """Files that the agent says it read, written as in `changes`."""
        return tuple(self._reads)

    @property
    def spent(self) -> Spent:
        """Tokens and dollars."""
        return Spent(usage=self.usage, cost_usd=self.cost_usd)

    def add(self, event: Event) -> None:
        """Take one event."""
        if event.kind is not EventKind.TEXT:
            self.events += 1
            trouble = event.kind in {EventKind.NOTICE, EventKind.RETRY}
            self.stuck = event.text if trouble else ""
        if self.first_event is None and event.kind in FROM_MODEL:
            self.first_event = event.seen
        if event.usage is not None:
            self.usage = event.usage
        if event.cost_usd is not None:
            self.cost_usd = event.cost_usd
        match event.kind:
            case EventKind.MESSAGE:
                self.answer = event.text[:ANSWER]
            case EventKind.CALL_STARTED | EventKind.CALL_ENDED:
                self._call(event)
            case EventKind.TURN:
                self.turns += 1
            case EventKind.RETRY:
                self.retries += 1
            case EventKind.PERMISSION:
                if event.allowed is False and len(self.refused) < REFUSED:
                    self.refused.append(event.name[:SUMMARY])
            case EventKind.CIRCLES:
                self.circles = event.text
            case EventKind.FAILED:
                self.failure, self.completed = event.text, False
            case EventKind.COMPLETED:
                self.failure, self.completed = None, True
            case _:
                pass

    def _call(self, event: Event) -> None:
        """Note a call, or fill in how it ended."""
        call = event.call[:LONGEST_NAME]
        at = self._open.pop(call, None) if event.kind is EventKind.CALL_ENDED else None
        if at is not None:
            self._calls[at] = self._calls[at].model_copy(
                update={"exit": event.exit, "failed": event.failed}
            )
        elif len(self._calls) < CALLS:
            paths = ", ".join(self._relative(path) for path in event.paths[:SUMMARY])
            summary = (event.text or paths)[:SUMMARY]
            self._calls.append(
                ToolCall(
                    name=event.name[:SUMMARY], summary=summary, exit=event.exit, failed=event.failed
                )
            )
            if event.kind is EventKind.CALL_STARTED:
                self._open[call] = len(self._calls) - 1
        if event.kind is EventKind.CALL_ENDED:
            self._ended(event)

    def _ended(self, event: Event) -> None:
        """Note how a call ended."""
        self.calls_ended += 1
        if event.failed:
            self.calls_failed += 1
            if len(self.failed_outputs) < FAILED_OUTPUTS:
                self.failed_outputs.append(event.output[:500])
        else:
            seen = self._reads if event.work is Work.READ else self._changes
            for path in event.paths[: CHANGES - len(seen)]:
                seen[self._relative(path)] = None

    def _relative(self, path: str) -> str:
        """Return ``path`` below the workspace, or as it is if it lies elsewhere."""
        path = path[:PATH]
        below = path.removeprefix(self._below)
        if below != path and "//" not in path and "/." not in path and below[-1:] not in {"", "/"}:
            # Nearly all paths are as plain as that.
            return below
        try:
            return Path(path).relative_to(self._workspace).as_posix()
        except ValueError:
            return path
