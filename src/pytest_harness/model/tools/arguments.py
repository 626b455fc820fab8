"""The arguments of tools: their schema for models, and what is said of those that do not fit."""

from __future__ import annotations

import copy
import functools
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

_SHOWN = 60
_MOST = 3


class Arguments(BaseModel):
    """The arguments of one tool, taken as they are: ``"3"`` is no number, and ``1`` not true."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    @field_validator("*")
    @classmethod
    def _has_whole_characters(cls, value: object) -> object:
        for text in value if isinstance(value, list) else (value,):
            if isinstance(text, str) and not text.isascii():
                try:
                    text.encode()
                except UnicodeEncodeError:
                    raise ValueError(
                        "half of a surrogate pair is no character; write whole ones"
                    ) from None
        return value


def _integral(value: object) -> object:
    """Take ``3.0`` for ``3``: JSON does not tell them apart."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _listed(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


LineNumber = Annotated[int, Field(ge=1), BeforeValidator(_integral)]
"""A number from 1 on; ``3.0`` is one."""
Texts = Annotated[list[str], BeforeValidator(_listed)]
"""A list of texts."""

A = TypeVar("A", bound=Arguments)


class UnfitError(Exception):
    """Arguments do not fit; the message says what would."""


class _Schema(GenerateJsonSchema):
    """JSON Schema in the words that every vendor understands."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - pydantic's own
        return False


def schema_of(model: type[Arguments]) -> dict[str, Any]:
    """Return the JSON Schema of a tool's arguments, for the caller to keep."""
    return copy.deepcopy(_schema_of(model))


@functools.cache
def _schema_of(model: type[Arguments]) -> dict[str, Any]:
    schema = model.model_json_schema(schema_generator=_Schema)
    properties: dict[str, dict[str, Any]] = {}
    for name, found in schema.get("properties", {}).items():
        # What may be left out and has no value then is not told as "null".
        properties[name] = {
            key: value for key, value in found.items() if key != "default" or value is not None
        }
    return {
        "type": "object",
        "properties": properties,
        "required": list(schema.get("required", ())),
        "additionalProperties": False,
    }


def fit(model: type[A], given: Mapping[str, Any]) -> A:
    """Return the arguments; raises `UnfitError`. ``null`` leaves out what may be left out."""
    optional = {name for name, field in model.model_fields.items() if not field.is_required()}
    values = {
        name: value for name, value in given.items() if value is not None or name not in optional
    }
    try:
        return model.model_validate(values)
    except ValidationError as error:
        schema = schema_of(model)
        problems: list[str] = []
        for each in error.errors(include_url=False, include_context=False):
            problem = _problem(each["type"], each["loc"], each["input"], each["msg"], schema)
            if problem not in problems:
                problems.append(problem)
        more = f"; and {len(problems) - _MOST} more" if len(problems) > _MOST else ""
        raise UnfitError(f"{'; '.join(problems[:_MOST])}{more}. {_takes(schema)}") from None


def _problem(
    kind: str, where: tuple[int | str, ...], value: object, message: str, schema: dict[str, Any]
) -> str:
    name = _short(str(where[0])) if where else "the arguments"
    if kind == "missing":
        return f"{name} is missing"
    if kind == "extra_forbidden":
        return f"{name} is unknown"
    if kind.endswith("_type") and where and where[0] in schema["properties"]:
        wanted = _words(schema["properties"][where[0]])
        return f"{name} must be {wanted}, not {_told(value)}"
    return f"{name}: {message.removeprefix('Value error, ')}"


def _takes(schema: dict[str, Any]) -> str:
    """Say what arguments there are."""
    parts = []
    for name, found in schema["properties"].items():
        left_out = "" if name in schema["required"] else ", may be left out"
        parts.append(f"{name} ({_words(found)}{left_out})")
    return f"It takes {', '.join(parts)}"


def _words(found: Mapping[str, Any]) -> str:
    match found.get("type"):
        case "integer":
            return "a whole number"
        case "number":
            return "a number"
        case "boolean":
            return "true or false"
        case "array":
            return "a list of texts"
        case _:
            return "a text"


def _told(value: object) -> str:
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    if value is None or isinstance(value, bool):
        return str(value).lower().replace("none", "null")
    return _short(repr(value))


def _short(text: str) -> str:
    line = ascii(text)[1:-1] if not text.isprintable() else text
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}\N{HORIZONTAL ELLIPSIS}"
