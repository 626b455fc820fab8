"""A model that answers what was recorded, whoever asks."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict

from pytest_harness.backends.placeholders import Places
from pytest_harness.backends.traffic.http import Call
from pytest_harness.backends.traffic.questions import (
    Question,
    differences,
    question,
    recorded_question,
)
from pytest_harness.backends.traffic.tape import Exchange, Tape
from pytest_harness.redaction import Vault


class Player:
    """Answers the requests of one proposal from a tape.

    The nth request of a conversation to a path gets the nth answer. A conversation is taken for the
    first recorded one of the same kind that is not taken yet: the same path, with tools or without.
    """

    def __init__(self, tape: Tape, base: str, places: Places, vault: Vault) -> None:
        self._base = base.rstrip("/")
        self._places = places
        self._vault = vault
        self._lock = threading.Lock()
        self._talks: dict[str, list[tuple[Question, Exchange]]] = defaultdict(list)
        self._others: dict[tuple[str, str], list[Exchange]] = defaultdict(list)
        for each in tape.exchanges:
            asked = recorded_question(each)
            if asked is None:
                self._others[each.method, each.path].append(each)
            else:
                self._talks[each.conversation].append((asked, each))
        self._recorded = sum(map(len, self._talks.values()))
        self._taken: dict[str, str] = {}
        self._asked: Counter[tuple[str, ...]] = Counter()
        self._pairs: list[tuple[Question, Question]] = []
        self._number = 0
        self.beyond = ""
        """The first request to the model for which there was no answer, in words."""

    def serve(self, call: Call) -> None:
        """Answer one request."""
        body = self._places.pack(self._vault.hide_bytes(call.body()))
        path = call.path.removeprefix(self._base).partition("?")[0]
        asked = question(call.command, path, call.sent, body)
        with self._lock:
            found = self._other(call.command, path) if asked is None else self._next(asked)
        if found is not None:
            self._play(call, found)
        elif asked is not None:
            call.fail(500, f"{self.beyond}; record the traffic again")
        elif call.command == "HEAD":
            call.head(200, {"Content-Length": "0"})
        else:
            call.fail(404, f"the recording has no {call.command} {path}")

    def notes(self) -> list[str]:
        """Say what was asked differently than it was recorded."""
        with self._lock:
            return differences(self._pairs, self._number, self._recorded)

    def _other(self, method: str, path: str) -> Exchange | None:
        """Return the answer to what asks no model: the next one, or the last once more."""
        answers = self._others.get((method, path), [])
        at = self._asked[method, path]
        self._asked[method, path] += 1
        return answers[min(at, len(answers) - 1)] if answers else None

    def _next(self, asked: Question) -> Exchange | None:
        """Return the next answer of a conversation."""
        self._number += 1
        talk = self._talk(asked)
        there = [pair for pair in self._talks.get(talk or "", []) if pair[0].path == asked.path]
        key = ("talk", asked.conversation, asked.path)
        at = self._asked[key]
        self._asked[key] += 1
        if at < len(there):
            self._pairs.append((there[at][0], asked))
            return there[at][1]
        if not self.beyond:
            self.beyond = (
                f"request {at + 1} of a conversation to {asked.path} has no recorded answer, "
                f"because the recording has {len(there)} of them"
            )
        return None

    def _talk(self, asked: Question) -> str | None:
        """Return the recorded conversation that a conversation is taken for."""
        if asked.conversation not in self._taken:
            free = [name for name in self._talks if name not in self._taken.values()]
            alike = [name for name in free if self._talks[name][0][0].kind == asked.kind]
            near = [name for name in free if self._talks[name][0][0].path == asked.path]
            chosen = next(iter(alike or near), None)
            if chosen is None:
                return None
            self._taken[asked.conversation] = chosen
        return self._taken[asked.conversation]

    def _play(self, call: Call, exchange: Exchange) -> None:
        """Send an answer as it was recorded, without its pauses."""
        call.head(exchange.status, exchange.reply_headers)
        for piece in exchange.pieces:
            call.send(self._places.unpack(piece.text.encode("utf-8", "surrogatepass")))
        if exchange.cut:
            call.hang_up()
