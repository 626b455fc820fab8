"""Reading calls and the sign of the end out of a model's answer in text.

The rule: outside inline code our tags are never prose.

* ``<tool_call>`` opens a call only where it is the first thing on its line, or follows another
  call. A fence of backticks around it, or within it around the JSON, changes nothing.
* In inline code, between backticks on one line, it is a word like any other: so a model may speak
  of it. JSON without the tag is prose, in a fence or not.
* Anywhere else a tag is damage: in the middle of a line, with attributes, closing what was not
  opened, or as a ``<tool_result>``, which a model that writes it has made up.
* The JSON decides where a call ends, so that its texts may hold tags. After it ``</tool_call>``
  must follow, or the end of the answer.
* Reading stops at the first damage. What stands before it is accepted; what comes after may rely
  on what was damaged and is not looked at.
* What a model thinks aloud in ``<think>`` at the beginning of its answer is not read.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict, deque
from dataclasses import dataclass

from pytest_harness.model.formats.base import RejectedCall
from pytest_harness.model.formats.call_json import Asked, DamagedError, read_calls, read_value

MOST_CALLS = 32
"""Calls in one answer."""
LARGEST = 1024 * 1024
"""Bytes of an answer with calls."""
SHOWN = 300
"""Characters of a damaged call that are kept."""
EXAMPLE = '<tool_call>{"name": "TOOL", "arguments": {"ARGUMENT": "VALUE"}}</tool_call>'
"""How a call is written."""

_THOUGHTS = re.compile(r"\s*+(?:<think>.*?(?:</think>|\Z))?", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<(?P<closes>/?)tool_(?P<kind>call|result)(?:\s(?P<more>[^<>\n]*+))?>")
_BEFORE_JSON = re.compile(r"\s*+(?:`{3,}+\w*+\s*+)?")
_AFTER_JSON = re.compile(r"\s*+(?:`{3,}+\s*+)?(?:</tool_call\s*+>|\Z)")
_NAME = re.compile(r'"name"\s*+:\s*+"([^"\\]{1,100}+)"')
_EMPTY_FENCE = re.compile(r"^[ \t]*+(`{3,}+)\w*+[ \t\r]*+\n\s*+\1[ \t\r]*+$", re.MULTILINE)
_TICKS = re.compile(r"`+")


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found in an answer."""

    words: str
    """Its words before any damage, calls left out."""
    calls: tuple[Asked, ...]
    """The calls before any damage."""
    rejected: RejectedCall | None
    """The first damage; ``None`` if there is none."""


