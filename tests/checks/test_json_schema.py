from __future__ import annotations

import sys

import pytest

from pytest_harness.checks import CheckContext, JsonSchema
from pytest_harness.checks.evaluate import evaluate
from pytest_harness.vocabulary import CheckStatus

from .conftest import Write

pytest.importorskip("jsonschema")
SCHEMA = {
    "type": "object",
    "required": ["port"],
    "properties": {"port": {"type": "integer", "maximum": 65535}},
}


@pytest.mark.parametrize(
    ("text", "score", "reason"),
    [
        ('{"port": 80}', 1, "as the schema asks"),
        ('{"port": 70000}', 0, "$.port: 70000 is greater"),
        ("{}", 0, "'port' is a required property"),
        ("{", 0, "is no JSON"),
        ('{"port": NaN}', 0, "NaN is not allowed"),
        ("[" * 100_000, 0, "is no JSON"),
    ],
)
def test_a_file_is_held_against_the_schema(
    context: CheckContext, write: Write, text: str, score: int, reason: str
) -> None:
    write(context.workspace, {"config.json": text})
    verdict = JsonSchema("x", "config.json", SCHEMA).grade(context)
    assert verdict.score == score
    assert reason in verdict.reason


def test_a_missing_file_scores_nothing(context: CheckContext) -> None:
    assert JsonSchema("x", "config.json", SCHEMA).grade(context).score == 0


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ({"type": "number-like"}, "the schema is wrong"),
        ({"$ref": "http://127.0.0.1:9/schema.json"}, "put it under $defs"),
    ],
)
def test_a_wrong_schema_is_an_error(
    context: CheckContext, write: Write, schema: dict[str, object], reason: str
) -> None:
    write(context.workspace, {"config.json": "{}"})
    check = JsonSchema("x", "config.json", schema)
    (result,) = evaluate([check], context, {}, lambda overlay: pytest.fail("no overlay")).checks
    assert result.status is CheckStatus.ERROR
    assert reason in result.reason


def test_without_the_library_the_remedy_is_said(
    context: CheckContext, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(context.workspace, {"config.json": "{}"})
    monkeypatch.setitem(sys.modules, "jsonschema", None)
    check = JsonSchema("x", "config.json", SCHEMA)
    (result,) = evaluate([check], context, {}, lambda overlay: pytest.fail("no overlay")).checks
    assert result.status is CheckStatus.ERROR
    assert "pip install 'pytest-harness[jsonschema]'" in result.reason


def test_a_wrong_declaration_is_said() -> None:
    assert "schema" in (JsonSchema("x", "a.json").problem() or "")
    assert JsonSchema("x", "a.json", SCHEMA).problem() is None
