"""How one character of a secret may be written: plain, or escaped in any of the usual ways."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from html.entities import codepoint2name

_PERCENT = rb"%(?:25){0,3}"
_BACKSLASH = rb"(?:\\|%(?:25){0,3}5[cC]|&#92;)"
_SLASHES_BEFORE = re.compile(_BACKSLASH + rb"+\Z")
_ENTITY = rb"&(?:amp;){0,3}"
_LETTERS = {"\n": b"n", "\r": b"r", "\t": b"t", "\b": b"b", "\f": b"f", "\v": b"v", "\a": b"a"}
_NAMES = {**codepoint2name, ord("'"): "apos"}

ESCAPED = 12
"""Bytes that one byte takes in the longest usual spelling."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One character in all its spellings."""

    plain: bytes
    """Itself, if it is a letter or a digit, which are rarely escaped; else empty."""
    source: bytes
    """Pattern of all spellings."""
    forward: re.Pattern[bytes]
    """The same, compiled."""
    backward: re.Pattern[bytes]
    """The same, ending where the searched stretch ends."""
    newline: bool = False
    """Whether it ends a line."""
    slashes: bool = False
    """Whether it is a run of backslashes, which punctuation after it may take for its own."""


def encoded(text: str) -> bytes:
    """Return a text as bytes, whatever halves of surrogates it holds."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def decoded(data: bytes) -> str:
    """Return bytes that `encoded` made as text again."""
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("utf-8", "surrogateescape")


@functools.lru_cache(maxsize=4096)
def unit(character: str) -> Unit:
    """Return the spellings of one character; of a run of backslashes, if it is one."""
    if character[0] == "\\":
        return _unit(b"", b"%b{%d,}" % (_BACKSLASH, len(character)), slashes=True)
    code = ord(character)
    plain = character.encode() if character.isascii() and character.isalnum() else b""
    # The plain one comes last: an ampersand also begins its own escape.
    escapes = [] if plain else _special(character)
    escapes += [_percent(character), _numbered(character), _entity(code)]
    escapes.append(re.escape(encoded(character)))
    source = b"|".join(escapes)
    if not plain:
        # A backslash before punctuation changes nothing for whoever reads it back.
        source = b"%b{0,16}?(?:%b)" % (_BACKSLASH, source)
    return _unit(plain, source, newline=character == "\n")


@functools.lru_cache(maxsize=128)
def either(characters: str) -> Unit:
    """Return the spellings of what stands for one thing, as ``+`` and ``-`` do in base64."""
    return _unit(b"", b"|".join(b"(?:%b)" % unit(each).source for each in characters))


def slashes_before(data: bytes, first: int, at: int) -> int:
    """Return where the backslashes begin that end at ``at``; that itself if there are none."""
    found = _SLASHES_BEFORE.search(data, first, at)
    return at if found is None else found.start()


def _unit(plain: bytes, source: bytes, *, newline: bool = False, slashes: bool = False) -> Unit:
    source = b"(?:%b)" % source
    backward = re.compile(source + rb"\Z")
    return Unit(plain, source, re.compile(source), backward, newline, slashes)


def _special(character: str) -> list[bytes]:
    """Spellings of single characters: of shells, of forms, of lines."""
    if character == "'":
        return [rb"'%b{1,16}''" % _BACKSLASH, rb"'%b{0,16}\"'%b{0,16}\"'" % ((_BACKSLASH,) * 2)]
    if character == " ":
        return [rb"\+"]
    found = []
    if character == "\n":
        found = [rb"\r\n", rb"%br%bn" % ((_BACKSLASH + b"{1,16}",) * 2), b"(?i:%0d%0a)"]
    if character in _LETTERS:
        found.append(_BACKSLASH + b"{1,16}" + _LETTERS[character])
    return found


def _percent(character: str) -> bytes:
    return b"".join(b"(?i:%b%02x)" % (_PERCENT, byte) for byte in encoded(character))


def _numbered(character: str) -> bytes:
    r"""Spellings with a backslash and a number: ``\u00e9``, ``\xe9``, ``\303\251``."""
    code, data = ord(character), encoded(character)
    before = _BACKSLASH + b"{1,16}"
    utf16 = character.encode("utf-16-be", "surrogatepass")
    halves = (utf16[at : at + 2].hex().encode() for at in range(0, len(utf16), 2))
    ways = [
        b"".join(b"%bu%b" % (before, half) for half in halves),
        b"%bU%08x" % (before, code),
        b"%b(?:u\\{0*%x\\})" % (before, code),
        b"".join(b"%bx%02x" % (before, byte) for byte in data),
        b"".join(b"%b%03o" % (before, byte) for byte in data),
    ]
    if code < 256:
        ways.append(b"%bx%02x" % (before, code))
    return b"(?i:%b)" % b"|".join(ways)


def _entity(code: int) -> bytes:
    ways = [b"#0{0,6}%d;" % code, b"(?i:#x0{0,6}%x;)" % code]
    if code in _NAMES:
        ways.append(_NAMES[code].encode() + b";")
    return b"%b(?:%b)" % (_ENTITY, b"|".join(ways))
