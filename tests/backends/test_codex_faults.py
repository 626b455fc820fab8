"""What Codex's messages mean."""

from __future__ import annotations

import pytest

from pytest_harness.backends.codex.faults import is_fence, of_message, of_start
from pytest_harness.vocabulary import Fault
from tests.backends.reading import ended


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        ("unexpected status 403 Forbidden: no, url: http://x/v1/responses", Fault.AUTH),
        ("Your access token could not be refreshed. Please log out and sign in again.", Fault.AUTH),
        ("You've hit your usage limit. Try again in 3 days.", Fault.RATE_LIMIT),
        ("Quota exceeded. Check your plan and billing details.", Fault.RATE_LIMIT),
        ("Missing environment variable: `FAKE_KEY`.", Fault.UNAVAILABLE),
        ("unexpected status 404 Not Found: , url: http://x/v1/responses", Fault.UNSUPPORTED),
        ('{"detail":"The model is not supported with a ChatGPT account."}', Fault.UNSUPPORTED),
        ("unexpected status 502 Bad Gateway: <html>", Fault.TRANSPORT),
        ("stream disconnected before completion: idle timeout waiting for SSE", Fault.TRANSPORT),
        ("Codex ran out of room in the model's context window.", None),
        ('{"error": {"code": "context_length_exceeded"}}', None),
        ("Incomplete response returned, reason: max_output_tokens", None),
    ],
)
def test_messages(message: str, fault: Fault | None) -> None:
    assert of_message(message) is fault


@pytest.mark.parametrize(
    ("stderr", "fault"),
    [
        ("Error: OSS setup failed: No running Ollama server detected.", Fault.UNAVAILABLE),
        ("error: unexpected argument '--full-auto' found", Fault.UNSUPPORTED),
        ("Error loading config.toml: `wire_api` is gone", Fault.UNSUPPORTED),
        ("thread 'main' panicked", None),
        ("", None),
    ],
)
def test_ends_before_a_turn(stderr: str, fault: Fault | None) -> None:
    result = ended(stderr, code=1)
    assert of_start(result)[0] is fault
    assert (stderr or "printed nothing") in of_start(result)[1]


def test_broken_fence_is_told_from_a_refused_write() -> None:
    assert is_fence("bwrap: Creating new namespace failed: Operation not permitted")
    assert is_fence("bwrap: execvp codex-linux-sandbox: No such file or directory")
    assert not is_fence("touch: cannot touch 'x': Read-only file system")
