"""Reading the arguments of calls that are made by a vendor's own means."""

from __future__ import annotations

import json
import math
from typing import NoReturn

from pytest_harness.model.client import BrokenCall
from pytest_harness.model.conversation import Call
from pytest_harness.model.formats.call_json import DEEPEST


def read_arguments(name: str, text: str, call_id: str) -> Call | BrokenCall:
    """Return the call, or why it is none; no text at all is a call without arguments.

    Numbers that are not finite and more than `DEEPEST` levels are refused, as in the format text.
    """
    try:
        value = _DECODER.decode(text) if text.strip() else {}
        _check_depth(value)
    except (ValueError, RecursionError) as error:
        why = f"The arguments of {name or 'a call'} are no JSON ({_reason(error)}); send an object."
        return BrokenCall(name=name, text=text, why=why, id=call_id)
    if not isinstance(value, dict):
        why = f"The arguments of {name or 'a call'} are no JSON object; send an object."
        return BrokenCall(name=name, text=text, why=why, id=call_id)
    if not name:
        why = "A call names no tool; name one of those that are offered."
        return BrokenCall(name=name, text=text, why=why, id=call_id)
    return Call(name=name, arguments=value, id=call_id)


def _check_depth(value: object) -> None:
    """Raise `ValueError` for what nobody can go through."""
    level: list[object] = [value]
    for _ in range(DEEPEST):
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return
    if any(isinstance(each, dict | list) for each in level):
        raise ValueError(f"more than {DEEPEST} levels")


def _float(text: str) -> float:
    found = float(text)
    if not math.isfinite(found):
        raise ValueError("a number is too large")
    return found


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


# The records that keep a call are strict JSON, which knows no infinities.
_DECODER = json.JSONDecoder(parse_float=_float, parse_constant=_refuse)


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, ValueError) else "too deep"
