"""The secrets that are known, and hiding them."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pytest_harness.redaction.formats import FORMATS, known_keys
from pytest_harness.redaction.forms import LONGEST, Form, forms_of, text_form
from pytest_harness.redaction.names import secret_values
from pytest_harness.redaction.parts import is_worth, whole_parts, words
from pytest_harness.redaction.quick import Quick
from pytest_harness.redaction.spelling import ESCAPED, decoded, encoded

HIDDEN = "[hidden]"
"""What stands where a secret stood."""

_HIDDEN = HIDDEN.encode()
_ROUGH = tuple(each.rough for each in FORMATS)
_NEXT_LINE = re.compile(rb"\n[ +-]?")


class Span(NamedTuple):
    """A stretch to hide."""

    start: int
    end: int
    seen_from: int
    """Where begins what must be seen to know it: before ``start`` where words lead to a key."""


class Vault:
    """Secrets, and the one way to take them out of what is written down.

    It can be extended while it is used, from any thread. Keys of well-known formats are hidden
    even if the vault does not know them.
    """

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._lock = threading.Lock()
        self._values: frozenset[str] = frozenset()
        self._anchors: dict[bytes, tuple[tuple[Form, int], ...]] = {}
        self._scans: tuple[re.Pattern[bytes], ...] = ()
        self._longest = 0
        self._quick: tuple[object, Quick] | None = None
        self.add(values)

    @classmethod
    def of(cls, environment: Mapping[str, str], more: Collection[str] = ()) -> Vault:
        """Make one of the secret variables, and of those that ``more`` names."""
        vault = cls()
        vault.add_environment(environment, more)
        return vault

    def __repr__(self) -> str:
        return f"<Vault of {len(self._values)}>"

    @property
    def reach(self) -> int:
        """Bytes of the longest secret in its longest usual spelling."""
        return max(4096, min(self._longest, LONGEST) * ESCAPED)

    def add(self, values: Iterable[str]) -> None:
        """Hide these values from now on; what is too short or too plain to be secret is left out.

        Their lines, the texts in JSON documents and the passwords of addresses are hidden too.
        """
        with self._lock:
            known = set(self._values)
            forms: list[Form] = []
            for value in values:
                for whole in whole_parts(value):
                    if is_worth(whole) and whole not in known:
                        known.add(whole)
                        self._longest = max(self._longest, len(encoded(whole)))
                        forms += forms_of(whole)
                    for word in words(whole):
                        if word not in known:
                            known.add(word)
                            forms.append(text_form(word))
            self._enter(forms)
            self._values = frozenset(known)

    def add_environment(self, environment: Mapping[str, str], more: Collection[str] = ()) -> None:
        """Hide the values of the secret variables, and of those that ``more`` names."""
        self.add(secret_values(environment, more))

    def hide(self, text: str) -> str:
        """Return ``text`` with every secret replaced."""
        quick = self._quickly()
        if quick is not None and quick.surely_nothing_in_text(text):
            return text
        data = encoded(text)
        spans = self.spans(data)
        return decoded(_without(data, spans)) if spans else text

    def hide_bytes(self, data: bytes, *, formats: bool = True) -> bytes:
        """Return ``data`` with every secret replaced; no line is lost or added.

        Without ``formats`` only those that the vault knows are.
        """
        return _without(data, self.spans(data, formats=formats))

    def hide_lines(self, lines: list[bytes]) -> list[bytes]:
        """Return lines of a stream with every secret replaced; a line of JSON stays one."""
        whole = b"\n".join(lines)
        spans = self.spans(whole)
        if not spans:
            return lines
        hidden = _without(whole, spans).split(b"\n")
        return [
            after if before == after else _repaired(before, after, self)
            for before, after in zip(lines, hidden, strict=True)
        ]

    def hide_file(self, path: Path) -> None:
        """Replace every secret in a file; a missing file, or a link, is left alone.

        Raises `OSError`.
        """
        if path.is_symlink() or not path.is_file():
            return
        data = path.read_bytes()
        hidden = self.hide_bytes(data)
        if hidden != data:
            path.write_bytes(hidden)

    def hide_json(self, value: Any, *, keep: Collection[str] = (), numbers: bool = True) -> Any:
        """Return a document of builtins with every secret replaced in its texts.

        Texts and keys of a mapping below a key of ``keep`` stay. A list of texts is taken for
        lines, so that what runs over several of them is found. A number that is a secret becomes
        the text that stands for it, unless ``numbers`` are to stay.
        """
        return _Document(self.hide, keep, numbers=numbers).hide(value)

    def spans(self, data: bytes, *, formats: bool = True) -> list[Span]:
        """Return where secrets lie, in order and apart."""
        quick = self._quickly()
        if quick is not None and quick.surely_nothing_in(data):
            return []
        found: list[Span] = []
        reached: dict[Form, int] = {}
        for anchor, places in self._anchors.items():
            at = data.find(anchor)
            while at >= 0:
                for form, index in places:
                    if reached.get(form, 0) > at and reached[form] >= at + len(anchor):
                        continue  # part of what was found by another anchor
                    span = form.around(data, at, index, len(anchor))
                    if span is not None:
                        start, end, whole = span
                        found.append(Span(start, end, start))
                        reached[form] = end if whole else 0
                at = data.find(anchor, at + 1)
        for scan in self._scans:
            found += (Span(*each.span(), each.start()) for each in scan.finditer(data))
        if formats:
            found += (Span(start, end, begin) for begin, start, end in known_keys(data))
        return _apart(found)

    def _quickly(self) -> Quick | None:
        """Return what tells that there is no secret, where that is plain."""
        anchors, quick = self._anchors, self._quick
        if self._scans:
            return None
        if quick is None or quick[0] is not anchors:
            # Another thread may add secrets meanwhile: what was made belongs to these anchors.
            quick = self._quick = anchors, Quick(_ROUGH, anchors)
        return quick[1]

    def _enter(self, forms: list[Form]) -> None:
        """Make new forms findable; readers see the old ones or all of them."""
        anchors: dict[bytes, dict[tuple[Form, int], None]] = {}
        scans = list(self._scans)
        for form in forms:
            places = list(form.anchors())
            for anchor, index in places:
                anchors.setdefault(anchor, {})[form, index] = None
            if not places:
                scans.append(form.scan())
        merged = dict(self._anchors)
        for anchor, entries in anchors.items():
            merged[anchor] = (*merged.get(anchor, ()), *entries)
        # A reader takes the anchors first.
        self._scans = tuple(scans)
        self._anchors = merged


class _Document:
    """Replaces secrets in the texts of one document."""

    def __init__(self, hide: Callable[[str], str], keep: Collection[str], *, numbers: bool) -> None:
        self._hide = hide
        self._keep = keep
        self._numbers = numbers

    def hide(self, value: Any) -> Any:
        if type(value) is str:  # not an enum, whose words are ours
            return self._hide(value)
        if isinstance(value, dict):
            return {
                self.hide(key): each if key in self._keep else self.hide(each)
                for key, each in value.items()
            }
        if isinstance(value, list | tuple):
            return self._sequence(value)
        if self._numbers and type(value) in {int, float} and self._hide(str(value)) != str(value):
            return HIDDEN
        return value

    def _sequence(self, values: list[Any] | tuple[Any, ...]) -> Any:
        if len(values) > 1 and all(type(each) is str for each in values):
            whole = "\n".join(values)
            hidden = self._hide(whole)
            if hidden == whole:
                return values
            lines = iter(hidden.split("\n"))
            return type(values)(
                "\n".join(next(lines) for _ in range(each.count("\n") + 1)) for each in values
            )
        return type(values)(map(self.hide, values))


def _repaired(before: bytes, after: bytes, vault: Vault) -> bytes:
    """Return a line without secrets; as JSON, if it was JSON and no longer is."""
    if before.lstrip()[:1] != b"{":
        return after
    try:
        document = json.loads(before)
    except (ValueError, RecursionError):
        return after
    try:
        json.loads(after)
    except (ValueError, RecursionError):
        return vault.hide_bytes(encoded(json.dumps(vault.hide_json(document), ensure_ascii=False)))
    return after


def _apart(found: list[Span]) -> list[Span]:
    """Merge what overlaps."""
    found.sort()
    apart: list[Span] = []
    for span in found:
        if apart and span.start < apart[-1].end:
            last = apart[-1]
            apart[-1] = Span(
                last.start, max(last.end, span.end), min(last.seen_from, span.seen_from)
            )
        elif span.end > span.start:
            apart.append(span)
    return apart


def _without(data: bytes, spans: list[Span]) -> bytes:
    parts: list[bytes] = []
    at = 0
    for span in spans:
        parts += data[at : span.start], replacement(data[span.start : span.end])
        at = span.end
    parts.append(data[at:])
    return b"".join(parts)


def replacement(secret: bytes) -> bytes:
    """Return what stands for a secret: as many lines, each with its sign in a diff."""
    return _HIDDEN + b"".join(mark + _HIDDEN for mark in _NEXT_LINE.findall(secret))
