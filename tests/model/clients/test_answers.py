"""What a model says arrives whole, in every protocol."""

from __future__ import annotations

from pytest_harness.model.client import Finish
from pytest_harness.model.conversation import Said, Words
from pytest_harness.testing import Empty, Length, Say, Think
from pytest_harness.vocabulary import Role
from tests.model.clients.wires import Speaker, every_speaker, talk


@every_speaker
def test_words(speaker: Speaker) -> None:
    with talk(speaker, [Say("Hello, wörld.\n<call>{}</call>\n")]) as it:
        reply = it.ask()
    assert reply.text == "Hello, wörld.\n<call>{}</call>\n"
    assert (reply.calls, reply.broken, reply.finish) == ((), (), Finish.STOP)
    assert reply.first is not None
    assert reply.first > 0


@every_speaker
def test_reasoning_stands_apart_from_words(speaker: Speaker) -> None:
    with talk(speaker, [Think("Hm, let me see."), Say("Done.")]) as it:
        reply = it.ask()
    assert (reply.reasoning, reply.text) == ("Hm, let me see.", "Done.")


@every_speaker
def test_a_question_without_tools(speaker: Speaker) -> None:
    with talk(speaker, [Say("Fine.")]) as it:
        reply = it.ask(tools=())
    [request] = it.requests
    assert reply.text == "Fine."
    assert request.tools == ()
    assert not {"tools", "tool_choice", "toolConfig"} & {k for k, v in request.body.items() if v}


@every_speaker
def test_nothing_at_all_is_an_answer(speaker: Speaker) -> None:
    with talk(speaker, [Empty(), Say("Now I speak.")]) as it:
        nothing = it.ask()
        second = it.ask()
    assert (nothing.text, nothing.calls, nothing.finish) == ("", (), Finish.STOP)
    assert second.text == "Now I speak."


@every_speaker
def test_an_answer_that_ran_into_its_limit(speaker: Speaker) -> None:
    with talk(speaker, [Say("I would like to"), Length()]) as it:
        reply = it.ask()
    assert (reply.text, reply.finish) == ("I would like to", Finish.LENGTH)


@every_speaker
def test_what_another_client_heard_is_told_in_plain_words(speaker: Speaker) -> None:
    with talk(speaker, [Say("Done.")]) as it:
        it.messages.append(Said(text="I looked around.", native=object()))
        it.messages.append(Words(role=Role.USER, text="Go on."))
        it.ask()
    [request] = it.requests
    told = texts(request.body)
    assert "I looked around." in told
    assert request.prompt == "Go on."


def texts(body: object) -> list[str]:
    """Return all texts of a body."""
    if isinstance(body, str):
        return [body]
    values = body.values() if isinstance(body, dict) else body if isinstance(body, list) else ()
    return [text for value in values for text in texts(value)]