def read_answer(text: str) -> Reading:
    """Read an answer, in time that grows with its length and no faster; never raises."""
    if _TAG.search(text) and len(text.encode("utf-8", "surrogatepass")) > LARGEST:
        why = _sentence("the answer is larger than 1 MiB; make several smaller ones of it")
        return Reading("", (), RejectedCall(text=text[:SHOWN], why=why))
    return _Reader(text).read()


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.words: list[str] = []
        self.calls: list[Asked] = []
        thoughts = _THOUGHTS.match(text)
        self.position = thoughts.end() if thoughts else 0
        # Where the current line begins, or what follows a call on it.
        self.line = self.position
        self.blank = True
        self.spans: tuple[int, list[int], list[int]] = (-1, [], [])

    def read(self) -> Reading:
        rejected = None
        while tag := _TAG.search(self.text, self.position):
            before = self.text[self.position : tag.start()]
            self.words.append(before)
            self._move(before, tag.start())
            if not self.blank and self._in_code(tag.start()):
                self.words.append(tag[0])
                self.position = tag.end()
                continue
            try:
                self._block(tag)
            except DamagedError as error:
                rejected = self._rejected(tag, error)
                break
        else:
            self.words.append(self.text[self.position :])
        words = "".join(self.words)
        if self.calls:
            words = _EMPTY_FENCE.sub("", words)
        return Reading(words, tuple(self.calls), rejected)

    def _move(self, before: str, start: int) -> None:
        """Note which line a tag is on, and whether anything stands before it there."""
        _, newline, lead = before.rpartition("\n")
        if newline:
            self.line, self.blank = start - len(lead), True
        self.blank = self.blank and not lead.strip()

    def _block(self, tag: re.Match[str]) -> None:
        """Read the call that a tag opens; raises `DamagedError`."""
        if tag["kind"] == "result":
            raise DamagedError(
                "you wrote a <tool_result> yourself; end your answer after your calls and wait"
            )
        if tag["closes"]:
            raise DamagedError("</tool_call> closes what no <tool_call> has opened")
        if tag["more"]:
            raise DamagedError("its tag holds more than tool_call")
        if not self.blank:
            raise DamagedError(
                "<tool_call> does not begin its line; begin a line with it, or put it in backticks "
                "where you only speak of it"
            )
        start = _end(_BEFORE_JSON, self.text, tag.end())
        if self.text[start : start + 1] not in ("{", "["):
            raise DamagedError("no JSON object follows its tag")
        value, end = read_value(self.text, start)
        found = read_calls(value)
        closing = _AFTER_JSON.match(self.text, end)
        if not closing:
            raise DamagedError("</tool_call> does not follow its JSON", found[0][0])
        if len(self.calls) + len(found) > MOST_CALLS:
            raise DamagedError(f"an answer may hold {MOST_CALLS} calls at most", found[0][0])
        self.calls += found
        self.position = self.line = closing.end()
        self.blank = True

    def _rejected(self, tag: re.Match[str], error: DamagedError) -> RejectedCall:
        opens = not tag["closes"]
        start = tag.start() if opens else max(self.line, tag.end() - SHOWN)
        shown = self.text[start : start + SHOWN]
        seen = _NAME.search(shown) if tag["kind"] == "call" else None
        name = error.name or (seen[1] if seen else "")
        return RejectedCall(text=shown, why=_sentence(str(error), name), name=name)

    def _in_code(self, start: int) -> bool:
        """Whether a place of the current line is in inline code."""
        if self.spans[0] != self.line:
            end = self.text.find("\n", start)
            self.spans = (self.line, *_code(self.text, self.line, end if end >= 0 else None))
        _, starts, ends = self.spans
        nearest = bisect_right(starts, start) - 1
        return nearest >= 0 and start < ends[nearest]


def _code(text: str, start: int, end: int | None) -> tuple[list[int], list[int]]:
    """Return where inline code begins and ends: runs of as many backticks on both sides."""
    runs = [
        found.span() for found in _TICKS.finditer(text, start, len(text) if end is None else end)
    ]
    places: defaultdict[int, deque[int]] = defaultdict(deque)
    for number, (first, last) in enumerate(runs):
        places[last - first].append(number)
    starts, ends = [], []
    number = 0
    while number < len(runs):
        first, last = runs[number]
        same = places[last - first]
        while same and same[0] <= number:
            same.popleft()
        if same:
            number = same[0]
            starts.append(first)
            ends.append(runs[number][1])
        number += 1
    return starts, ends


def _end(pattern: re.Pattern[str], text: str, start: int) -> int:
    found = pattern.match(text, start)
    return found.end() if found else start


def _sentence(why: str, name: str = "") -> str:
    which = f"Your call of {name[:100]!r}" if name else "A call in your answer"
    return (
        f"{which} was not executed, nor anything after it, because {why}. "
        f"Write each call whole, on a line of its own: {EXAMPLE}"
    )


_SIGN = r"(?:<done\s*+/?>(?:\s*+</done\s*+>)?|</done\s*+>)"
_DONE = re.compile(rf"^[ \t]*+{_SIGN}[ \t\r]*+$|{_SIGN}\s*+\Z", re.IGNORECASE | re.MULTILINE)
_ANY_SIGN = re.compile(rf"(?<!`){_SIGN}", re.IGNORECASE)


def read_end(words: str) -> tuple[str, bool]:
    """Return words without the sign of the end, and whether it stands there.

    The sign is ``<done/>``, or ``<done>``, ``</done>``, ``<done></done>`` in its place, alone on a
    line or as the last thing of all; elsewhere it is only spoken of. The mere word DONE is no sign:
    it may be what was asked for.
    """
    done = _DONE.search(words) is not None
    if done:
        words = _ANY_SIGN.sub("", words)
    return words.strip(), done
