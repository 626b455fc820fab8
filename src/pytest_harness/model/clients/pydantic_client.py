"""A client over pydantic-ai, for the protocols of OpenAI, Anthropic and Google."""

from __future__ import annotations

import time
import uuid

from pydantic_ai import messages as theirs
from pydantic_ai.direct import model_request_stream

from pytest_harness.model.client import BrokenCall, Finish, Reply
from pytest_harness.model.clients import failures
from pytest_harness.model.clients.asking import AskingClient
from pytest_harness.model.clients.pydantic_connections import connections
from pytest_harness.model.clients.pydantic_errors import translated
from pytest_harness.model.clients.pydantic_messages import parameters, read, usage, written
from pytest_harness.model.clients.pydantic_models import make_model, settings
from pytest_harness.model.clients.whom import Whom
from pytest_harness.model.conversation import Question

FINISHES = {
    "stop": Finish.STOP,
    "tool_call": Finish.STOP,
    "length": Finish.LENGTH,
    "content_filter": Finish.FILTER,
}
BROKEN = frozenset({"MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL"})
"""How Gemini says that it could not read its own call."""


class PydanticClient(AskingClient):
    """Asks one model through pydantic-ai."""

    def __init__(self, whom: Whom) -> None:
        super().__init__(whom)
        self._http = connections(self.guard)
        self._model = make_model(whom, self._http)

    async def answer(self, question: Question) -> Reply:
        """Send one request and return the whole answer without its price; raises `ModelError`."""
        started = time.monotonic()
        first: float | None = None
        asked = written(question.messages, self.whom.vendor.protocol)
        try:
            async with model_request_stream(
                self._model,
                asked,
                model_settings=settings(self.whom, question.sampling),
                model_request_parameters=parameters(question.tools),
                instrument=False,
            ) as stream:
                async for event in stream:
                    if first is None and isinstance(event, theirs.PartStartEvent):
                        first = time.monotonic() - started
                response = stream.get()
        except Exception as error:
            raise translated(self.whom, error, self.guard.answered) from error
        return self._reply(question, response, first)

    async def hang_up(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    def _reply(
        self, question: Question, response: theirs.ModelResponse, first: float | None
    ) -> Reply:
        told = str((response.provider_details or {}).get("finish_reason", ""))
        answer = read(response, question.messages)
        broken = answer.broken
        if told in BROKEN:
            why = "A call could not be read; send its arguments as a JSON object."
            broken = (
                *broken,
                BrokenCall(name="", text=told, why=why, id=f"call_{uuid.uuid4().hex}"),
            )
        elif response.finish_reason == "error":
            raise failures.broke_down(self.whom, told)
        elif response.finish_reason is None and not told:
            raise failures.cut(self.whom)
        return Reply(
            text=answer.text,
            reasoning=answer.reasoning,
            calls=answer.calls,
            broken=broken,
            finish=FINISHES.get(response.finish_reason or "", Finish.STOP),
            usage=usage(response.usage),
            first=first,
            native=answer.native,
        )
