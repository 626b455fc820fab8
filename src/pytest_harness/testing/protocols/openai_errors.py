"""The errors of OpenAI's protocols."""

from __future__ import annotations

from typing import Any

KINDS = {
    400: ("invalid_request_error", None),
    401: ("invalid_request_error", "invalid_api_key"),
    403: ("invalid_request_error", "forbidden"),
    404: ("invalid_request_error", "model_not_found"),
    429: ("requests", "rate_limit_exceeded"),
}


def error_body(code: int, message: str) -> dict[str, Any]:
    """Return the body of an error."""
    kind, name = KINDS.get(code, ("server_error", None))
    return {"error": {"message": message, "type": kind, "param": None, "code": name}}
