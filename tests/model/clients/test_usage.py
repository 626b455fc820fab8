"""Tokens and dollars of a request."""

from __future__ import annotations

import pytest

from pytest_harness.model.prices import price_request
from pytest_harness.records import Usage
from pytest_harness.testing import Say, Tokens, Wire
from tests.model.clients.wires import Speaker, every_speaker, talk

TOKENS = Tokens(input=1000, cached=300, cache_write=100, output=200, reasoning=50)
TOLD = {
    Wire.RESPONSES: Usage(input=600, cached_input=300, cache_write=100, output=150, reasoning=50),
    Wire.CHAT: Usage(input=600, cached_input=300, cache_write=100, output=150, reasoning=50),
    Wire.MESSAGES: Usage(input=600, cached_input=300, cache_write=100, output=200),
    Wire.GEMINI: Usage(input=700, cached_input=300, cache_write=0, output=150, reasoning=50),
    Wire.OLLAMA: Usage(input=1000, output=200),
}


@every_speaker
def test_each_kind_of_tokens_stands_apart(speaker: Speaker) -> None:
    with talk(speaker, [Say("Done.")], TOKENS) as it:
        reply = it.ask()
    assert reply.usage == TOLD[speaker.wire]
    assert reply.usage.total_input == 1000
    assert reply.usage.total_output == 200


@every_speaker
def test_the_price(speaker: Speaker) -> None:
    with talk(speaker, [Say("Done.")], TOKENS) as it:
        reply = it.ask()
    priced = price_request(speaker.vendor, speaker.model, reply.usage)
    assert priced is not None
    assert (reply.cost_usd, reply.price_date) == (priced.cost_usd, priced.date)
    assert (reply.cost_usd == 0.0) is speaker.vendor.local


@every_speaker
def test_a_vendor_that_tells_no_tokens(speaker: Speaker) -> None:
    with talk(speaker, [Say("Done.")], Tokens(0, 0, 0, 0)) as it:
        reply = it.ask()
    if speaker.vendor.local:
        assert reply.cost_usd == pytest.approx(0.0)
    else:
        assert reply.cost_usd is None
