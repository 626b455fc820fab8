"""What can go wrong between us and a vendor, in one sentence each."""

from __future__ import annotations

import email.utils
import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime

from pytest_harness.model.client import ModelError
from pytest_harness.model.clients.whom import Whom
from pytest_harness.vocabulary import Fault

LONGEST = 240
"""Characters of a vendor's own sentence."""
QUOTA = frozenset(
    {"insufficient_quota", "billing_hard_limit_reached", "billing_error", "exceeded_current_quota"}
)
"""What vendors call an account without credit."""

_TOOLS = re.compile(
    r"(?i)not support (?:\w+ )?(?:tool|function)|support tool use|tools? (?:is|are) not supported"
    r"|function calling is not|--jinja|enable-auto-tool-choice"
)
_CONTEXT = re.compile(
    r"(?i)context[ _](?:length|window|size)|maximum context|prompt is too long|input token count"
    r"|reduce the length of the messages"
)


def sentence(whom: Whom, body: object) -> str:
    """Return what a vendor says in the body of an error, shortened and without the key."""
    if isinstance(body, str):
        try:
            body = json.loads(body)
        except ValueError:
            text = "" if str(body).lstrip().startswith("<") else str(body)
            return _short(whom, text)
    if isinstance(body, list) and body:
        body = body[0]
    while isinstance(body, Mapping):
        body = next((body[name] for name in ("error", "message", "detail") if body.get(name)), "")
    return _short(whom, body if isinstance(body, str) else "")


def no_quota(body: object) -> bool:
    """Whether an error's body says that an account is exhausted, which no waiting helps."""
    if isinstance(body, Mapping):
        named = {body.get("code"), body.get("type")} & QUOTA
        return bool(named) or no_quota(body.get("error"))
    return False


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that a vendor asks to wait; names of headers in lower case."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers[name]) * unit
        except (KeyError, ValueError):
            continue
        if math.isfinite(seconds) and seconds >= 0:
            return seconds
    try:
        when = email.utils.parsedate_to_datetime(headers["retry-after"])
    except (KeyError, ValueError):
        return None
    when = when if when.tzinfo is not None else when.replace(tzinfo=UTC)
    return max(0.0, (when - datetime.now(UTC)).total_seconds())


def by_status(
    whom: Whom, status: int, said: str, *, wait: float | None = None, quota: bool = False
) -> ModelError:
    """Return the error of a status from 400 on, and of what the vendor said with it."""
    if quota or status == 402:
        return exhausted(whom, said)
    if status in {401, 403}:
        return refused_key(whom)
    if status == 429:
        return asked_to_wait(whom, said, wait)
    if _TOOLS.search(said):
        return no_tools(whom)
    if _CONTEXT.search(said) and status < 500:
        return too_long(whom)
    if status == 404:
        return not_there(whom, said)
    if status in {408, 409} or status >= 500:
        return broke_down(whom, said or f"status {status}", wait)
    return rejected(whom, said or f"status {status}")


def exhausted(whom: Whom, said: str) -> ModelError:
    """The account is."""
    return ModelError(Fault.RATE_LIMIT, _with(f"{whom} has no credit or quota left", said))


def refused_key(whom: Whom) -> ModelError:
    """Or there was none."""
    if whom.variable is None:
        reason = f"{whom} wants a key and was sent none; name its variable with the vendor"
    else:
        reason = f"{whom} refused the key in {whom.variable}; give it one that is valid"
    return ModelError(Fault.AUTH, reason)


def asked_to_wait(whom: Whom, said: str, seconds: float | None) -> ModelError:
    """With or without a time."""
    how_long = "" if seconds is None else f" {seconds:g} s"
    reason = _with(f"{whom} asked to wait{how_long}", said)
    return ModelError(Fault.RATE_LIMIT, reason, retry_after=seconds, again=True)


def no_tools(whom: Whom) -> ModelError:
    """The model, or the way its server was started, knows none."""
    reason = f"{whom} takes no tools by its vendor's own means; ask it in the format text"
    return ModelError(Fault.UNSUPPORTED, reason)


def too_long(whom: Whom) -> ModelError:
    """The conversation, for the model's context window."""
    reason = f"{whom} cannot take a conversation of this length: its context window is full"
    return ModelError(Fault.UNSUPPORTED, reason)


def not_there(whom: Whom, said: str) -> ModelError:
    """The model, or the path."""
    return ModelError(Fault.UNSUPPORTED, _with(f"{whom} is not served at {whom.address}", said))


def rejected(whom: Whom, said: str) -> ModelError:
    """The request itself."""
    return ModelError(Fault.UNSUPPORTED, _with(f"{whom} cannot do what was asked", said))


def broke_down(whom: Whom, said: str, seconds: float | None = None) -> ModelError:
    """The vendor's own error."""
    reason = _with(f"{whom} failed by itself", said)
    return ModelError(Fault.TRANSPORT, reason, retry_after=seconds, again=True)


def not_reached(whom: Whom, why: str) -> ModelError:
    """No connection."""
    reason = _with(f"{whom} cannot be reached at {whom.address}", _short(whom, why))
    return ModelError(Fault.TRANSPORT, reason, again=True)


def cut(whom: Whom) -> ModelError:
    """The answer ended before its end."""
    return ModelError(Fault.TRANSPORT, f"{whom} broke its answer off", again=True)


def no_answer(whom: Whom) -> ModelError:
    """What came cannot be read."""
    reason = f"{whom} sent something that is no answer of its protocol"
    return ModelError(Fault.TRANSPORT, reason, again=True)


def too_large(whom: Whom, most: int) -> ModelError:
    """The answer."""
    reason = f"{whom} sent more than {most // 2**20} MiB in one answer"
    return ModelError(Fault.TRANSPORT, reason)


def led_away(whom: Whom) -> ModelError:
    """A redirection, which is not followed because a key would go with it."""
    reason = f"{whom.address} sends {whom} on to another address; configure that one"
    return ModelError(Fault.TRANSPORT, reason)


def too_late(whom: Whom, limit: float) -> ModelError:
    """No whole answer in time."""
    return ModelError(Fault.TRANSPORT, f"{whom} gave no whole answer in {limit:g} s", again=True)


def interrupted(whom: Whom) -> ModelError:
    """The session is to end."""
    return ModelError(Fault.INTERRUPTED, f"the session ended before {whom} had answered")


def _with(what: str, said: str) -> str:
    return f"{what}: {said}" if said else what


def _short(whom: Whom, text: str) -> str:
    line = " ".join(whom.without_key(text).split()).rstrip(".")
    return line if len(line) <= LONGEST else f"{line[:LONGEST]} ..."
