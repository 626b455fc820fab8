from __future__ import annotations

import json

import pytest

from pytest_harness.model.formats.call_json import DEEPEST
from pytest_harness.model.formats.text_parser import LARGEST, MOST_CALLS, SHOWN
from tests.model.formats.parts import asked, read

A = '{"name": "read_file", "arguments": {"path": "a.py"}}'
B = '{"name": "read_file", "arguments": {"path": "b.py"}}'
ASKED_A = ("read_file", {"path": "a.py"})
ASKED_B = ("read_file", {"path": "b.py"})


def block(text: str) -> str:
    return f"<tool_call>{text}</tool_call>"


@pytest.mark.parametrize(
    "text",
    [
        block(A),
        f"<tool_call>\n  {A}\n</tool_call>\n",
        f"<tool_call >{A}</tool_call >",
        f"\r\n<tool_call>\r\n{A}\r\n</tool_call>\r\n",
        f"First I look at it.\n\n  {block(A)}\n\nThen we shall see.",
        f"```json\n{block(A)}\n```",
        f"```\n<tool_call>\n{A}\n</tool_call>\n```\nMore words.",
        f"<tool_call>\n```json\n{A}\n```\n</tool_call>",
        f"<tool_call>```{A}```</tool_call>",
        f"<tool_call>\n```json\n{A}\n</tool_call>",
        f"<tool_call>{A}",
        f"<tool_call>\n{A}\n```\n",
        f"```json\n<tool_call>\n{A}\n```",
        block(f"[{A}]"),
        block(f"[{A},]"),
        block('{"name": "read_file", "arguments": {"path": "a.py",},\n}'),
        block('{"name": "read_file", "args": {"path": "a.py"}}'),
        block('{"name": "read_file", "parameters": {"path": "a.py"}}'),
        block('{"name": "read_file", "input": {"path": "a.py"}}'),
        block('{"id": "1", "type": "tool_use", "name": "read_file", "input": {"path": "a.py"}}'),
        block('{"name": "read_file", "arguments": "{\\"path\\": \\"a.py\\"}"}'),
        block('{"name": "read_file", "arguments": " {\\"path\\": \\"a.py\\",}\\n"}'),
        block('{"function": {"name": "read_file", "arguments": "{\\"path\\": \\"a.py\\"}"}}'),
        block(f'{{"type": "function", "function": {A}}}'),
        block('{"name": "read_file", "arguments": {"path": "a.py", "path": "a.py"}}'),
        f"<think>I could {block(B)}</think>\n{block(A)}",
        f"In `<tool_call>` I write the call.\n{block(A)}",
        f"In ``a ` <tool_call>`` or `{block(B)}` I write it.\n{block(A)}",
    ],
)
def test_a_bent_call_is_read(text: str) -> None:
    turn = read(text)
    assert asked(turn) == [ASKED_A]
    assert not turn.rejected
    assert not turn.done


@pytest.mark.parametrize(
    "text",
    [
        block(A) + block(B),
        f"{block(A)} {block(B)}",
        f"{block(A)}\nand\n{block(B)}",
        block(f"[{A}, {B}]"),
        f"{block(f'[{A}]')}\n```json\n{block(B)}\n```",
        f"{block(A)}\n<tool_call>{B}",
    ],
)
def test_several_calls_are_read_in_order(text: str) -> None:
    turn = read(text)
    assert asked(turn) == [ASKED_A, ASKED_B]
    assert not turn.rejected
    assert [call.id for call in turn.calls] == ["turn3-call1", "turn3-call2"]


def test_a_call_without_arguments_has_none() -> None:
    assert asked(read(block('{"name": "list"}'))) == [("list", {})]


