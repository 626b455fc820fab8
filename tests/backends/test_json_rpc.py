"""JSON-RPC: what is written, and how answers find their requests."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_harness.backends.json_rpc import JsonRpc, MessageKind, read


def test_messages_are_lines_of_json_with_ids_from_one() -> None:
    rpc = JsonRpc()
    first, second = rpc.request("a", {"x": "é\n"}), rpc.request("b")
    assert json.loads(first) == {"jsonrpc": "2.0", "id": 1, "method": "a", "params": {"x": "é\n"}}
    assert json.loads(second) == {"jsonrpc": "2.0", "id": 2, "method": "b", "params": {}}
    assert first.endswith(b"\n")
    assert first.count(b"\n") == 1


def test_the_version_can_be_left_out() -> None:
    rpc = JsonRpc(version=False)
    said = [rpc.notify("n", {"a": 1}), rpc.reply("x", {"ok": True}), rpc.refuse(7, "no")]
    assert [json.loads(line) for line in said] == [
        {"method": "n", "params": {"a": 1}},
        {"id": "x", "result": {"ok": True}},
        {"id": 7, "error": {"code": -32601, "message": "no"}},
    ]


def test_answers_find_their_requests_in_any_order() -> None:
    rpc = JsonRpc()
    rpc.request("a")
    rpc.request("b")
    second = rpc.read(b'{"id":2,"result":{"of":"b"}}')
    first = rpc.read(b'{"id":1,"error":{"code":-32600,"message":"bad","data":[1]}}')
    assert second is not None
    assert first is not None
    assert (second.kind, second.method, second.result) == (MessageKind.RESULT, "b", {"of": "b"})
    assert (first.kind, first.method, first.error) == (MessageKind.ERROR, "a", "bad")
    assert (first.code, first.data) == (-32600, [1])


def test_what_was_answered_once_is_no_longer_asked() -> None:
    rpc = JsonRpc()
    rpc.request("a")
    rpc.read(b'{"id":1,"result":{}}')
    again = rpc.read(b'{"id":1,"result":{}}')
    assert again is not None
    assert again.method == ""


def test_ids_of_both_sides_do_not_mix() -> None:
    rpc = JsonRpc()
    rpc.request("ours")
    theirs = rpc.read(b'{"id":1,"method":"theirs","params":{"p":1}}')
    assert theirs is not None
    assert (theirs.kind, theirs.method, theirs.id) == (MessageKind.REQUEST, "theirs", 1)
    answer = rpc.read(b'{"id":1,"result":null}')
    assert answer is not None
    assert (answer.method, answer.result) == ("ours", {})


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (b'{"method":"n"}', MessageKind.NOTIFICATION),
        (b'{"method":"n","id":null,"params":[1]}', MessageKind.NOTIFICATION),
        (b'{"method":"r","id":0}', MessageKind.REQUEST),
        (b'{"method":"r","id":"a"}', MessageKind.REQUEST),
        (b'{"id":null,"error":{"message":"parse error"}}', MessageKind.ERROR),
        (b'{"id":3,"error":"odd"}', MessageKind.ERROR),
    ],
)
def test_kinds(line: bytes, kind: MessageKind) -> None:
    message = read(line)
    assert message is not None
    assert message.kind is kind


@pytest.mark.parametrize("line", [b"", b"text", b"[]", b"{}", b'{"id":1}', b'{"method":1,"id":2}'])
def test_what_is_no_message(line: bytes) -> None:
    assert read(line) is None
    assert JsonRpc().read(line) is None


@given(st.binary())
def test_no_line_raises(line: bytes) -> None:
    JsonRpc().read(line)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(
    st.dictionaries(st.sampled_from(["id", "method", "params", "result", "error", "code"]), _json)
)
def test_no_document_raises(document: dict[str, object]) -> None:
    JsonRpc().read(json.dumps(document).encode())
