"""Where a model is asked, if a variable says so: another address is another result."""

from __future__ import annotations

import pytest

from pytest_harness.testing import Say, Script, ScriptedModel, WriteFile
from tests.plugin.conftest import Project

MODEL = "--harness-backend=model@openai:gpt-4.1"


@pytest.mark.slow
def test_a_result_is_not_kept_for_another_address(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-address-0123456789")
    script = Script([WriteFile("a.txt", "hello all\n"), Say("Done.")])
    with ScriptedModel(script) as first, ScriptedModel(script) as second:
        monkeypatch.setenv("OPENAI_BASE_URL", first.base_url)
        project.run(MODEL, "--harness-run-name=r").assert_outcomes(passed=2)
        project.run(MODEL, "--harness-run-name=r", "--harness-resume").assert_outcomes(passed=2)
        assert (len(first.asked), len(second.asked)) == (2, 0)
        monkeypatch.setenv("OPENAI_BASE_URL", second.base_url)
        project.run(MODEL, "--harness-run-name=r", "--harness-resume").assert_outcomes(passed=2)
        assert (len(first.asked), len(second.asked)) == (2, 2)
