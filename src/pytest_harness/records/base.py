"""The base of all records, and what a reader says of one that it cannot read."""

from __future__ import annotations

from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from pydantic_core import PydanticSerializationError

from pytest_harness.errors import SchemaError

SCHEMA: Final = 1
"""Version of every record. A reader refuses any other."""

Seconds = Annotated[float, Field(ge=0)]
Count = Annotated[int, Field(ge=0)]
Dollars = Annotated[float, Field(ge=0)]
Score = Annotated[float, Field(ge=0, le=1)]


class Record(BaseModel):
    """Base of all records: immutable, no unknown keys, no infinities."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, defer_build=True)

    @classmethod
    def from_json(cls, text: bytes | str) -> Self:
        """Read one record.

        Raises `SchemaError` when the text is no such record, or one of another schema.
        """
        try:
            return cls.model_validate_json(text)
        except ValueError as error:
            raise SchemaError(_explain(cls.__name__, text)) from error

    def to_json(self, *, indent: int | None = None) -> bytes:
        """Write the record as strict JSON in UTF-8, without a final newline.

        Half of a surrogate pair, as in the name of a file that is not UTF-8, has no place in
        UTF-8; it is written as its escape.
        """
        try:
            return self.model_dump_json(indent=indent).encode()
        except PydanticSerializationError:
            whole = type(self).model_validate(_without_surrogates(self.model_dump()))
            return whole.model_dump_json(indent=indent).encode()


def _without_surrogates(value: Any) -> Any:
    """Escape what UTF-8 cannot hold in every text within ``value``."""
    if type(value) is str:  # not an enum, whose words are ours
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(_without_surrogates, value))
    return value


def _explain(name: str, text: bytes | str) -> str:
    """Say in one sentence why ``text`` is not a record called ``name``."""
    try:
        document = TypeAdapter(dict[str, Any]).validate_json(text)
    except ValueError:
        return f"this is not a {name}: it is not a JSON object; restore the file or remove it"
    schema = document.get("schema_version")
    if schema != SCHEMA:
        return (
            f"this {name} has schema {schema!r} and this version reads {SCHEMA}; "
            "read it with the version of pytest-harness that wrote it"
        )
    return f"this {name} is damaged: its fields are not those of schema {SCHEMA}"
