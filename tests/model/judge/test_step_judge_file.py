from __future__ import annotations

import json
from pathlib import Path

import pytest

from pytest_harness.config_models import ModelTables
from pytest_harness.errors import ConfigurationError
from pytest_harness.model.selectors import Selector
from pytest_harness.model.step_judge_file import JudgeRule, StepJudgeConfig, read_step_judge

CHEAP, STRONG = Selector("ollama", "small"), Selector("openai", "large")
TABLES = ModelTables(tiers={"cheap": CHEAP, "strong": STRONG})


def read(
    given: str,
    agent: Selector | None = None,
    tables: ModelTables = TABLES,
    root: Path = Path("nowhere"),
) -> StepJudgeConfig | None:
    return read_step_judge(given, agent, tables, root)


def test_off_is_no_judge() -> None:
    assert read("off") is None


@pytest.mark.parametrize(
    ("preset", "agent", "judge"),
    [
        ("symmetric-cheap", CHEAP, CHEAP),
        ("symmetric-cheap", None, CHEAP),
        ("asymmetric", CHEAP, STRONG),
        ("asymmetric", Selector("groq", "other"), STRONG),
        ("symmetric-strong", STRONG, STRONG),
    ],
)
def test_presets_take_their_models_from_the_tiers(
    preset: str, agent: Selector | None, judge: Selector
) -> None:
    found = read(preset, agent)
    assert found is not None
    assert found.model == judge
    assert found.rules == tuple(JudgeRule)


@pytest.mark.parametrize(
    ("preset", "agent", "said"),
    [
        ("symmetric-cheap", STRONG, "run the agent with ollama:small, or choose 'asymmetric'"),
        ("symmetric-strong", CHEAP, "the agent's is ollama:small, not openai:large"),
        ("asymmetric", STRONG, "choose 'symmetric-strong', or another model for the agent"),
        ("asymetric", CHEAP, "did you mean 'asymmetric'?"),
    ],
)
def test_a_preset_that_does_not_fit_says_so(preset: str, agent: Selector, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read(preset, agent)
    assert said in str(caught.value)


def test_a_preset_without_its_tier_says_where_to_declare_it() -> None:
    with pytest.raises(ConfigurationError, match=r"\[tiers\] strong = "):
        read("asymmetric", CHEAP, ModelTables(tiers={"cheap": CHEAP}))


def test_a_mock_cannot_judge() -> None:
    with pytest.raises(ConfigurationError, match="no opinion of its own"):
        read("asymmetric", CHEAP, ModelTables(tiers={"strong": Selector("mock", "mock")}))


TOML = """
tier = "strong"
instructions = '''Tests are ${sacred}.'''
rules = ["no-shortcut", "on-task"]
max_vetoes = 5
temperature = 0
max_tokens = 400
"""


def test_a_file_says_everything(tmp_path: Path) -> None:
    (tmp_path / "judge.toml").write_text(TOML)
    document = {
        "model": "openai:large",
        "instructions": "Tests are ${sacred}.",
        "rules": ["on-task", "no-shortcut"],
        "max_vetoes": 5,
        "temperature": 0.0,
        "max_tokens": 400,
    }
    (tmp_path / "judge.json").write_text(json.dumps(document))
    toml, plain = read("judge.toml", root=tmp_path), read(str(tmp_path / "judge.json"))
    assert toml is not None
    assert plain is not None
    assert toml.rules == (JudgeRule.ON_TASK, JudgeRule.NO_SHORTCUT)
    assert toml.max_vetoes == 5
    # The same judge, however it was written: the same fingerprint.
    assert toml.settings() == plain.settings()


def test_whatever_changes_a_verdict_is_in_the_settings(tmp_path: Path) -> None:
    seen = []
    for more in ("", "max_vetoes = 1", "temperature = 1", "max_tokens = 9", 'rules = ["complete"]'):
        (tmp_path / "judge.toml").write_text(f'tier = "cheap"\n{more}\n')
        found = read("judge.toml", root=tmp_path)
        assert found is not None
        seen.append(json.dumps(dict(found.settings())))
    assert len(set(seen)) == len(seen)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('modl = "openai:x"', "unknown key 'modl'; did you mean 'model'?"),
        ("max_vetoes = 2", "names its model once"),
        ('model = "openai:x"\ntier = "cheap"', "names its model once"),
        ('tier = "chaep"', "tier 'chaep' is not declared; did you mean 'cheap'?"),
        ("tier = 3", "tier is no text"),
        ('model = "nobody:x"', "names no vendor that is known"),
        ('model = "mock:mock"', "no opinion of its own"),
        ('tier = "cheap"\nrules = ["on-tsak"]', "rule 'on-tsak' is unknown; did you mean"),
        ('tier = "cheap"\nrules = [1]', "rule '1' is unknown"),
        ('tier = "cheap"\nrules = []', "rules is no list of rules"),
        ('tier = "cheap"\nrules = "on-task"', "rules is no list of rules"),
        ('tier = "cheap"\nmax_vetoes = 0', "max_vetoes is no number from 1 on"),
        ('tier = "cheap"\nmax_tokens = 1.5', "max_tokens is no number from 1 on"),
        ('tier = "cheap"\ntemperature = 3', "temperature is no number from 0 to 2"),
        ('tier = "cheap"\ntemperature = true', "temperature is no number from 0 to 2"),
        ('tier = "cheap"\ninstructions = 3', "instructions is no text"),
        ('tier = "cheap', "it is no TOML"),
        ("tier = 'a'\0", "it is no TOML"),
    ],
)
def test_a_wrong_file_is_one_sentence_with_the_culprit(
    tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "judge.toml").write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        read("judge.toml", root=tmp_path)
    assert said in str(caught.value)
    assert str(tmp_path / "judge.toml") in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("judge.json", b"[1]", "it holds no object"),
        ("judge.json", b"[" * 100_000, "it is no JSON"),
        ("judge.json", b"\xff\xfe", "it is no JSON"),
        ("judge.toml", b" " * (2 << 20), "it is larger than"),
    ],
)
def test_bytes_that_are_no_configuration(tmp_path: Path, name: str, data: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ConfigurationError, match=said):
        read(name, root=tmp_path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"gone\.toml cannot be read \(No such file"):
        read("gone.toml", root=tmp_path)
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(ConfigurationError, match=r"cannot be read \(Is a directory"):
        read("folder.toml", root=tmp_path)


def test_a_home_that_nobody_has_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="write its path in full"):
        read("~nobody-of-this-name/judge.toml", root=tmp_path)
