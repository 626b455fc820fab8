"""What agents look up before they begin: which models there are, and who serves them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

OLLAMA_VERSION = "0.99.0"
"""What the server says when it is asked for the version of Ollama."""

METHODS = ["generateContent", "streamGenerateContent", "countTokens"]


def lookup(method: str, path: str, models: Sequence[str]) -> tuple[int, dict[str, Any]] | None:
    """Return status and body for one look-up; ``None`` if there is no such path."""
    match method, path:
        case "GET", "":
            return 200, {"scripted": True}
        case "GET", "/v1/models" | "/models":
            data = [
                {"id": name, "object": "model", "type": "model", "display_name": name, "created": 0}
                for name in models
            ]
            return 200, {"object": "list", "data": data, "has_more": False}
        case "GET", "/v1beta/models" | "/v1alpha/models":
            data = [
                {"name": f"models/{name}", "supportedGenerationMethods": METHODS} for name in models
            ]
            return 200, {"models": data}
        case "GET", "/api/version":
            return 200, {"version": OLLAMA_VERSION}
        case "GET", "/api/tags":
            return 200, {"models": [{"name": name, "model": name} for name in models]}
        case "POST", "/api/show":
            details = {"format": "gguf", "family": "scripted", "families": ["scripted"]}
            abilities = ["completion", "tools", "thinking"]
            size = {"general.architecture": "scripted", "scripted.context_length": 128_000}
            return 200, {"details": details, "capabilities": abilities, "model_info": size}
        case "GET", "/v1/responses" | "/responses":
            return 426, {"error": {"message": "there is no WebSocket here; use POST"}}
    return None