def test_texts_of_a_call_may_hold_tags_fences_and_line_breaks() -> None:
    content = f"# Tools\n```\n{block(B)}\n```\n<tool_result name='x'>\n<done/>\n<think>\n"
    text = block(json.dumps({"name": "write_file", "arguments": {"content": content}}))
    assert asked(read(text)) == [("write_file", {"content": content})]
    raw = block('{"name": "write_file", "arguments": {"content": "one\n\ttwo\r\n"}}')
    assert asked(read(raw)) == [("write_file", {"content": "one\n\ttwo\r\n"})]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('<tool_call>{"name": "read_file", "arguments": {"path": "a', "quotation mark"),
        ('<tool_call>{"name": "read_file", "arguments": {"path": "a.py"}', "not whole"),
        (block('{"name": "read_file", "arguments": {"path": "a.py"}'), "not whole"),
        (block('{"name": "read_file", "arguments": {"path": "a.py"]}'), "is wrong at character"),
        (block(f"{A}}}"), "does not follow its JSON"),
        (block(f"{A}\n{B}"), "does not follow its JSON"),
        (f"<tool_call>{A}<tool_call>", "does not follow its JSON"),
        (f"<tool_call>{A}</tool_cal", "does not follow its JSON"),
        (f"<tool_call>{A}\nNow I wait.", "does not follow its JSON"),
        (block(f"The call: {A}"), "no JSON object follows"),
        (block(""), "no JSON object follows"),
        ("<tool_call>", "no JSON object follows"),
        (block("[]"), "list is empty"),
        (block(f'[{A}, "read_file"]'), "something else stands there"),
        (block('{"name": "a", "arguments": {"n": 1, "n": 2}}'), "twice with two values"),
        (block('{"name": "a", "arguments": {"n": 1, "n": true}}'), "twice with two values"),
        (block('{"name": "a", "name": "b"}'), "twice with two values"),
        (block('{"name": "a", "arguments": "{\\"n\\": 1, \\"n\\": 2}"}'), "twice with two values"),
        (block('{"name": "a", "arguments": {"n": NaN}}'), "NaN"),
        (block('{"name": "a", "arguments": {"n": -Infinity}}'), "Infinity"),
        (block('{"name": "a", "arguments": {"n": 1e999}}'), "too large"),
        (block('{"name": "a", "arguments": {"n": %s}}' % ("9" * 5000)), "too large"),
        (block('{"name": "a", "arguments": {"n": "\\ud800"}}'), "half of a character"),
        (block('{"name": "a", "arguments": {"n": [,]}}'), "is wrong at character"),
        (block('{"name": "a", "arguments": {"n": [1,,]}}'), "is wrong at character"),
        (block('{"name": "a", "arguments": {"n":,}}'), "is wrong at character"),
        (block("{'name': 'a'}"), "is wrong at character"),
        (block('{"name": "a", "arguments": {"n": "say "hi""}}'), "is wrong at character"),
        (block('{"name": 5}'), '"name"'),
        (block('{"name": " "}'), '"name"'),
        (block('{"arguments": {}}'), '"name"'),
        (block('{"name": "a", "arguments": ["x"]}'), "no JSON object"),
        (block('{"name": "a", "arguments": null}'), "no JSON object"),
        (block('{"name": "a", "arguments": "x"}'), "no JSON object"),
        (block('{"name": "a", "arguments": ""}'), "no JSON object"),
        (block('{"name": "a", "arguments": "{} {}"}'), "more than one"),
        (block('{"name": "a", "arguments": "{\\"n\\": "}'), "not whole"),
        (block('{"name": "a", "arguments": {}, "args": {}}'), "both"),
        (block('{"name": "a", "path": "a.py"}'), "'path'"),
        (block('{"name": "a", "function": {"name": "b"}}'), "'name'"),
        (f"<tool_call name='a'>{A}</tool_call>", "more than tool_call"),
        (f"<tool_cal>{A}</tool_call>", "no <tool_call> has opened"),
        (f"{A}</tool_call>", "no <tool_call> has opened"),
        (f"I call {block(A)}", "does not begin its line"),
        (f"> {block(A)}", "does not begin its line"),
        (f"`{block(A)}", "does not begin its line"),
        (f"``{block(A)}`", "does not begin its line"),
        (f"`\n` {block(A)}\n`", "does not begin its line"),
        ('<tool_result name="read_file">\nhello\n</tool_result>', "yourself"),
    ],
)
def test_what_is_damaged_is_explained_and_not_executed(text: str, why: str) -> None:
    turn = read(text)
    assert not turn.calls
    assert not turn.done
    (rejected,) = turn.rejected
    assert why in rejected.why
    assert "not executed" in rejected.why
    assert "<tool_call>{" in rejected.why
    assert rejected.text
    assert not rejected.id


def test_a_rejected_call_names_its_tool_and_is_shortened() -> None:
    text = '<tool_call>{"name": "write_file", "arguments": {"content": "' + "x" * 10_000
    (rejected,) = read(text).rejected
    assert rejected.name == "write_file"
    assert "'write_file'" in rejected.why
    assert rejected.text == text[:SHOWN]


@pytest.mark.parametrize("levels", [DEEPEST, DEEPEST + 1, 5000])
def test_deep_nesting_has_an_end(levels: int) -> None:
    inner = levels - 2  # the call and its arguments
    turn = read(block('{"name": "a", "arguments": {"n": ' + "[" * inner + "]" * inner + "}}"))
    assert bool(turn.calls) == (levels <= DEEPEST)
    assert bool(turn.rejected) == (levels > DEEPEST)


def test_the_number_of_calls_has_an_end() -> None:
    assert len(read(block(A) * MOST_CALLS).calls) == MOST_CALLS
    turn = read(block(A) * (MOST_CALLS + 1))
    assert len(turn.calls) == MOST_CALLS
    assert f"{MOST_CALLS} calls at most" in turn.rejected[0].why
    turn = read(block(B) + block(f"[{', '.join([A] * MOST_CALLS)}]"))
    assert asked(turn) == [ASKED_B]
    assert len(turn.rejected) == 1


