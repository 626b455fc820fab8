"""What the tests of formats have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from pytest_harness.model.client import Reply
from pytest_harness.model.conversation import Call, ToolSpec
from pytest_harness.model.formats.base import Turn
from pytest_harness.model.formats.text import TextFormat

READ = ToolSpec(
    name="read_file",
    description="Reads a file.",
    parameters={
        "type": "object",
        "properties": {"path": {"type": "string"}},
        "required": ["path"],
    },
)
WRITE = ToolSpec(
    name="write_file",
    description="Writes a file.",
    parameters={
        "type": "object",
        "properties": {"path": {"type": "string"}, "content": {"type": "string"}},
        "required": ["path", "content"],
    },
)
TOOLS = (READ, WRITE)

Asked = list[tuple[str, Mapping[str, Any]]]

LETTERS = st.characters(exclude_categories=["Cs"])
"""All characters but halves of surrogates, which no answer can hold."""
WORDS = st.text(LETTERS, max_size=20)
TAGGED = st.sampled_from(
    [
        "<tool_call>",
        "</tool_call>",
        "<done/>",
        "</tool_result>",
        '<tool_result name="a">',
        "```",
        "\\",
        '"',
    ]
)
"""What means something to the parser, and nothing inside a text of JSON."""
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | WORDS
    | st.lists(TAGGED | WORDS, max_size=4).map("".join),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)
NAMES = st.text(LETTERS, min_size=1, max_size=20).filter(lambda name: bool(name.strip()))


def calls_of(
    names: st.SearchStrategy[str], values: st.SearchStrategy[Any]
) -> st.SearchStrategy[Call]:
    arguments = st.dictionaries(WORDS, values, max_size=4)
    return st.builds(Call, name=names, arguments=arguments, id=st.just("id"))


CALLS = calls_of(NAMES, VALUES)


def read(text: str) -> Turn:
    """Read an answer as a model's third."""
    return TextFormat().read(Reply(text=text), 3, TOOLS)


def asked(turn: Turn) -> Asked:
    """What a turn asks for, without ids."""
    return [(call.name, call.arguments) for call in turn.calls]
