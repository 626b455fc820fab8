"""Writing for models that are given their tools in text: the description, results, and calls."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Sequence

from pytest_harness.model.conversation import Call, Given, ToolSpec
from pytest_harness.model.formats.text_parser import EXAMPLE

DONE = "<done/>"
"""The sign of the end, as models are told to write it."""
LONGEST_NAME = 200
"""Characters of a tool's name that stand beside a result."""

_OURS = re.compile(r"<(?=\s*+/?\s*+(?:tool_call|tool_result|done)\b)", re.IGNORECASE)

_HOW = f"""\
You are given tools. To use one, write a block at the beginning of a line:

{EXAMPLE}

Between the tags stands one JSON object, or a list of such objects. An answer may hold several \
blocks; they are executed in order, and the next message tells you what each gave in a \
`<tool_result>` block, which you never write yourself. Where a result holds one of these tags, its \
"<" is shown as "&lt;". To speak of a tag without using it, put it in backticks.

When the work is finished, write no block: say in words what you did, and end with this line:

{DONE}

The tools:
"""


def describe(tools: Sequence[ToolSpec]) -> str:
    """Return what a model is told of its tools and of how to call them."""
    parts = [_HOW]
    for tool in tools:
        schema = json.dumps(dict(tool.parameters), ensure_ascii=False)
        parts.append(f"{tool.name}: {tool.description}\narguments, as JSON Schema: {schema}\n")
    return "\n".join(parts)


def write_call(call: Call) -> str:
    """Write a call as a model is to write it, for a line of its own; its id is left out.

    Raises `ValueError` for arguments that no JSON can hold.
    """
    asked = {"name": call.name, "arguments": dict(call.arguments)}
    return f"<tool_call>{json.dumps(asked, ensure_ascii=False, allow_nan=False)}</tool_call>"


def write_result(result: Given) -> str:
    """Write what a call gave; nothing in it can be taken for a tag of ours."""
    name = html.escape(" ".join(result.call.name.split())[:LONGEST_NAME])
    failed = ' failed="yes"' if result.failed else ""
    return f'<tool_result name="{name}"{failed}>\n{_OURS.sub("&lt;", result.text)}\n</tool_result>'
