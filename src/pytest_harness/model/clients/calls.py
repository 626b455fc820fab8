"""Reading the arguments of calls that are made by a vendor's own means."""

from __future__ import annotations

import json

from pytest_harness.model.client import BrokenCall
from pytest_harness.model.conversation import Call


def read_arguments(name: str, text: str, call_id: str) -> Call | BrokenCall:
    """Return the call, or why it is none; no text at all is a call without arguments."""
    try:
        value = json.loads(text) if text.strip() else {}
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


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, ValueError) else "too deep"
