"""The hunks of a unified diff, on bytes."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

LINE_LIMIT = 3000
"""Changed regions longer than this are replaced whole: comparing them line by line is too slow."""

_CONTEXT = 3
_NO_NEWLINE = b"\n\\ No newline at end of file\n"

_Opcode = tuple[str, int, int, int, int]


def lines_of(data: bytes) -> list[bytes]:
    r"""Split at ``\n`` only, keeping it; the last line may lack it."""
    parts = data.split(b"\n")
    last = parts.pop()
    lines = [part + b"\n" for part in parts]
    return [*lines, last] if last else lines


def hunks(old: Sequence[bytes], new: Sequence[bytes]) -> Iterator[bytes]:
    """Yield the lines of all hunks, headers included, each ending in a newline."""
    for group in _groups(_opcodes(old, new)):
        first, last = group[0], group[-1]
        yield b"@@ -%s +%s @@\n" % (_range(first[1], last[2]), _range(first[3], last[4]))
        for tag, old_start, old_end, new_start, new_end in group:
            if tag == "equal":
                for line in old[old_start:old_end]:
                    yield _line(b" ", line)
                continue
            for line in old[old_start:old_end]:
                yield _line(b"-", line)
            for line in new[new_start:new_end]:
                yield _line(b"+", line)


def _line(sign: bytes, line: bytes) -> bytes:
    return sign + line if line.endswith(b"\n") else sign + line + _NO_NEWLINE


def _range(start: int, end: int) -> bytes:
    length = end - start
    return b"%d,%d" % (start + 1 if length else start, length)


def _opcodes(old: Sequence[bytes], new: Sequence[bytes]) -> list[_Opcode]:
    """Compare what lies between the common beginning and the common end."""
    shortest = min(len(old), len(new))
    head = 0
    while head < shortest and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < shortest - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    old_end, new_end = len(old) - tail, len(new) - tail
    codes: list[_Opcode] = []
    if head:
        codes.append(("equal", 0, head, 0, head))
    if max(old_end, new_end) - head > LINE_LIMIT or old_end == head or new_end == head:
        codes.append(("replace", head, old_end, head, new_end))
    else:
        matcher = difflib.SequenceMatcher(None, old[head:old_end], new[head:new_end])
        codes += [
            (tag, a + head, b + head, c + head, d + head)
            for tag, a, b, c, d in matcher.get_opcodes()
        ]
    if tail:
        codes.append(("equal", old_end, len(old), new_end, len(new)))
    return codes


def _groups(codes: list[_Opcode]) -> Iterator[list[_Opcode]]:
    """Cut into hunks: changes with a few lines of context around them."""
    group: list[_Opcode] = []
    for position, (tag, a, b, c, d) in enumerate(codes):
        if tag != "equal":
            group.append((tag, a, b, c, d))
            continue
        is_last = position == len(codes) - 1
        if group and not is_last and b - a <= 2 * _CONTEXT:
            group.append((tag, a, b, c, d))
            continue
        if group:
            keep = min(_CONTEXT, b - a)
            group.append((tag, a, a + keep, c, c + keep))
            yield group
            group = []
        if not is_last:
            keep = min(_CONTEXT, b - a)
            group.append((tag, b - keep, b, d - keep, d))
    if group:
        yield group
