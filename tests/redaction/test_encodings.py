"""A secret is hidden in whatever encoding it is printed."""

from __future__ import annotations

import base64
import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_harness.redaction import Vault
from tests.redaction.encodings import ENCODINGS

PEM = "-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----\n".format(
    "\n".join(base64.b64encode(bytes(range(n, n + 48))).decode() for n in range(0, 200, 13))
)
VALUES = {
    "key": "sk-0123/4567+89aBcD",
    "quotes": 'it\'s "quoted" & <tagged> $HOME \\ back\\\\slash 100%',
    "slashes": "//a/b+c=d?e#f/gh",
    "unicode": "pässwörd-日本語-😀-ключ",
    "only-unicode": "пароль секрет",
    "digits": "4929123412341234",
    "long": "Zx9" + "kQ7mP2vL8nR4tY6w" * 20,
    "pem": PEM,
    "json": json.dumps({"private_key": PEM, "id": "a8b7c6d5e4f3a2b1c0d9"}, indent=1),
    "spaces": "correct horse battery staple",
    "punctuation": "!!/..+==&&%%$$##",
    "short": "aB3$xY9!",
    "backslash": "0\\:00000",
    "backslashes": "a\\\\;b\\'cdefgh1",
}


@pytest.mark.parametrize("value", VALUES.values(), ids=list(VALUES))
@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=list(ENCODINGS))
def test_every_encoding_of_every_value_is_hidden(encode: object, value: str) -> None:
    assert callable(encode)
    vault = Vault([value])
    printed = encode(value)
    hidden = vault.hide(f"before: {printed}\nafter")
    assert hidden.startswith("before: ")
    assert hidden.endswith("\nafter")
    assert "[hidden]" in hidden
    left = hidden.removeprefix("before: ").removesuffix("\nafter").replace("[hidden]", "")
    left = re.sub(r"&quot;|key|YSBwcmVmaXg6I", "", left)
    assert len(left) <= 20 + printed.count("\n") * 2, left


secrets = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=8, max_size=60
).filter(lambda text: text.strip() == text and not re.fullmatch("[a-z]{1,11}", text))


@settings(max_examples=100, deadline=None)
@given(value=secrets, name=st.sampled_from(sorted(ENCODINGS)))
def test_any_value_in_any_encoding_is_hidden(value: str, name: str) -> None:
    printed = ENCODINGS[name](value)
    hidden = Vault([value]).hide(f"<{printed}>")
    assert "[hidden]" in hidden
    assert len(hidden) <= 60 + printed.count("\n"), hidden


@settings(deadline=None)
@given(before=st.binary(max_size=5), after=st.binary(max_size=5))
def test_base64_of_a_longer_text_is_hidden(before: bytes, after: bytes) -> None:
    encoded = base64.b64encode(before + VALUES["key"].encode() + after).decode()
    assert "[hidden]" in Vault([VALUES["key"]]).hide(encoded)


@settings(deadline=None)
@given(st.text(max_size=80))
def test_other_text_stays(text: str) -> None:
    assert Vault([]).hide(text) == text
    assert Vault(["", "abc", "word", "Zk4!93hfKd_33dlsW"]).hide(text) == text


@settings(deadline=None)
@given(st.binary(max_size=80))
def test_other_bytes_stay(data: bytes) -> None:
    assert Vault(["Zk4!93hfKd_33dlsW"]).hide_bytes(data) == data


@pytest.mark.parametrize("cut", range(13, 60, 3))
def test_the_head_and_the_tail_of_a_key_are_hidden_where_it_was_cut(cut: int) -> None:
    key = "sk-" + "kQ7mP2vL8nR4tY6wZx9a" * 3
    vault = Vault([key])
    assert vault.hide(f"got {key[: cut + 3]}...") == "got [hidden]..."
    assert vault.hide(f"...{key[-cut:]} was") == "...[hidden] was"


def test_the_lines_of_a_diff_stay_lines() -> None:
    text = "".join(f"+{line}\n" for line in ["a", *PEM.splitlines(), "b"])
    for vault in (Vault([PEM]), Vault()):
        lines = vault.hide(text).splitlines()
        assert len(lines) == len(text.splitlines())
        assert {line[0] for line in lines} == {"+"}
        assert (lines[0], lines[1], lines[-1]) == ("+a", "+[hidden]", "+b")
        assert not re.search(r"\w{7,}", "".join(lines).replace("hidden", ""))


def test_lines_of_a_failure_are_seen_together() -> None:
    lines = [f"E   {line}" for line in PEM.splitlines()]
    hidden = Vault([PEM]).hide_json(["def test():", *lines, "E   end"])
    assert len(hidden) == len(lines) + 2
    assert (hidden[0], hidden[-1]) == ("def test():", "E   end")
    assert not re.search(r"\w{9,}", "".join(hidden[1:-1]))
