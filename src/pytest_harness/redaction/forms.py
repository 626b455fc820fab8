"""The forms in which a value may be printed, and finding one from a piece of it.

A form is a sequence of characters, each of which has several spellings. Its anchors are stretches
of letters and digits, which no usual escaping touches: to search for them is cheap, and where one
is found the form is followed from there in both directions.
"""

from __future__ import annotations

import base64
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from pytest_harness.redaction.parts import is_random
from pytest_harness.redaction.spelling import Unit, either, encoded, slashes_before, unit

LONGEST = 1 << 14
"""Characters of a value from its beginning that are looked for."""

STRONG = 12
"""Characters of a key that are hidden even where the rest of it was cut off."""

WEAK = 4
"""Characters of the shortest anchor."""

_BLOCK = 30
"""Characters; in every line of two such blocks or more there is an anchor."""

_SCAN = 400
"""Characters of a value without anchors that are looked for."""

_BREAK = rb"(?:(?:\\{1,8}|%(?:25){0,2}5[cC])[rn]|[\r\n]|%(?:25){0,2}0[aAdD]|&#1[03];)+"
_MARGIN = rb"(?:E[ \t]{1,12}|[ \t]{1,16}|[-+>|]{1,3} ?)"
_break = re.compile(_BREAK)
_margin = re.compile(_MARGIN)
_break_before = re.compile(_BREAK + _MARGIN + rb"?\Z")
_margin_before = re.compile(_MARGIN + rb"\Z")
_NEAR = 12
"""Bytes looked back for one character at first, which is quick."""

