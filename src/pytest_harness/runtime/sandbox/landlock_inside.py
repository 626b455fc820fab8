"""A program that gives up every right but some, for good, and becomes another program.

Run as ``python -I -S landlock_inside.py ORDER PROGRAM ARGUMENT...`` with an `Order` as JSON. It
needs the standard library alone.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found] # quicker to import than signal
import ctypes
import json
import os
import stat
import struct
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_PR_SET_NO_NEW_PRIVS, _PR_CAPBSET_DROP = 38, 24
_CAPSET, _CAPABILITY_VERSION = {"x86_64": 126, "aarch64": 91}, 0x20080522

_EXECUTE, _WRITE, _READ, _LIST = 1, 2, 4, 8
_CHANGE = 0xFF0
"""Making and removing of all kinds."""
_REFER, _TRUNCATE, _IOCTL = 1 << 13, 1 << 14, 1 << 15
_MAKE_SYMLINK = 1 << 12
_BIND, _CONNECT = 1, 2
_ABSTRACT_SOCKETS, _SIGNALS = 1, 2
_BENEATH, _PORT = 1, 2

_LIBC = ctypes.CDLL(None, use_errno=True)


def abi() -> int:
    """Return the version of Landlock that this kernel has; 0 if it has none."""
    return max(0, int(_LIBC.syscall(_CREATE, None, 0, 1)))


def _syscall(number: int, *arguments: object) -> int:
    done = int(_LIBC.syscall(number, *arguments))
    if done < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return done


def _rights(version: int) -> int:
    """Return all rights on files that the kernel knows."""
    known = _EXECUTE | _WRITE | _READ | _LIST | _CHANGE | _MAKE_SYMLINK
    for since, right in ((2, _REFER), (3, _TRUNCATE), (5, _IOCTL)):
        if version >= since:
            known |= right
    return known


def restrict(order: dict[str, list[str] | list[int] | None]) -> None:
    """Give up all rights but those in the order; raises `OSError` if the kernel refuses."""
    version = abi()
    known = _rights(version)
    ports = order["ports"]
    fields = [known]
    if version >= 4:
        fields.append(0 if ports is None else _BIND | _CONNECT)
    if version >= 6:
        fields.append(_ABSTRACT_SOCKETS | _SIGNALS)
    asked = struct.pack(f"{len(fields)}Q", *fields)
    rules = _syscall(_CREATE, asked, len(asked), 0)
    reading = _EXECUTE | _READ | _LIST
    for path in order["read"] or ():
        _allow(rules, str(path), reading)
    for path in order["write"] or ():
        _allow(rules, str(path), known & ~_IOCTL)
    for path in order["devices"] or ():
        _allow(rules, str(path), known & (_READ | _WRITE | _LIST | _IOCTL | _TRUNCATE))
    for port in ports or ():
        _syscall(_ADD, rules, _PORT, struct.pack("QQ", _CONNECT, int(port)), 0)
    _drop_capabilities()
    _LIBC.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _syscall(_RESTRICT, rules, 0)
    os.close(rules)


def _allow(rules: int, path: str, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
        rights &= _EXECUTE | _WRITE | _READ | _TRUNCATE | _IOCTL
    _syscall(_ADD, rules, _BENEATH, struct.pack("=Qi", rights, descriptor), 0)
    os.close(descriptor)


def _drop_capabilities() -> None:
    """Give up what a superuser may do beside owning files."""
    capability = 0
    while _LIBC.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0) == 0:
        capability += 1
    number = _CAPSET.get(os.uname().machine)
    if number is not None:
        header = struct.pack("Ii", _CAPABILITY_VERSION, 0)
        _syscall(number, header, struct.pack("6I", *[0] * 6))
    elif os.geteuid() == 0:
        raise OSError(0, "capabilities cannot be given up on this kind of machine")


def main(order: str, argv: list[str]) -> None:
    """Give up the rights and become ``argv``."""
    restrict(json.loads(order))
    become(argv)


def become(argv: list[str]) -> NoReturn:
    """Turn into a program, with nothing of Python's own left over."""
    for ignored in (_signal.SIGPIPE, _signal.SIGXFSZ):
        _signal.signal(ignored, _signal.SIG_DFL)
    # Python may have added a variable for its own locale.
    with open("/proc/self/environ", "rb") as given:  # noqa: PTH123 - quicker
        pairs = [each.partition(b"=") for each in given.read().split(b"\0") if each]
    env = {name: value for name, _, value in pairs}
    os.execvpe(argv[0], argv, env)  # noqa: S606 - what this program is for


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
