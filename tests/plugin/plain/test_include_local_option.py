"""``--harness-include-local`` and its kin: the models of servers on this machine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pytest_harness.testing import Say, ScriptedModel, Step, WriteFile
from tests.plugin.conftest import Project, Refused

STEPS: list[Step] = [WriteFile("a.txt", "hello all\n"), Say("done")]


@pytest.fixture
def server() -> Iterator[ScriptedModel]:
    """An Ollama that has three models, one of them in memory."""
    models = ("qwen3:8b", "gpt-oss:20b", "llama3:latest")
    with ScriptedModel(STEPS, models=models, loaded=("qwen3:8b",)) as model:
        yield model


@pytest.fixture
def project(project: Project, server: ScriptedModel, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project on a machine with that server and no other."""
    monkeypatch.setenv("OLLAMA_HOST", server.root_url)
    for name in ("LLAMA_CPP", "VLLM", "LMSTUDIO"):
        monkeypatch.setenv(f"{name}_BASE_URL", "http://127.0.0.1:9/v1")
    return project


def models(project: Project) -> list[str]:
    return sorted(str(cell.point.model) for cell in project.cells())


def test_found_models_join_the_matrix(
    project: Project, server: ScriptedModel, mode: tuple[str, ...]
) -> None:
    result = project.run("--harness-include-local", "--harness-max-local-models=3", *mode)
    result.assert_outcomes(passed=6)
    assert models(project) == ["ollama:gpt-oss:20b", "ollama:llama3:latest", "ollama:qwen3:8b"]
    # Once in the session, however many processes it has.
    assert [request.path for request in server.requests].count("/api/tags") >= 1
    assert {cell.spending.total.cost_usd for cell in project.cells()} == {0.0}


def test_two_are_taken_unless_told_otherwise(project: Project) -> None:
    result = project.run("--harness-include-local")
    assert models(project) == ["ollama:gpt-oss:20b", "ollama:llama3:latest"]
    result.stdout.fnmatch_lines(["*raise --harness-max-local-models*"])


def test_they_come_beside_what_was_named(project: Project) -> None:
    project.run(
        "--harness-backend=fake,model@mock:mock",
        "--harness-include-local",
        "--harness-max-local-models=1",
    )
    found = [(cell.point.backend, cell.point.model) for cell in project.cells()]
    assert found == [("fake", None), ("model", "mock:mock"), ("model", "ollama:gpt-oss:20b")]


def test_a_plain_model_without_a_name_is_each_that_is_found(project: Project) -> None:
    project.run("--harness-backend=model,fake", "--harness-include-local")
    found = {(cell.point.backend, cell.point.model) for cell in project.cells()}
    local = {("model", "ollama:gpt-oss:20b"), ("model", "ollama:llama3:latest")}
    assert found == {("fake", None), *local}


def test_what_a_cell_loaded_is_unloaded_and_nothing_else(
    project: Project, server: ScriptedModel
) -> None:
    project.run("--harness-include-local", "--harness-max-local-models=3").assert_outcomes(passed=6)
    assert server.loaded == ("qwen3:8b",)


def test_what_a_cell_loaded_may_stay(project: Project, server: ScriptedModel) -> None:
    project.run("--harness-include-local", "--harness-keep-local").assert_outcomes(passed=4)
    assert set(server.loaded) == {"qwen3:8b", "gpt-oss:20b", "llama3:latest"}


def test_without_a_server_and_a_backend_there_is_nothing_to_do(
    project: Project, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:9")
    refused(project.run("--harness-include-local"), "found no model on this machine")
    project.run("--harness-include-local", "--harness-backend=fake").assert_outcomes(passed=2)


def test_a_model_that_a_server_lacks_is_skipped_with_the_remedy(project: Project) -> None:
    result = project.run("--harness-backend=model@ollama:mistral", "-rs")
    result.assert_outcomes(skipped=2)
    assert "ollama pull mistral" in result.stdout.str()
