"""Streams are cut at the ends of events, and texts in fragments are brought together."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from pytest_harness.backends.traffic.stitching import events, stitch
from tests.workspace.trees import examples

PATH = "/stage/one/work"


def delta(text: str, index: int = 0, kind: str = "input_json_delta") -> bytes:
    document = {
        "type": "content_block_delta",
        "index": index,
        "delta": {"type": kind, "partial_json": text},
    }
    return b"event: content_block_delta\ndata: " + json.dumps(document).encode() + b"\n\n"


def texts(pieces: list[bytes]) -> list[str]:
    found = [json.loads(piece.split(b"data: ")[1]) for piece in pieces]
    return [each["delta"]["partial_json"] for each in found]


@examples(100)
@given(st.lists(st.binary(max_size=12).map(lambda raw: raw.replace(b"\0", b"\n\n")), max_size=12))
def test_nothing_is_lost_and_each_event_came_when_it_was_whole(chunks: list[bytes]) -> None:
    timed = [(float(at), chunk) for at, chunk in enumerate(chunks)]
    found = events(timed)
    assert b"".join(data for _, data in found) == b"".join(chunks)
    end = 0
    for at, data in found:
        end += len(data)
        before = sum(map(len, chunks[: int(at)]))
        assert before < end <= before + len(chunks[int(at)])


def test_an_event_in_two_chunks_is_one() -> None:
    assert events([(1.0, b"data: a"), (2.0, b"b\n\ndata: c\n\nda"), (3.0, b"ta: d")]) == [
        (2.0, b"data: ab\n\n"),
        (2.0, b"data: c\n\n"),
        (3.0, b"data: d"),
    ]


@examples(100)
@given(st.data())
def test_a_path_in_fragments_becomes_whole_and_no_letter_is_lost(data: st.DataObject) -> None:
    text = "".join(
        data.draw(st.lists(st.sampled_from([PATH, "a", "/st", '{"f": "', PATH]), min_size=1))
    )
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    parts = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    stitched = texts(stitch([delta(part) for part in parts], [PATH]))
    assert "".join(stitched) == text
    assert sum(part.count(PATH) for part in stitched) == text.count(PATH)


def test_texts_of_two_blocks_are_not_mixed() -> None:
    pieces = [delta("/stage/o", 0), delta("/stage/", 1), delta("ne/work/a", 0), delta("x", 1)]
    assert texts(stitch(pieces, [PATH])) == [PATH, "/stage/", "/a", "x"]


def test_what_needs_nothing_stays_as_it_is() -> None:
    pieces = [b'event: x\ndata:  {"a" : 1}\n\n', b"data: [DONE]\n\n", b": ping\n\n", delta(PATH)]
    assert stitch(pieces, [PATH]) == pieces
