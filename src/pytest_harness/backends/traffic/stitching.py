"""The events of a stream, and texts that a model wrote in several of them."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

_END = re.compile(rb"\r?\n\r?\n")
_PLACES = ("index", "output_index", "content_index", "item_id")


def events(chunks: Sequence[tuple[float, bytes]]) -> list[tuple[float, bytes]]:
    """Cut what came at the ends of events; each came when its last byte did.

    What follows the last end is the last one.
    """
    data = b"".join(chunk for _, chunk in chunks)
    ends = [found.end() for found in _END.finditer(data)]
    if not ends or ends[-1] < len(data):
        ends.append(len(data))
    cut: list[tuple[float, bytes]] = []
    start = arrived = at = 0
    for end in ends:
        while arrived < end and at < len(chunks):
            arrived += len(chunks[at][1])
            at += 1
        if end > start:
            cut.append((chunks[at - 1][0], data[start:end]))
        start = end
    return cut


@dataclass(slots=True)
class _Leaf:
    """A text within the document of one event."""

    event: int
    holder: Any
    name: Any

    @property
    def text(self) -> str:
        return str(self.holder[self.name])


def stitch(pieces: Sequence[bytes], needles: Sequence[str]) -> list[bytes]:
    """Bring each needle that is spread over several events together in the first of them.

    A model writes a path in any number of fragments; only a whole one can be replaced.
    """
    documents = [_document(piece) for piece in pieces]
    texts: dict[object, list[_Leaf]] = defaultdict(list)
    for at, document in enumerate(documents):
        if document is not None:
            for key, holder, name in _leaves(document, (), ()):
                texts[document.get("type"), key].append(_Leaf(at, holder, name))
    changed: set[int] = set()
    for leaves in texts.values():
        whole = "".join(leaf.text for leaf in leaves)
        for needle in needles:
            if needle in whole:
                changed |= _gather(leaves, needle)
    return [
        _written(piece, document) if at in changed else piece
        for at, (piece, document) in enumerate(zip(pieces, documents, strict=True))
    ]


def _gather(leaves: Sequence[_Leaf], needle: str) -> set[int]:
    """Move what is spread into the first of its leaves; return the events that changed."""
    changed: set[int] = set()
    whole = "".join(leaf.text for leaf in leaves)
    owners = [at for at, leaf in enumerate(leaves) for _ in leaf.text]
    found = whole.find(needle)
    while found >= 0:
        span = range(found, found + len(needle))
        first = owners[found]
        for at in {owners[each] for each in span} - {first}:
            changed |= {leaves[at].event, leaves[first].event}
        for each in span:
            owners[each] = first
        found = whole.find(needle, span.stop)
    if changed:
        parts: list[list[str]] = [[] for _ in leaves]
        for letter, owner in zip(whole, owners, strict=True):
            parts[owner].append(letter)
        for leaf, part in zip(leaves, parts, strict=True):
            leaf.holder[leaf.name] = "".join(part)
    return changed


def _leaves(
    value: Any, path: tuple[object, ...], places: tuple[object, ...]
) -> Iterator[tuple[object, Any, Any]]:
    """Yield the texts of a document: what tells their place, and what holds them by which name."""
    if isinstance(value, dict):
        places = (*places, *(value[name] for name in _PLACES if name in value))
        items: Any = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    else:
        return
    for name, each in items:
        if isinstance(each, str):
            yield (path, name, tuple(map(str, places))), value, name
        else:
            yield from _leaves(each, (*path, name), places)


def _document(piece: bytes) -> dict[str, Any] | None:
    lines = piece.splitlines()
    data = b"\n".join(line[5:].strip() for line in lines if line.startswith(b"data:"))
    try:
        document = json.loads(data)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _written(piece: bytes, document: dict[str, Any] | None) -> bytes:
    """Write an event with another document."""
    lines = [line for line in piece.splitlines() if line and not line.startswith(b"data:")]
    data = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return b"\n".join([*lines, b"data: " + data.encode("utf-8", "replace")]) + b"\n\n"
