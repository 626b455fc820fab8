"""Values in ``harness.toml`` that no program can be told."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_harness.backends.providers import AGENTS
from pytest_harness.backends.setup import load_catalog
from pytest_harness.errors import ConfigurationError


@pytest.mark.parametrize("provider", AGENTS)
@pytest.mark.parametrize(
    "line",
    ['model = "a\\u0000b"', 'command = ["a\\u0000b"]', 'env = ["a\\u0000"]', 'model = "${ODD}"'],
)
def test_the_character_that_ends_a_text_is_refused(
    tmp_path: Path, provider: str, line: str
) -> None:
    command = "" if line.startswith("command") else 'command = ["/bin/true"]'
    text = f'[backends.x]\nprovider = "{provider}"\n{command}\n{line}\n'
    (tmp_path / "harness.toml").write_text(text)
    with pytest.raises(ConfigurationError, match="holds the character NUL"):
        load_catalog(tmp_path, None, {"ODD": "a\0b"})
