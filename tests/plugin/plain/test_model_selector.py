"""``--harness-model=VENDOR:MODEL``, aliases, and vendors of ``harness.toml``."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import Project, Refused

TOML = """
[vendors.ours]
base_url = "http://127.0.0.1:9/v1"
key = "OURS_KEY"

[aliases]
small = "ours:small-1"
tiny = "small"
"""


@pytest.fixture
def project(project: Project) -> Project:
    """The project with a vendor and two aliases."""
    (project.path / "harness.toml").write_text(TOML)
    return project


def ids(project: Project, *arguments: str) -> list[str]:
    """Return the ids of the cells that would be run."""
    result = project.run("--co", "-q", *arguments)
    assert result.ret == 0, result.stdout.str() + result.stderr.str()
    found = [line.partition("[")[2].rstrip("]") for line in result.outlines if "[" in line]
    return list(dict.fromkeys(found))


@pytest.mark.parametrize(
    ("models", "words"),
    [
        ("openai:gpt-5-mini", ["openai-gpt-5-mini"]),
        ("provider=openai,model=gpt-5-mini", ["openai-gpt-5-mini"]),
        ("provider=openai,model=gpt-5,mock:mock", ["openai-gpt-5", "mock-mock"]),
        ("small", ["ours-small-1"]),
        ("tiny,small,ours:small-1", ["ours-small-1"]),
        ("claude:claude-haiku-4-5", ["anthropic-claude-haiku-4-5"]),
    ],
)
def test_a_model_has_one_name_however_it_is_written(
    project: Project, models: str, words: list[str]
) -> None:
    wanted = [f"model-{word}-native-t1" for word in words]
    assert ids(project, "--harness-backend=model", f"--harness-model={models}") == wanted
    paired = ",".join(f"model@{each}" for each in models.split(",")) if "=" not in models else None
    if paired:
        assert ids(project, f"--harness-backend={paired}") == wanted


def test_a_models_name_may_hold_colons(project: Project) -> None:
    (found,) = ids(project, "--harness-backend=model", "--harness-model=ollama:gpt-oss:20b")
    # Something is lost in the id, and a digest stands for it.
    assert found.startswith("model-ollama-gpt-oss-20b-native-")
    assert found.endswith("-t1")


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        ("gpt-5-mini", "model 'gpt-5-mini' names no vendor that is known"),
        ("opnai:gpt-5", "did you mean 'openai'"),
        ("openai:", "model 'openai:' names no model"),
        ("gpt-oss:20b", "write VENDOR:MODEL with one of openai, anthropic"),
    ],
)
def test_a_selector_without_vendor_or_model_is_one_sentence(
    project: Project, refused: Refused, model: str, sentence: str
) -> None:
    refused(project.run("--harness-backend=model", f"--harness-model={model}"), sentence)
    assert not project.runs()


def test_a_backend_without_a_model_says_what_it_needs(project: Project) -> None:
    result = project.run("--harness-backend=model")
    assert result.ret != 0
    text = result.stdout.str() + result.stderr.str()
    assert "backend 'model' needs a model; name one with --harness-model=VENDOR:MODEL" in text
    assert "Traceback" not in text


def test_an_alias_that_leads_to_itself_is_refused(project: Project, refused: Refused) -> None:
    (project.path / "harness.toml").write_text('[aliases]\na = "b"\nb = "a"\n')
    refused(project.run(), "harness.toml: aliases.a: the alias 'b' leads to itself")


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ('[vendors.x]\nkey = "K"\n', "vendors.x has no base_url"),
        ('[vendors.x]\nbase_url = "nowhere"\n', "vendors.x.base_url is no address"),
        ('[vendors.x]\nbase_url = "http://h"\nprotocol = "soap"\n', "'soap' is unknown"),
        ('[vendors.x]\nbase_url = "http://h"\nkey = "sk-123"\n', "give the name, not the key"),
        ('[vendors.mock]\nbase_url = "http://h"\n', "mock asks nobody"),
        ('[graders.small]\nmodel = "gpt-5"\n', "graders.small.model: model 'gpt-5' names no"),
        ('[tiers]\ncheap = "gpt-5"\n', "tiers.cheap: model 'gpt-5' names no vendor"),
    ],
)
def test_a_wrong_table_is_one_sentence(
    project: Project, refused: Refused, table: str, sentence: str
) -> None:
    (project.path / "harness.toml").write_text(table)
    refused(project.run("--harness-backend=fake"), sentence)


@pytest.mark.parametrize("given", [(), ("--harness-fail-unavailable",)], ids=["skip", "error"])
def test_a_missing_key_names_its_variable(
    project: Project, monkeypatch: pytest.MonkeyPatch, given: tuple[str, ...]
) -> None:
    monkeypatch.delenv("OURS_KEY", raising=False)
    result = project.run("--harness-backend=model@small", "-rs", *given)
    if given:
        result.assert_outcomes(errors=2)
    else:
        result.assert_outcomes(skipped=2)
    assert "OURS_KEY" in result.stdout.str()


def test_an_env_file_gives_a_key_to_this_session_alone(project: Project) -> None:
    (project.path / "keys.env").write_text("OURS_KEY=abcdef-123456\n")
    once = '[backends.once]\nprovider = "model"\nretries = 0\n'
    (project.path / "harness.toml").write_text(TOML + once)
    result = project.run(
        "--harness-backend=once@small", "--harness-env-file=keys.env", "--harness-retries=0"
    )
    # Nobody listens at the address, so that the fault is another one than a missing key.
    result.assert_outcomes(errors=2)
    (cell,) = project.cells()
    assert cell.fault == "transport"
    for path in (project.path / ".harness").rglob("*"):
        if path.is_file():
            assert b"abcdef-123456" not in path.read_bytes(), path


def test_a_malformed_env_file_names_the_line_and_no_value(
    project: Project, refused: Refused
) -> None:
    (project.path / "keys.env").write_text("A=1\nabcdef-123456\n")
    result = project.run("--harness-env-file=keys.env")
    refused(result, "line 2")
    assert "abcdef-123456" not in result.stdout.str() + result.stderr.str()
