"""A JSON file is as a schema asks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from pytest_harness.checks.base import Check, CheckContext, Verdict
from pytest_harness.checks.files import UnreadableError, path_problem, read_text
from pytest_harness.errors import TargetError


@dataclass(frozen=True)
class JsonSchema(Check):
    """All marks if a file holds JSON that a JSON Schema accepts.

    Needs the extra ``jsonschema``. References to other documents are not fetched.
    """

    open_by_nature: ClassVar[bool] = True

    path: str = ""
    """The file, relative to the workspace."""
    schema: Mapping[str, Any] = field(default_factory=dict)
    """The schema; the draft is the one that its ``$schema`` names, or the newest."""

    def problem(self) -> str | None:
        """Say what is wrong with the declaration."""
        if not isinstance(self.schema, Mapping) or not self.schema:
            return "its schema is no mapping or is empty; give a JSON Schema"
        return path_problem(self.path)

    def grade(self, context: CheckContext) -> Verdict:
        """Read the file and hold it against the schema."""
        try:
            text = read_text(context.workspace, self.path)
            document: Any = json.loads(text, parse_constant=_refuse)
        except UnreadableError as error:
            return Verdict.share(0, 1, str(error))
        except (ValueError, RecursionError) as error:
            return Verdict.share(0, 1, f"{self.path} is no JSON: {error}")
        problems = _problems(document, dict(self.schema))
        if problems:
            reason = f"{self.path}: {problems[0]}"
            return Verdict.share(0, 1, reason, "\n".join(problems))
        return Verdict.share(1, 1, f"{self.path} is as the schema asks")


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not allowed")


def _problems(document: Any, schema: dict[str, Any]) -> list[str]:
    """Return what the schema has against ``document``, the first first.

    Raises `TargetError` when the library is missing or the schema is wrong.
    """
    try:
        import jsonschema
        from referencing import Registry
        from referencing.exceptions import Unresolvable
    except ImportError:
        raise TargetError(
            "JsonSchema needs the library jsonschema; run: pip install 'pytest-harness[jsonschema]'"
        ) from None
    validator = jsonschema.validators.validator_for(schema)
    try:
        validator.check_schema(schema)
        errors = validator(schema, registry=Registry()).iter_errors(document)
        found = sorted(errors, key=lambda error: error.json_path)
    except jsonschema.SchemaError as error:
        raise TargetError(f"the schema is wrong: {error.message}; correct it") from None
    except Unresolvable as error:
        raise TargetError(
            f"the schema refers to {error.ref!r}, which it does not hold; put it under $defs"
        ) from None
    return [f"{error.json_path}: {error.message[:300]}" for error in found[:20]]
