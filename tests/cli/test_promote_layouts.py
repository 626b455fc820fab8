"""However a harness.toml is laid out, only what is promoted changes."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from pytest_harness.config_writing import ConfigFile, Preference
from pytest_harness.model.selectors import Selector
from pytest_harness.vocabulary import ToolFormat

BLOCKS = (
    '[models."openai:a"]\ntimeout = 1 # seconds\n',
    '[models."openai:a"]\n',
    '[models."openai:a".price]\ninput = 1\noutput=2\n',
    '[models."openai:a"]\nformat = "text"   # by feel\n\n# of the next\n',
    "[models.zz]\n# inside\ntimeout=4\n\n",
    '[defaults]\nbackend="fake" # for now\n',
    "# alone\n\n",
    '[tiers]\n"cheap" = "openai:x"\n',
    '[backends.x]\nprovider="fake"\n\n[backends.x.runtime]\nmode="host"\n',
    '[aliases]\nbig="openai:b"\n',
    "[models.big]\ntimeout=9\n",
)
WANTED = [
    Preference(
        model=Selector("openai", name),
        format=ToolFormat.TEXT,
        evidence="größe é/p.toml",
        date="2026-03-04",
    )
    for name in "abc"
]


def valid(text: str) -> bool:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True


@given(blocks=st.lists(st.sampled_from(BLOCKS), unique=True))
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.function_scoped_fixture],
)
def test_every_line_stays_in_its_place(blocks: list[str], tmp_path: Path) -> None:
    before = "".join(blocks)
    assume(valid(before))
    path = tmp_path / "harness.toml"
    path.write_text(before, encoding="utf-8")
    file = ConfigFile(path, os.environ)
    after = file.with_preferences(WANTED)
    assert after is not None
    file.write(after)
    assert set(ConfigFile(path, os.environ).models.formats) == {"openai:a", "openai:b", "openai:c"}
    assert ConfigFile(path, os.environ).with_preferences(WANTED) is None
    lines = iter(after.splitlines())
    for line in before.splitlines():
        assert not line or line in lines, f"{line!r} is lost or moved in\n{after}"


def test_no_other_file_is_left(tmp_path: Path) -> None:
    file = ConfigFile(tmp_path / "harness.toml", os.environ)
    text = file.with_preferences(WANTED)
    assert text is not None
    file.write(text)
    assert [each.name for each in tmp_path.iterdir()] == ["harness.toml"]
