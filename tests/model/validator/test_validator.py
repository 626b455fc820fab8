from __future__ import annotations

from collections.abc import Sequence

import pytest

from pytest_harness.model.client import BrokenCall, Finish, Reply
from pytest_harness.model.conversation import Call, ToolSpec
from pytest_harness.model.formats.base import Format
from pytest_harness.model.formats.native import NativeFormat
from pytest_harness.model.formats.text import DONE, TextFormat, write_call
from pytest_harness.model.review import Objection, Situation
from pytest_harness.model.validator import (
    DEFAULT,
    OFF,
    PROSE_CHARACTERS,
    Rule,
    StructuralValidator,
    ValidatorConfig,
)
from pytest_harness.vocabulary import RejectedBy

TOOLS = (ToolSpec(name="write_file", description="Writes a file.", parameters={"type": "object"}),)
CALL = Call(name="write_file", arguments={"path": "a"}, id="c1")
BROKEN = BrokenCall(name="write_file", text="{", why="It is cut; write it whole.", id="c2")
LONG = "word " * PROSE_CHARACTERS


def objection(
    validator: StructuralValidator,
    reply: Reply,
    format_: Format,
    *,
    tools: Sequence[ToolSpec] = TOOLS,
    writes: bool = True,
    executed: int = 0,
) -> Objection | None:
    situation = Situation(
        objective="Do it.",
        messages=(),
        tools=tools,
        writes_expected=writes,
        executed=executed,
        max_tokens=None,
        limit=10.0,
        ending=lambda: False,
    )
    review = validator.review(format_.read(reply, 1, tools), situation)
    assert review.spent.cost_usd in (None, 0)
    return review.objection


TEXT, NATIVE = TextFormat(), NativeFormat()

BREAKING = [
    (Rule.EMPTY_REPLY, TEXT, Reply(), "empty"),
    (Rule.EMPTY_REPLY, NATIVE, Reply(text=" \n"), "empty"),
    (Rule.EMPTY_REPLY, NATIVE, Reply(finish=Finish.LENGTH), "empty"),
    (Rule.MALFORMED_CALL, TEXT, Reply(text='<tool_call>{"name": '), "not whole"),
    (Rule.MALFORMED_CALL, TEXT, Reply(text=f"{write_call(CALL)}\n<tool_call>"), "no JSON"),
    (Rule.MALFORMED_CALL, TEXT, Reply(calls=(CALL,)), "interface's own means"),
    (Rule.MALFORMED_CALL, NATIVE, Reply(broken=(BROKEN,)), "It is cut; write it whole."),
    (Rule.MALFORMED_CALL, NATIVE, Reply(text=f"So:\n{write_call(CALL)}"), "none is read"),
    (Rule.PHANTOM_COMPLETION, TEXT, Reply(text=f"I did it.\n{DONE}"), "no call of a tool"),
    (Rule.PHANTOM_COMPLETION, TEXT, Reply(text=DONE), "no call of a tool"),
    (Rule.PHANTOM_COMPLETION, NATIVE, Reply(text="I did it."), "no call of a tool"),
    (Rule.PROSE_ONLY, TEXT, Reply(text=LONG), "characters of prose"),
    (Rule.PROSE_ONLY, TEXT, Reply(text="I think", finish=Finish.LENGTH), "limit of tokens"),
]


@pytest.mark.parametrize(("rule", "format_", "reply", "reason"), BREAKING)
def test_a_rule_is_broken_once(rule: Rule, format_: Format, reply: Reply, reason: str) -> None:
    validator = StructuralValidator()
    found = objection(validator, reply, format_)
    assert found is not None
    assert found.by is RejectedBy.VALIDATOR
    assert found.rule == rule
    assert reason in found.reason
    again = objection(validator, reply, format_)
    assert again is None or again.rule != rule


@pytest.mark.parametrize(("rule", "format_", "reply", "reason"), BREAKING)
def test_a_rule_that_is_left_out_does_not_object(
    rule: Rule, format_: Format, reply: Reply, reason: str
) -> None:
    others = ValidatorConfig(rules=tuple(each for each in Rule if each is not rule))
    found = objection(StructuralValidator(others), reply, format_)
    assert found is None or found.rule != rule
    assert objection(StructuralValidator(OFF), reply, format_) is None


@pytest.mark.parametrize(
    ("format_", "reply"),
    [
        (TEXT, Reply(text=write_call(CALL))),
        (TEXT, Reply(text=f"{LONG}\n{write_call(CALL)}")),
        (TEXT, Reply(text=write_call(CALL), finish=Finish.LENGTH)),
        (TEXT, Reply(text="Let me think.")),
        (TEXT, Reply(text="x" * PROSE_CHARACTERS)),
        (TEXT, Reply(text="A `<tool_call>` comes next.")),
        (NATIVE, Reply(calls=(CALL,))),
        (NATIVE, Reply(text=LONG, calls=(CALL,), finish=Finish.LENGTH)),
    ],
)
def test_turns_of_a_good_shape_are_accepted(format_: Format, reply: Reply) -> None:
    assert objection(StructuralValidator(), reply, format_) is None


def test_who_has_worked_may_end() -> None:
    for format_, reply in ((TEXT, Reply(text=DONE)), (NATIVE, Reply(text="I did it."))):
        assert objection(StructuralValidator(), reply, format_, executed=1) is None


def test_only_looking_is_expected_to_call_and_not_to_be_short() -> None:
    for reply in (Reply(), Reply(text="I think", finish=Finish.LENGTH), Reply(text=LONG)):
        assert objection(StructuralValidator(), reply, TEXT, writes=False) is None
    found = objection(StructuralValidator(), Reply(text="E42"), NATIVE, writes=False)
    assert found is not None
    assert found.rule == Rule.PHANTOM_COMPLETION


def test_without_tools_any_words_will_do() -> None:
    for format_ in (TEXT, NATIVE):
        for reply in (Reply(), Reply(text="E42"), Reply(text=LONG), Reply(text=write_call(CALL))):
            found = objection(StructuralValidator(), reply, format_, tools=(), writes=False)
            assert found is None


def test_each_rule_speaks_for_itself() -> None:
    validator = StructuralValidator()
    replies = [Reply(), Reply(text="I did it."), Reply(), Reply(text=LONG), Reply(text=LONG)]
    found = [objection(validator, reply, NATIVE) for reply in replies]
    assert [each and each.rule for each in found] == [
        Rule.EMPTY_REPLY,
        Rule.PHANTOM_COMPLETION,
        None,
        Rule.PROSE_ONLY,
        None,
    ]
    # Another proposal begins anew.
    assert objection(StructuralValidator(), Reply(), NATIVE) is not None


def test_the_limit_of_prose_can_be_set() -> None:
    validator = StructuralValidator(ValidatorConfig(prose_characters=5))
    assert objection(validator, Reply(text="12345"), TEXT) is None
    assert objection(validator, Reply(text="123456"), TEXT) is not None


def test_settings_tell_what_objections_depend_on() -> None:
    assert DEFAULT.settings() == {
        "rules": "empty-reply,malformed-call,phantom-completion,prose-only",
        "prose_characters": "4000",
    }
    assert OFF.settings() == {"rules": ""}
    turned = ValidatorConfig(rules=(Rule.PROSE_ONLY, Rule.EMPTY_REPLY), prose_characters=7)
    assert turned.settings() == {"rules": "empty-reply,prose-only", "prose_characters": "7"}
