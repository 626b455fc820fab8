"""A vendor says no: what that means, and whether to ask again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from pytest_harness.model.clients import failures
from pytest_harness.model.clients.whom import Whom
from pytest_harness.model.vendors import VENDORS
from pytest_harness.testing import Status
from pytest_harness.vocabulary import Fault
from tests.model.clients.wires import KEY, Speaker, every_speaker, talk

WHOM = Whom(
    vendor=VENDORS["openai"],
    model="gpt-5",
    address="http://127.0.0.1:1/v1",
    variable="OPENAI_API_KEY",
    key=KEY,
)


STATUSES = {
    400: (Fault.UNSUPPORTED, False),
    401: (Fault.AUTH, False),
    402: (Fault.RATE_LIMIT, False),
    403: (Fault.AUTH, False),
    404: (Fault.UNSUPPORTED, False),
    408: (Fault.TRANSPORT, True),
    409: (Fault.TRANSPORT, True),
    422: (Fault.UNSUPPORTED, False),
    429: (Fault.RATE_LIMIT, True),
    500: (Fault.TRANSPORT, True),
    503: (Fault.TRANSPORT, True),
    529: (Fault.TRANSPORT, True),
}
WAITS: dict[str, tuple[dict[str, str], float | None]] = {
    "seconds": ({"Retry-After": "7"}, 7.0),
    "a fraction": ({"Retry-After": "1.5"}, 1.5),
    "milliseconds": ({"Retry-After-Ms": "250", "Retry-After": "9"}, 0.25),
    "a date": ({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
    "no time": ({"Retry-After": "soon"}, None),
    "nothing": ({}, None),
}
NO_TOOLS = (
    "registry.ollama.ai/library/gemma:2b does not support tools",
    "No endpoints found that support tool use",
    "`tool calling` is not supported with this model: it does not support tool calling",
    '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set',
)


@every_speaker
def test_what_a_status_means(speaker: Speaker) -> None:
    with talk(speaker, [Status(code) for code in STATUSES]) as it:
        met = {code: it.failing() for code in STATUSES}
    assert {code: (error.fault, error.again) for code, error in met.items()} == STATUSES
    assert all(f"{speaker.vendor.name}:{speaker.model}" in str(error) for error in met.values())
    assert not [error for error in met.values() if KEY in str(error)]
    assert len(it.requests) == len(STATUSES)


@every_speaker
def test_how_long_to_wait(speaker: Speaker) -> None:
    with talk(speaker, [Status(429, headers=headers) for headers, _ in WAITS.values()]) as it:
        met = {name: it.failing() for name in WAITS}
    waits = {name: error.retry_after for name, error in met.items()}
    assert waits == {name: seconds for name, (_, seconds) in WAITS.items()}
    assert {error.fault for error in met.values()} == {Fault.RATE_LIMIT}


def test_a_date_in_the_future() -> None:
    when = format_datetime(datetime.now(UTC) + timedelta(seconds=600), usegmt=True)
    seconds = failures.retry_after({"retry-after": when})
    assert seconds is not None
    assert 500 < seconds <= 600


@pytest.mark.parametrize("value", ["nan", "inf", "-3", "", "99 Foo"])
def test_a_time_that_is_none(value: str) -> None:
    assert failures.retry_after({"retry-after": value, "retry-after-ms": value}) is None


@every_speaker
def test_tools_are_not_supported(speaker: Speaker) -> None:
    with talk(speaker, [Status(400, message=message) for message in NO_TOOLS]) as it:
        met = [it.failing() for _ in NO_TOOLS]
    assert [(error.fault, error.again) for error in met] == [(Fault.UNSUPPORTED, False)] * 4
    assert all("format text" in str(error) for error in met)


@every_speaker
def test_the_context_window_is_full(speaker: Speaker) -> None:
    message = "This model's maximum context length is 8192 tokens, but you asked for 9000."
    with talk(speaker, [Status(400, message=message)]) as it:
        error = it.failing()
    assert (error.fault, error.again) == (Fault.UNSUPPORTED, False)
    assert "context window" in str(error)


@every_speaker
def test_the_vendors_own_sentence(speaker: Speaker) -> None:
    message = f"temperature of 7 is not\nallowed with {KEY}. " + "Really. " * 100
    with talk(speaker, [Status(400, message=message)]) as it:
        error = it.failing()
    shown = "[key]" if speaker.vendor.keys else KEY
    assert f"temperature of 7 is not allowed with {shown}" in str(error)
    assert "\n" not in str(error)
    assert len(str(error)) < 400


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"code": "insufficient_quota", "message": "You exceeded your current quota"}},
        {"code": "insufficient_quota", "type": "insufficient_quota"},
        {"type": "error", "error": {"type": "billing_error", "message": "no credit"}},
    ],
)
def test_a_quota_that_is_used_up(body: Mapping[str, object]) -> None:
    error = failures.by_status(WHOM, 429, "no credit", quota=failures.no_quota(body))
    assert (error.fault, error.again) == (Fault.RATE_LIMIT, False)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"error": {"message": "No such model."}}, "No such model"),
        ([{"error": {"message": "in a list"}}], "in a list"),
        ('{"error": "plain"}', "plain"),
        ({"message": "outside"}, "outside"),
        ({"detail": [{"loc": 1}]}, ""),
        ("<html><h1>Bad gateway</h1></html>", ""),
        ("upstream failed", "upstream failed"),
        (None, ""),
        ({}, ""),
    ],
)
def test_the_sentence_of_a_body(body: object, said: str) -> None:
    assert failures.sentence(WHOM, body) == said


def test_a_server_of_llama_cpp_that_was_started_without_templates() -> None:
    error = failures.by_status(WHOM, 500, "tools param requires --jinja flag")
    assert (error.fault, error.again) == (Fault.UNSUPPORTED, False)


def test_every_sentence_names_the_model() -> None:
    made = [
        failures.exhausted(WHOM, ""),
        failures.refused_key(WHOM),
        failures.asked_to_wait(WHOM, "", 3.0),
        failures.no_tools(WHOM),
        failures.too_long(WHOM),
        failures.not_there(WHOM, ""),
        failures.rejected(WHOM, "no"),
        failures.broke_down(WHOM, "no"),
        failures.not_reached(WHOM, "no"),
        failures.cut(WHOM),
        failures.no_answer(WHOM),
        failures.too_large(WHOM, 2**25),
        failures.led_away(WHOM),
        failures.too_late(WHOM, 3.0),
        failures.interrupted(WHOM),
    ]
    assert all(re.search(r"openai:gpt-5\b", str(error)) for error in made)
