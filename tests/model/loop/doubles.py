"""A model, tools and reviewers that do as they are told, and a proposal with them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pytest_harness.backends.base import ProposalRequest
from pytest_harness.backends.events import Work
from pytest_harness.inputs import Message
from pytest_harness.model.client import BrokenCall, Ending, ModelError, Reply
from pytest_harness.model.conversation import Call, Given, Question, ToolSpec
from pytest_harness.model.formats.base import Turn
from pytest_harness.model.formats.choosing import format_of
from pytest_harness.model.loop import Agent, End, Loop
from pytest_harness.model.options import ModelOptions
from pytest_harness.model.review import Objection, Review, Reviewer, Situation
from pytest_harness.model.telling import Teller, telling
from pytest_harness.model.tools.base import Outcome
from pytest_harness.records import Spent, Usage
from pytest_harness.redaction import Vault
from pytest_harness.runtime.place import Place
from pytest_harness.runtime.plain import PlainRuntime
from pytest_harness.runtime.settings import RuntimeSettings
from pytest_harness.vocabulary import RejectedBy, RuntimeMode, Tool, ToolFormat

USAGE = Usage(input=100, output=10)
PARAMETERS = {"type": "object", "properties": {}, "required": []}

Play = Reply | ModelError | Callable[[float, Ending], Reply]


def saying(text: str = "It is done.", **more: Any) -> Reply:
    """Return an answer in words."""
    return Reply(text=text, **{"usage": USAGE, "cost_usd": 0.01, **more})


def calling(*names: str, text: str = "", **more: Any) -> Reply:
    """Return an answer with calls by the vendor's own means; what follows ``:`` is an argument."""
    calls = []
    for at, each in enumerate(names, 1):
        name, _, value = each.partition(":")
        calls.append(Call(name=name, arguments={"path": value}, id=f"{name}{at}"))
    return saying(text, calls=tuple(calls), **more)


def broken(name: str) -> Reply:
    """Return an answer with a call that cannot be read."""
    call = BrokenCall(name=name, text="{", why="Its arguments are no JSON.", id="b1")
    return saying("", broken=(call,))


@dataclass
class Player:
    """A client that gives one answer after the other; the last one again and again."""

    plays: Sequence[Play]
    questions: list[Question] = field(default_factory=list)

    def ask(self, question: Question, limit: float, ending: Ending) -> Reply:
        at = min(len(self.questions), len(self.plays) - 1)
        self.questions.append(question)
        play = self.plays[at]
        if isinstance(play, ModelError):
            raise play
        return play if isinstance(play, Reply) else play(limit, ending)

    def close(self) -> None: ...

    @property
    def results(self) -> list[tuple[str, str, bool]]:
        """What the last question held of results: tool, text, failed."""
        given = [each for each in self.questions[-1].messages if isinstance(each, Given)]
        return [(each.call.name, each.text, each.failed) for each in given]


@dataclass
class Bench:
    """Tools that note their calls. One that is not offered is refused."""

    offered: Sequence[str] = (Tool.READ_FILE, Tool.WRITE_FILE)
    answer: Callable[[Call], Outcome] | None = None
    executed: list[str] = field(default_factory=list)

    @property
    def specs(self) -> tuple[ToolSpec, ...]:
        return tuple(
            ToolSpec(name=name, description="", parameters=PARAMETERS) for name in self.offered
        )

    def execute(self, call: Call) -> Outcome:
        if call.name not in self.offered:
            return Outcome(text=f"there is no {call.name}", failed=True, refused=True)
        self.executed.append(call.name)
        if self.answer is not None:
            return self.answer(call)
        path = str(call.arguments.get("path", ""))
        work = Work.EDIT if call.name == Tool.WRITE_FILE else Work.READ
        text = f"result {len(self.executed)}"
        return Outcome(text=text, work=work, paths=(path,) if path else (), summary=path)


@dataclass
class Objector:
    """A reviewer that objects to some turns, by their numbers from 1."""

    turns: Sequence[int]
    by: RejectedBy = RejectedBy.VALIDATOR
    spent: Spent = field(default_factory=Spent)
    error: ModelError | None = None
    seen: list[Situation] = field(default_factory=list)

    def review(self, turn: Turn, situation: Situation) -> Review:
        assert turn.reply is not None
        self.seen.append(situation)
        if self.error is not None:
            raise self.error
        if len(self.seen) not in self.turns:
            return Review(spent=self.spent)
        objection = Objection(by=self.by, rule="a-rule", reason="do it otherwise")
        return Review(objection=objection, spent=self.spent)


@dataclass
class Told:
    """What became of a proposal."""

    end: End
    teller: Teller
    artifacts: Path

    @property
    def transcript(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._lines("transcript.jsonl")]

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._lines("events.jsonl")]

    @property
    def rejected(self) -> list[tuple[int, RejectedBy, str, bool]]:
        kept = self.teller.rejections.kept
        return [(each.turn, each.by, each.rule, each.recovered) for each in kept]

    def _lines(self, name: str) -> Iterator[bytes]:
        return iter((self.artifacts / name).read_bytes().splitlines())


def never() -> bool:
    return False


def request_in(
    tmp_path: Path,
    *,
    timeout: float = 60,
    ending: Ending = never,
    vault: Vault | None = None,
    inputs: Sequence[Message] = (),
    prompt: str = "Do the job.\n",
    environment: dict[str, str] | None = None,
    **more: Any,
) -> ProposalRequest:
    """Return a proposal that is asked for; nothing can be run in it."""
    workspace, scratch = tmp_path / "ws", tmp_path / "scratch"
    workspace.mkdir(exist_ok=True)
    scratch.mkdir(exist_ok=True)
    fields: dict[str, Any] = {
        "workspace": workspace,
        "prompt": prompt,
        "objective": "Do the job.",
        "round": 1,
        "timeout": timeout,
        "artifacts": tmp_path / "artifacts",
        "scratch": scratch,
        "runner": None,
        "runtime": PlainRuntime(RuntimeSettings(mode=RuntimeMode.PROFILE)),
        "place": Place(workspace=workspace, scratch=scratch),
        "environment": environment or {"PATH": os.environ["PATH"]},
        "vault": vault or Vault(),
        "ending": ending,
        "inputs": tuple(inputs),
        **more,
    }
    return ProposalRequest(**fields)


def work(
    tmp_path: Path,
    *plays: Play,
    tools: Bench | None = None,
    reviewers: Sequence[Reviewer] = (),
    format_: ToolFormat = ToolFormat.NATIVE,
    player: Player | None = None,
    options: ModelOptions | None = None,
    **asked: Any,
) -> Told:
    """Let a model of these answers work."""
    request = request_in(tmp_path, **asked)
    agent = Agent(
        model="vendor:model",
        client=player or Player(plays),
        format=format_of(format_),
        tools=tools or Bench(),
        reviewers=reviewers,
        options=options or ModelOptions(),
    )
    with telling(request) as teller:
        end = Loop(agent, request, teller).run()
    return Told(end, teller, request.artifacts)
