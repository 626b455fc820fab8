"""Keys that are known by their look, even where nobody said that they are secret."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of key."""

    name: str
    """Whose keys these are."""
    triggers: tuple[bytes, ...]
    """One of these is in every such key; searched first, because that is cheap."""
    pattern: re.Pattern[bytes]
    """The key; its group ``secret``, if there is one, is what is hidden."""
    rough: str
    """Matches whatever ``pattern`` matches and a little more, without looking around."""


_AROUND = re.compile(r"\(\?<?![^()]*\)")


def _format(name: str, triggers: str, pattern: str, rough: str | None = None) -> Format:
    if rough is None:
        rough = _AROUND.sub("", pattern).replace("?P<secret>", "?:")
    return Format(name, tuple(triggers.encode().split()), re.compile(pattern.encode()), rough)


_QUOTES = r"(?:\\{0,8}[\"']|&quot;|&#34;|&#39;|%22){0,2}"

FORMATS = (
    _format(
        "OpenAI and Anthropic", "sk-", r"sk-(?<![A-Za-z0-9]sk-)(?:[a-z]+[0-9]*-)*[A-Za-z0-9_-]{20,}"
    ),
    _format("Google", "AIza", r"AIza(?<![A-Za-z0-9]AIza)[A-Za-z0-9_-]{35}"),
    _format("Google OAuth", "ya29. GOCSPX-", r"(?:ya29\.|GOCSPX-)[A-Za-z0-9_-]{20,}"),
    _format(
        "GitHub", "ghp_ gho_ ghs_ ghu_ ghr_", r"gh(?<![A-Za-z0-9]gh)[opsur]_[A-Za-z0-9_.-]{30,}"
    ),
    _format("GitHub", "github_pat_", r"github_pat_[A-Za-z0-9_]{30,}"),
    _format("GitLab", "glpat-", r"glpat-[A-Za-z0-9_.-]{16,}"),
    _format("Slack", "xox", r"xox(?<![A-Za-z0-9]xox)[a-z]-[A-Za-z0-9-]{10,}"),
    _format("Slack", "hooks.slack.com", r"hooks\.slack\.com\\?/(?P<secret>[A-Za-z0-9/\\_-]{20,})"),
    _format("AWS", "AKIA ASIA", r"A(?<![A-Za-z0-9]A)[KS]IA[A-Z0-9]{16}(?![A-Za-z0-9])"),
    _format("Hugging Face", "hf_", r"hf_(?<![A-Za-z0-9]hf_)[A-Za-z0-9]{30,}"),
    _format("npm", "npm_", r"npm_(?<![A-Za-z0-9]npm_)[A-Za-z0-9]{30,}"),
    _format("PyPI", "pypi-", r"pypi-(?<![A-Za-z0-9]pypi-)[A-Za-z0-9_-]{50,}"),
    _format("Stripe", "sk_live_ rk_live_ sk_test_", r"[rs]k_(?:live|test)_[A-Za-z0-9]{16,}"),
    _format("xAI and Groq", "xai- gsk_", r"(?:xai-|gsk_)[A-Za-z0-9]{30,}"),
    _format("JSON Web Token", "eyJ", r"eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*){1,3}"),
    _format(
        "private key",
        "PRIVATE",
        r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
        # Up to its end or, where that was cut off, as long as the lines look like a key.
        r"(?:(?:[A-Za-z0-9+/=\s:,.()<>|\[\]-]|\\{1,8}[nr]){0,40000}?"
        r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
        r"|(?:(?:\\{1,8}[nr]|[\s+>|-])*[A-Za-z0-9+/=]{16,})*)",
        rough="PRIVATE KEY",
    ),
    _format(
        "authorization",
        "uthorization UTHORIZATION",
        r"(?i:uthorization)"
        + _QUOTES
        + r"\s{0,3}[:=,]\s{0,3}"
        + _QUOTES
        # The scheme is no secret, what follows it is.
        + r"(?i:bearer|basic|token|apikey)(?:\s|%20|\+){1,3}"
        r"(?P<secret>[A-Za-z0-9._~+/=-]{6,})",
    ),
    _format("bearer", "earer", r"[Bb]earer(?:\s|%20){1,3}(?P<secret>[A-Za-z0-9._~+/=-]{20,})"),
    _format(
        "key in a header",
        "-api-key -Api-Key -API-KEY",
        r"(?i:-api-key)"
        + _QUOTES
        + r"\s{0,3}[:=,]\s{0,3}"
        + _QUOTES
        + r"(?P<secret>[A-Za-z0-9._~+/=-]{8,})",
    ),
    _format(
        "password in an address",
        "://",
        r":\\?/\\?/[^\s/:@\"'<>\\`]{0,100}:(?P<secret>[^\s/@\"'<>\\`${}\[\]]{1,200})@",
        rough=r":\\?/\\?/[^ \t-\r/@]*@",
    ),
)
"""All of them."""


def known_keys(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield where keys of known formats lie: where the match begins, and the key in it."""
    for each in FORMATS:
        if any(trigger in data for trigger in each.triggers):
            group = "secret" if "secret" in each.pattern.groupindex else 0
            for found in each.pattern.finditer(data):
                start, end = found.span(group)
                yield found.start(), start, end
