"""A secret is hidden wherever a stream is cut."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_harness.redaction import Vault
from pytest_harness.redaction.stream import Flow, hidden_from
from tests.redaction.encodings import ENCODINGS

SECRET = "kQ7/mP2v+L8nR'4tY"
BIG = 1 << 15


@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from(sorted(ENCODINGS)),
    lead=st.integers(0, BIG),
    cuts=st.lists(st.integers(0, BIG), max_size=8),
)
def test_a_stream_is_hidden_as_a_whole_would_be(name: str, lead: int, cuts: list[int]) -> None:
    vault = Vault([SECRET])
    whole = b"." * lead + ENCODINGS[name](SECRET).encode() + b"\n" + b"-" * BIG
    flow, parts = Flow(vault), []
    places = sorted({0, len(whole), *cuts, lead + 3, lead + 9})
    for start, end in itertools.pairwise(places):
        parts.append(flow.feed(whole[start:end]))
    parts.append(flow.finish())
    assert b"".join(parts) == vault.hide_bytes(whole)


@settings(deadline=None)
@given(st.integers(0, 60), st.integers(0, 60))
def test_a_secret_across_the_cut_is_hidden_on_both_sides(before: int, drop: int) -> None:
    vault = Vault([SECRET])
    data = b"." * before + SECRET.encode() + b"." * 60
    flow = Flow(vault)
    head = flow.feed(data) + flow.finish(drop=drop)
    tail = hidden_from(vault, data, min(drop, len(data)))
    for part in (head, tail):
        assert set(part.replace(b"[hidden]", b"")) <= {ord(".")}
    assert len(head) <= before + len("[hidden]") + 60


def test_lines_of_json_stay_json() -> None:
    vault = Vault(["4929123412341234"])
    lines = [b'{"n": 4929123412341234, "t": "4929123412341234"}', b"n 4929123412341234", b"{}"]
    first, second, third = vault.hide_lines(lines)
    assert json.loads(first) == {"n": "[hidden]", "t": "[hidden]"}
    assert (second, third) == (b"n [hidden]", b"{}")


def test_documents_keep_their_shape() -> None:
    vault = Vault([SECRET])
    document = {"id": SECRET, "lines": [SECRET, "a\nb", SECRET], "n": 1, "t": (1.5, None, SECRET)}
    hidden = vault.hide_json(document, keep={"id"})
    assert hidden == {
        "id": SECRET,
        "lines": ["[hidden]", "a\nb", "[hidden]"],
        "n": 1,
        "t": (1.5, None, "[hidden]"),
    }


def test_a_vault_learns_while_a_stream_runs() -> None:
    vault = Vault()
    flow = Flow(vault)
    flow.feed(b"first ")
    vault.add([SECRET])
    flow.feed(SECRET.encode())
    assert flow.finish() == b"first [hidden]"


@pytest.mark.parametrize("text", ["\ud800 half", "\udcff byte"])
def test_text_that_is_not_unicode_is_hidden_too(text: str) -> None:
    assert Vault([SECRET]).hide(f"{text} {SECRET}") == f"{text} [hidden]"
