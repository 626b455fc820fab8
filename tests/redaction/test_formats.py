"""Keys of well-known formats are hidden even where nobody named them."""

from __future__ import annotations

import pytest

from pytest_harness.redaction import Vault

# Put together here, so that no scanner of sources takes these for keys.
RANDOM = "Ab3dEf6hIj9kLm2nOp5qRs8tUv1wXy4zAb3dEf6hIj9kLm2nOp5q"
KEYS = {
    "openai": "sk" + "-" + RANDOM[:48],
    "openai-project": "sk" + "-proj-" + RANDOM,
    "anthropic": "sk" + "-ant-api03-" + RANDOM + "_-AA",
    "google": "AI" + "za" + RANDOM[:35],
    "github": "gh" + "p_" + RANDOM[:36],
    "github-oauth": "gh" + "o_" + RANDOM[:36],
    "github-server": "gh" + "s_" + RANDOM[:36],
    "github-fine": "github" + "_pat_" + RANDOM[:22] + "_" + RANDOM,
    "gitlab": "gl" + "pat-" + RANDOM[:20],
    "slack": "xo" + "xb-" + "123456789012-" + RANDOM[:24],
    "aws": "AK" + "IA" + "IOSFODNN7EXAMPLE",
    "aws-session": "AS" + "IA" + "IOSFODNN7EXAMPLE",
    "hugging-face": "h" + "f_" + RANDOM[:34],
    "npm": "np" + "m_" + RANDOM[:36],
    "pypi": "py" + "pi-" + RANDOM + RANDOM,
    "stripe": "sk" + "_live_" + RANDOM[:24],
    "jwt": f"ey{'J'}hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.{RANDOM[:43]}",
    "pem": f"-----BEGIN {'PRIVATE'} KEY-----\n{RANDOM}\n{RANDOM[:30]}==\n-----END PRIVATE KEY-----",
    "pem-cut": f"-----BEGIN OPENSSH {'PRIVATE'} KEY-----\n{RANDOM}\n{RANDOM}\n",
}


@pytest.mark.parametrize("key", KEYS.values(), ids=list(KEYS))
@pytest.mark.parametrize("around", ["key={}", '"{}"', "{}", "x: {} and more", "({})", "[{}]\nz"])
def test_keys_are_hidden(key: str, around: str) -> None:
    hidden = Vault().hide(around.format(key))
    assert "[hidden]" in hidden
    assert RANDOM[:12] not in hidden
    assert "IOSFODNN7" not in hidden
    first, last = around.split("{}")
    assert hidden.startswith(first)
    assert hidden.endswith(last)


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("Authorization: Bearer abc123def", "Authorization: Bearer [hidden]"),
        ('{"authorization": "Basic dXNlcjpwYXNz"}', '{"authorization": "Basic [hidden]"}'),
        (r'{\"Authorization\": \"Bearer ab.c/=\"}', r'{\"Authorization\": \"Bearer [hidden]\"}'),
        ("x-api-key: 0123456789", "x-api-key: [hidden]"),
        ("git clone https://me:pa%24s@host/x.git", "git clone https://me:[hidden]@host/x.git"),
        ("redis://:only-password@host:6379/0", "redis://:[hidden]@host:6379/0"),
    ],
)  # fmt: skip
def test_words_around_a_key_stay(text: str, hidden: str) -> None:
    assert Vault().hide(text) == hidden
    assert Vault().hide(hidden) == hidden


@pytest.mark.parametrize(
    "text",
    [
        "task-1234567890123456789012345678 and disk-usage-of-the-whole-machine-in-the-night",
        "https://host:8080/path@2x.png http://[::1]:80/@x",
        "Authorization: Bearer ${TOKEN}",
        "postgres://user:$PASSWORD@host/db",
        "git+ssh://git@host:22/team/repository.git",
        "MAKIAVELLI ASIATIC xAKIAIOSFODNN7EXAMPLE chf_exchange",
        "-----BEGIN PUBLIC KEY-----\nTUlJ\n-----END PUBLIC KEY-----",
        "0123456789abcdef0123456789abcdef01234567 refs/heads/main",
        "see https://example.org/a:b and mail c@example.org",
    ],
)
def test_other_text_stays(text: str) -> None:
    assert Vault().hide(text) == text


def test_prose_after_a_private_key_stays() -> None:
    text = f"{KEYS['pem']}\nThis is the key that I found.\n"
    assert Vault().hide(text).endswith("\nThis is the key that I found.\n")
