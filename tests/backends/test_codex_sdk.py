"""The SDK of Codex: what is accepted, and what its child says when it breaks."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_harness.backends.adapter import Setup
from pytest_harness.backends.codex.sdk import CODEX_SDK, SdkParser
from pytest_harness.backends.events import EventKind
from pytest_harness.backends.options import AgentOptions
from pytest_harness.errors import ConfigurationError


def test_further_arguments_are_two() -> None:
    known = ("--codex-bin=/usr/bin/codex", "--config=a=1")
    CODEX_SDK.check(Setup(id="a", options=AgentOptions(extra_args=known)))
    with pytest.raises(ConfigurationError, match="the SDK takes --codex-bin=PATH"):
        CODEX_SDK.check(Setup(id="a", options=AgentOptions(extra_args=("--json",))))
    with pytest.raises(ConfigurationError, match="approval_policy is 'untrusted'"):
        CODEX_SDK.check(Setup(id="a", options=AgentOptions(approval_policy="untrusted")))


def test_what_the_sdk_raised_is_why_it_failed() -> None:
    parser = SdkParser(Path("/x"), ())
    [event] = parser.parse(b'{"type": "harness.error", "error": "CodexError: gone"}', 1.0)
    assert (event.kind, event.text) == (EventKind.FAILED, "CodexError: gone")
    [other] = parser.parse(b'{"method": "warning", "params": {"text": "harness.error"}}', 1.0)
    assert other.kind is EventKind.OTHER