def test_the_size_of_an_answer_with_calls_has_an_end() -> None:
    turn = read(block(A) + "\n" + "é" * (LARGEST // 2))
    assert not turn.calls
    assert "1 MiB" in turn.rejected[0].why
    fits = "x" * (LARGEST - len(block(A)) - 1)
    assert asked(read(f"{block(A)}\n{fits}")) == [ASKED_A]
    prose = read("x" * (LARGEST + 1))
    assert not prose.rejected
    assert len(prose.text) == LARGEST + 1


@pytest.mark.parametrize(
    "damage",
    [
        block('{"name": "read_file", "arguments": '),
        "<tool_call>",
        "</tool_call>",
        f"so: {block(A)}",
        '<tool_result name="read_file">\nmade up\n</tool_result>',
    ],
)
def test_nothing_after_the_first_damage_is_executed(damage: str) -> None:
    turn = read(f"First.\n{block(A)}\n{damage}\n{block(B)}\n<done/>")
    assert asked(turn) == [ASKED_A]
    assert len(turn.rejected) == 1
    assert not turn.done


@pytest.mark.parametrize(
    "text",
    [
        A,
        f"```json\n{A}\n```",
        f"Call it so: `{block(A)}`",
        f"`{block(A)}`",
        f"`<tool_call>` and `</tool_call>` stand around it, and `a {block(A)} b` is one.",
        f"``a ` {block(A)}``",
        f"<think>{block(A)}</think>",
        f"\n<think>\n{block(A)}\nand so on",
        "<tool_calls>",
        "<tool_call",
        "Nothing to see.",
        "",
    ],
)
def test_what_is_only_spoken_of_is_no_call(text: str) -> None:
    turn = read(text)
    assert not turn.calls
    assert not turn.rejected
    assert not turn.done


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<done/>", ""),
        ("All is well.\n<done/>", "All is well."),
        ("All is well.\r\n  <done />  \r\n", "All is well."),
        ("All is well. <done/>\n", "All is well."),
        ("<done/>\nAll is well.", "All is well."),
        ("All is well.\n<done>", "All is well."),
        ("All is well.\n</done>", "All is well."),
        ("All is well.\n<done></done>", "All is well."),
        ("<done>All is well.</done>", "All is well."),
        ("All is well.\n<DONE/>", "All is well."),
        ("It ends with `<done/>`.\n<done/>", "It ends with `<done/>`."),
    ],
)
def test_the_sign_of_the_end(text: str, words: str) -> None:
    turn = read(text)
    assert turn.done
    assert turn.text == words
    assert not turn.calls
    assert not turn.rejected


@pytest.mark.parametrize(
    "text",
    [
        "DONE",
        "Done.",
        "I write `<done/>`",
        "I write <done/> when I am finished.",
        "<doner/>",
        f"{block(A)}\n<done/>",
        f"<done/>\n{block(A)}",
        "<tool_call>\n<done/>",
        "",
    ],
)
def test_no_sign_of_the_end(text: str) -> None:
    assert not read(text).done


def test_words_are_what_is_left_without_calls() -> None:
    turn = read(f"One.\n```json\n{block(A)}\n```\n{block(B)}\nTwo `<tool_call>`.\n<done/>")
    assert len(turn.calls) == 2
    assert turn.text.split() == ["One.", "Two", "`<tool_call>`."]


@pytest.mark.parametrize(
    "unit",
    [
        "<tool_call>",
        "x<tool_call>",
        "`<tool_call>` ",
        "</tool_call>",
        "<tool_call ",
        "<tool_call>{",
        "[",
        "{",
        '"',
        "\\",
        "`",
        "`a",
        "<",
        "< ",
        " ",
        "\n",
        "\n```\n",
        "<done/>",
        "<done> ",
        "<think>",
        ",",
        ", ",
        '{"a":',
        '{"a":1},',
        block(A),
    ],
)
@pytest.mark.parametrize("lead", ["", "x ", "<tool_call>", '<tool_call>{"name": "', "<tool_call>["])
def test_hostile_answers_come_to_an_end(unit: str, lead: str) -> None:
    # A parser that looks at any part of these again and again would need hours.
    text = (lead + unit * (LARGEST // len(unit)))[:LARGEST]
    turn = read(text)
    assert len(turn.calls) <= MOST_CALLS
    assert len(turn.rejected) <= 1


def test_runs_of_backticks_of_many_lengths_come_to_an_end() -> None:
    runs = " ".join("`" * length for length in range(1, 1400))
    turn = read(f"{runs} `<tool_call>` {'`<tool_call>` ' * 1000}"[:LARGEST])
    assert not turn.calls
