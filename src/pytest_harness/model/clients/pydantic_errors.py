"""Errors of pydantic-ai, of the vendors' libraries and of their connections, in our words."""

from __future__ import annotations

from collections.abc import Mapping

import httpx2
from pydantic_ai import exceptions as theirs

from pytest_harness.model.client import ModelError
from pytest_harness.model.clients import failures
from pytest_harness.model.clients.guard import found
from pytest_harness.model.clients.whom import Whom


def translated(whom: Whom, error: Exception, headers: Mapping[str, str]) -> ModelError:
    """Return the error of ours that says the same; ``headers`` are the response's.

    What a library cannot read out of an answer shows in any kind of exception.
    """
    ours = found(error)
    if ours is not None:
        return ours
    if isinstance(error, theirs.ModelConnectionError):
        return _connection(whom, error)
    if isinstance(error, theirs.ModelAPIError):
        return _refused(whom, error, headers)
    if isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout):
        return failures.not_reached(whom, str(error))
    if isinstance(error, httpx2.HTTPError):
        return failures.cut(whom)
    if isinstance(error, theirs.UserError):
        return failures.rejected(whom, failures.sentence(whom, error.message))
    return failures.no_answer(whom)


def _connection(whom: Whom, error: theirs.ModelConnectionError) -> ModelError:
    if error.phase == "read":
        return failures.cut(whom)
    cause = error.__cause__
    return failures.not_reached(whom, str(cause.__cause__ or cause) if cause else "")


def _refused(whom: Whom, error: theirs.ModelAPIError, headers: Mapping[str, str]) -> ModelError:
    said = failures.sentence(whom, error.body)
    wait = failures.retry_after(headers)
    wait = error.retry_after if wait is None else wait
    match error:
        case theirs.ModelQuotaExceededError():
            return failures.exhausted(whom, said)
        case theirs.ModelRateLimitError():
            return failures.asked_to_wait(whom, said, wait)
        case theirs.ModelAuthenticationError():
            return failures.refused_key(whom)
        case theirs.ModelContextWindowExceededError():
            return failures.too_long(whom)
        case theirs.ModelHTTPError():
            quota = failures.no_quota(error.body)
            return failures.by_status(whom, error.status_code, said, wait=wait, quota=quota)
        case theirs.ModelRequestRejectedError():
            return failures.by_status(whom, 400, said)
        case theirs.ModelUnavailableError() | theirs.ModelServerError():
            return failures.broke_down(whom, said, wait)
    if "finish_reason" in error.message:
        return failures.cut(whom)
    return failures.no_answer(whom)
