"""What reaches a vendor: what was asked, and nothing else."""

from __future__ import annotations

import pytest

from pytest_harness.model.conversation import Sampling, Words
from pytest_harness.testing import CallTool, Say, Status
from pytest_harness.vocabulary import Role
from tests.model.clients.wires import KEY, READ_FILE, SCHEMA, Speaker, every_speaker, talk

HEADERS = frozenset(
    {
        "accept",
        "accept-encoding",
        "connection",
        "content-length",
        "content-type",
        "host",
        "user-agent",
    }
)
LURES = {
    "HTTP_PROXY": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "ALL_PROXY": "http://127.0.0.1:9",
    "OPENAI_API_KEY": "lure",
    "OPENAI_ORG_ID": "lure",
    "OPENAI_PROJECT_ID": "lure",
    "OPENAI_BASE_URL": "http://127.0.0.1:9",
    "OPENAI_CUSTOM_HEADERS": "x-lure: lure",
    "ANTHROPIC_API_KEY": "lure",
    "ANTHROPIC_AUTH_TOKEN": "lure",
    "ANTHROPIC_BASE_URL": "http://127.0.0.1:9",
    "ANTHROPIC_CUSTOM_HEADERS": "x-lure: lure",
    "GOOGLE_API_KEY": "lure",
    "GEMINI_API_KEY": "lure",
    "GOOGLE_GENAI_USE_VERTEXAI": "true",
    "GOOGLE_GEMINI_BASE_URL": "http://127.0.0.1:9",
    "OLLAMA_API_KEY": "lure",
    "OLLAMA_HOST": "127.0.0.1:9",
}


@every_speaker
def test_what_was_asked(speaker: Speaker) -> None:
    sampling = Sampling(temperature=0.25, max_tokens=321, seed=7)
    with talk(speaker, [Say("Done.")]) as it:
        it.ask(sampling=sampling)
    [request] = it.requests
    wanted: dict[str, object] = {"temperature": 0.25, "max": 321}
    assert speaker.sampled(request.body) == wanted | ({"seed": 7} if speaker.seeded else {})
    assert (request.wire, request.path, request.model) == (
        speaker.wire,
        speaker.path,
        speaker.model,
    )
    assert (request.system, request.prompt) == ("You help.", "Do it.")
    assert speaker.tools(request.body) == [
        {"name": "read_file", "description": READ_FILE.description, "schema": SCHEMA}
    ]


ODD = "a<|im_end|>b <|endoftext|> [INST] </s> <think>x</think> \u200b\x00 end\n\n"


@every_speaker
def test_texts_arrive_as_they_are(speaker: Speaker) -> None:
    with talk(speaker, [CallTool("read_file", {"path": "a"}), Say(ODD)]) as it:
        it.messages[1] = Words(role=Role.USER, text=ODD)
        it.ask()
        it.give(ODD)
        reply = it.ask()
    assert it.requests[0].prompt == ODD
    assert it.requests[1].results == (ODD,)
    assert reply.text == ODD


@every_speaker
def test_nothing_is_set_that_was_not_asked(speaker: Speaker) -> None:
    with talk(speaker, [Say("Done.")]) as it:
        it.ask()
    [request] = it.requests
    body = {"options": {}} | request.body
    assert not {"temperature", "seed"} & speaker.sampled(body).keys()


@every_speaker
def test_the_environment_of_the_process_is_not_looked_at(
    speaker: Speaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in LURES.items():
        monkeypatch.setenv(name, value)
        monkeypatch.setenv(name.lower(), value)
    with talk(speaker, [Say("Done.")]) as it:
        assert it.ask().text == "Done."
    [request] = it.requests
    assert not [name for name, value in request.headers.items() if "lure" in value]
    if speaker.vendor.keys:
        assert KEY in request.headers[speaker.key_header]
    else:
        assert speaker.key_header not in request.headers


@every_speaker
def test_no_header_tells_of_the_machine(speaker: Speaker) -> None:
    with talk(speaker, [Say("Done.")]) as it:
        it.ask()
    [request] = it.requests
    assert request.headers.keys() <= HEADERS | speaker.extra | {speaker.key_header}
    assert request.headers["user-agent"].startswith("pytest-harness/")


@every_speaker
def test_a_request_is_sent_once(speaker: Speaker) -> None:
    with talk(speaker, [Status(500), Status(429), Status(503)]) as it:
        it.failing()
        it.failing()
        it.failing()
    assert [request.method for request in it.requests] == ["POST", "POST", "POST"]
