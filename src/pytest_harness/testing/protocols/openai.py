"""What the two protocols of OpenAI have in common."""

from __future__ import annotations

from pytest_harness.testing.protocols.base import AtPaths, Json

KINDS = {
    400: ("invalid_request_error", None),
    401: ("invalid_request_error", "invalid_api_key"),
    403: ("invalid_request_error", "forbidden"),
    404: ("invalid_request_error", "model_not_found"),
    429: ("requests", "rate_limit_exceeded"),
}


class OpenAI(AtPaths):
    """A protocol of OpenAI."""

    def error(self, code: int, message: str) -> Json:
        """Write OpenAI's error."""
        kind, name = KINDS.get(code, ("server_error", None))
        return {"error": {"message": message, "type": kind, "param": None, "code": name}}