_BACK = 240
"""Bytes looked back for one character that takes more room."""


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """One encoding of a value."""

    units: tuple[Unit, ...]
    """Its characters."""
    folds: bool = False
    """Whether it may be broken into lines anywhere."""
    partly: bool = False
    """Whether a stretch of it is as secret as the whole."""
    text: bytes = field(init=False)
    """Its letters and digits, one byte for each character."""
    runs: tuple[tuple[int, int], ...] = field(init=False)
    """For each character the stretch of letters and digits in which it lies."""

    def __post_init__(self) -> None:
        runs = [(at, at) for at in range(len(self.units))]
        for start, end in _runs(self.units, 0, len(self.units)):
            runs[start:end] = [(start, end)] * (end - start)
        text = b"".join(each.plain or b"\0" for each in self.units)
        object.__setattr__(self, "text", text)
        object.__setattr__(self, "runs", tuple(runs))

    def around(self, data: bytes, at: int, index: int, size: int) -> tuple[int, int, bool] | None:
        """Return where the form lies in ``data``, and whether all of it does.

        At ``at`` lies an anchor of ``size`` characters, which has the place ``index`` in the form.
        ``None`` if too little of the form is there.
        """
        end, last = self._forward(data, at + size, index + size)
        start, first = self._backward(data, at, index)
        whole = first == 0 and last == len(self.units)
        if whole or (self.partly and last - first >= STRONG):
            return start, end, whole
        return None

    def _forward(self, data: bytes, at: int, index: int) -> tuple[int, int]:
        units = self.units
        while index < len(units):
            run = self.runs[index][1]
            if run > index and data.startswith(self.text[index:run], at):
                at, index = at + run - index, run
                continue
            end = _after(units[index], data, at)
            if end < 0 and self.folds and (found := _break.match(data, at)):
                end = _after(units[index], data, found.end())
                if end < 0 and (found := _margin.match(data, found.end())):
                    end = _after(units[index], data, found.end())
            elif end < 0 and index and units[index - 1].newline:
                found = _margin.match(data, at)
                end = _after(units[index], data, found.end()) if found else -1
            if end < 0:
                break
            at, index = end, index + 1
        return at, index

    def _backward(self, data: bytes, at: int, index: int) -> tuple[int, int]:
        units = self.units
        while index > 0:
            run = self.runs[index - 1][0]
            if run < index - 1 and data.endswith(self.text[run:index], 0, at):
                at, index = at - index + run, run
                continue
            each = units[index - 1]
            start = _before(each, data, at)
            if start < 0 and (self.folds or each.newline):
                gap = _break_before if self.folds else _margin_before
                found = gap.search(data, max(0, at - _BACK), at)
                start = _before(each, data, found.start()) if found else -1
            if start < 0 and each.slashes:
                begin = slashes_before(data, max(0, at - _BACK), at)
                start = begin if each.forward.match(data, begin) else -1
            if start < 0:
                break
            at, index = start, index - 1
        return at, index

    def anchors(self) -> Iterator[tuple[bytes, int]]:
        """Yield stretches that are searched for, each with its place in the form."""
        size = len(self.units)
        if not self.folds:
            runs = sorted(_runs(self.units, 0, size), key=lambda run: run[0] - run[1])[:1]
            if self.partly:
                long = [run for run in _runs(self.units, 0, size) if run[1] - run[0] >= STRONG]
                runs += [*long[:1], *long[-1:]]
            found = {at for run in runs for at in _cut(*run)}
        else:
            block = min(_BLOCK, -(-size // 2))
            found = set()
            for begin in {*range(0, size - block, block), size - block}:
                inside = list(_runs(self.units, begin, min(size, begin + block)))
                if inside:
                    start, end = max(inside, key=lambda run: run[1] - run[0])
                    found.add((start, min(end, start + 16)))
        for start, end in sorted(found):
            if end - start >= WEAK:
                yield b"".join(each.plain for each in self.units[start:end]), start

    def scan(self) -> re.Pattern[bytes]:
        """Return a pattern of the whole, for a form without anchors; slower than these."""
        between = b"(?:%b)?" % _BREAK if self.folds else b""
        return re.compile(between.join(each.source for each in self.units[:_SCAN]))


def forms_of(value: str) -> Iterator[Form]:
    """Yield the forms of a value: as text, in base64, in hexadecimal."""
    value = value[:LONGEST]
    yield text_form(value)
    data = encoded(value)
    # Inside a longer text the value may begin at any of three places; what does not depend on
    # the neighbours is cut out.
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + data)
        inner = text[-(-shift * 8 // 6) : (len(data) + shift) * 8 // 6].decode()
        yield Form(tuple(map(_base64_unit, inner)), folds=True, partly=len(inner) >= STRONG)
    for digits in {data.hex(), data.hex().upper()}:
        yield Form(tuple(map(unit, digits)), folds=True, partly=len(digits) >= STRONG * 2)


def text_form(value: str) -> Form:
    """Return the form of a value as text."""
    pieces = re.findall(r"\\+|[^\\]", value, re.DOTALL)
    return Form(tuple(map(unit, pieces)), partly=is_random(value))


def _base64_unit(character: str) -> Unit:
    for both in ("+-", "/_"):
        if character in both:
            return either(both)
    return unit(character)


def _runs(units: tuple[Unit, ...], begin: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the stretches of letters and digits."""
    for plain, group in itertools.groupby(range(begin, end), lambda at: bool(units[at].plain)):
        if plain:
            places = list(group)
            yield places[0], places[-1] + 1


def _cut(start: int, end: int) -> tuple[tuple[int, int], ...]:
    """Return the head and the tail of a long stretch, or all of a short one."""
    if end - start < 2 * STRONG:
        return ((start, end),)
    return (start, start + STRONG), (end - STRONG, end)


def _after(each: Unit, data: bytes, at: int) -> int:
    if each.plain and data.startswith(each.plain, at):
        return at + 1
    found = each.forward.match(data, at)
    return found.end() if found else -1


def _before(each: Unit, data: bytes, at: int) -> int:
    if each.plain and data[at - 1 : at] == each.plain:
        return at - 1
    for back in (_NEAR, _BACK):
        first = max(0, at - back)
        found = each.backward.search(data, first, at)
        if found is not None and (found.start() > first or first == 0 or back == _BACK):
            return found.start()
    return -1
