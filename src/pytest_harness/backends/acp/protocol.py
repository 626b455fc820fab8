"""The words of the protocol that both the conversation and its reader need."""

from __future__ import annotations

import enum

from pytest_harness.backends.json_lines import Json, table, text_of

VERSION = 1
"""Version of the protocol."""
INITIALIZE = "initialize"
NEW = "session/new"
SET_MODEL = "session/set_model"
PROMPT = "session/prompt"
CANCEL = "session/cancel"
UPDATE = "session/update"
PERMISSION = "session/request_permission"


class Policy(enum.StrEnum):
    """What is answered where the program asks for leave."""

    ALLOW = "allow"
    REJECT = "reject"


def chosen(params: Json, policy: Policy) -> str | None:
    """Return the id of the option to take, one that holds once if there is one."""
    options = params.get("options")
    offered = [table(each) for each in options] if isinstance(options, list) else []
    for kind in (f"{policy}_once", f"{policy}_always"):
        for each in offered:
            if each.get("kind") == kind and isinstance(each.get("optionId"), str):
                return str(each["optionId"])
    return None


def wrong_version(result: Json) -> str:
    """Return what is wrong with the answer to ``initialize``, if anything is."""
    told = result.get("protocolVersion")
    if told == VERSION:
        return ""
    return f"it speaks version {text_of(told) or 'unknown'} of the protocol, not {VERSION}"


def missing_model(result: Json, model: str | None) -> str:
    """Return why a model cannot be had in a new session, if it cannot."""
    if model is None:
        return ""
    models = table(result.get("models")).get("availableModels")
    names = [
        text_of(table(each).get("modelId")) for each in (models if isinstance(models, list) else [])
    ]
    if model in names:
        return ""
    offered = ", ".join(names[:20]) or "none"
    return f"it cannot be told the model {model}; it offers {offered}"
