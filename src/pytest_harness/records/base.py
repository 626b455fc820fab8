"""The base of all records, and what a reader says of one that it cannot read."""

from __future__ import annotations

from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from pytest_harness.errors import SchemaError

SCHEMA: Final = 1
"""Version of every record. A reader refuses any other."""

Seconds = Annotated[float, Field(ge=0)]
Count = Annotated[int, Field(ge=0)]
Dollars = Annotated[float, Field(ge=0)]
Score = Annotated[float, Field(ge=0, le=1)]


class Record(BaseModel):
    """Base of all records: immutable, no unknown keys, no infinities."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True
    )

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
        """Write the record as strict JSON in UTF-8, without a final newline."""
        return self.model_dump_json(indent=indent).encode()


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
