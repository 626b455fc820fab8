from __future__ import annotations

import os
from pathlib import Path

import pytest

from pytest_harness.errors import ConfigurationError
from pytest_harness.model.validator import DEFAULT, OFF, Rule, ValidatorConfig
from pytest_harness.model.validator_file import read_validator

TWO = ValidatorConfig(rules=(Rule.EMPTY_REPLY, Rule.PROSE_ONLY), prose_characters=900)


def test_words_need_no_file(tmp_path: Path) -> None:
    assert read_validator("off", tmp_path) is OFF
    assert read_validator("default", tmp_path) is DEFAULT


@pytest.mark.parametrize(
    ("name", "text", "config"),
    [
        ("v.toml", 'rules = ["prose-only", "empty-reply"]\nprose_characters = 900\n', TWO),
        ("v.json", '{"rules": ["empty-reply", "prose-only"], "prose_characters": 900}', TWO),
        ("v.toml", "", DEFAULT),
        ("v.json", "{}", DEFAULT),
        ("v.toml", "rules = []\n", OFF),
        ("v.toml", "prose_characters = 1\n", ValidatorConfig(prose_characters=1)),
    ],
)
def test_a_file_is_read(tmp_path: Path, name: str, text: str, config: ValidatorConfig) -> None:
    (tmp_path / "sub").mkdir()
    path = tmp_path / "sub" / name
    path.write_text(text)
    assert read_validator(f"sub/{name}", tmp_path) == config
    assert read_validator(str(path), Path("/elsewhere")) == config


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        (
            "v.toml",
            'rules = ["prose-onyl"]',
            "rule 'prose-onyl' is unknown; did you mean 'prose-only'?",
        ),
        ("v.toml", "rules = [5]", "rule '5' is unknown"),
        ("v.json", '{"rules": [["empty-reply"]]}', "is unknown; "),
        ("v.toml", 'rules = "prose-only"', "rules is no list"),
        ("v.toml", 'ruels = ["prose-only"]', "unknown key 'ruels'; did you mean 'rules'?"),
        ("v.toml", "prose_characters = 0", "prose_characters is no number from 1 on"),
        ("v.toml", "prose_characters = true", "prose_characters is no number from 1 on"),
        ("v.json", '{"prose_characters": "many"}', "prose_characters is no number from 1 on"),
        ("v.json", '{"prose_characters": 4000.5}', "prose_characters is no number from 1 on"),
        ("v.toml", "rules = [", "it is no TOML"),
        ("v.json", "rules = []", "it is no JSON"),
        ("v.json", "[" * 100_000, "it is no JSON"),
        ("v.json", '["prose-only"]', "it holds no object"),
        ("v.toml", "# " + "x" * (1 << 20), "larger than"),
    ],
)
def test_a_wrong_file_is_named_with_the_remedy(
    tmp_path: Path, name: str, text: str, sentence: str
) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        read_validator(name, tmp_path)
    assert str(path) in str(caught.value)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_text_is_said(tmp_path: Path) -> None:
    (tmp_path / "v.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match="it is no TOML"):
        read_validator("v.toml", tmp_path)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    with pytest.raises(ConfigurationError, match=r"pipe\.toml: it is a pipe; name a file"):
        read_validator("pipe.toml", tmp_path)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_validator("none.toml", tmp_path)
    assert str(caught.value) == (
        f"validator {tmp_path / 'none.toml'} cannot be read (No such file or directory); check the "
        "path, or use one of off, default"
    )
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(ConfigurationError, match="Is a directory"):
        read_validator("folder.toml", tmp_path)


@pytest.mark.parametrize(
    ("given", "hint"), [("defualt", "did you mean 'default'? "), ("strict", ""), ("", "")]
)
def test_an_unknown_word_is_said(tmp_path: Path, given: str, hint: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_validator(given, tmp_path)
    assert str(caught.value) == (
        f"validator {given!r} is unknown; {hint}use one of off, default, or the path of a .toml or "
        ".json file"
    )


def test_a_home_that_nobody_has_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="write its path in full"):
        read_validator("~nobody-of-this-name/v.toml", tmp_path)
