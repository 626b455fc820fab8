"""Providers of the user's, named in harness.toml."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_harness.backends.registry import Catalog, Overrides
from pytest_harness.backends.setup import load_catalog
from pytest_harness.errors import ConfigurationError

PROVIDER = """
from dataclasses import dataclass
from pathlib import Path

Path(__file__).with_name("imported").touch()


@dataclass(frozen=True, kw_only=True)
class Mine:
    id: str
    model: str | None
    config: object
    provider: str = "mine"
    runtime: str = "host"
    timeout: float = 60.0
    max_concurrency: int | None = None

    def settings(self): return {}
    def probe(self, runner, environment): ...
    def propose(self, request): ...


def make(config): return Mine(id=config.id, model=config.model, config=config)
def other(config): return Mine(id="other", model=None, config=config)
def fails(config): return 1 / 0
def nothing(config): return object()
number = 1
class Group:
    make = staticmethod(make)
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    package = tmp_path / "house_agents"
    (package / "inner").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "inner" / "__init__.py").write_text("")
    (package / "inner" / "mine.py").write_text(PROVIDER)
    (package / "broken.py").write_text("import not_there_at_all\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    for name in [each for each in sys.modules if each.startswith("house_agents")]:
        del sys.modules[name]


def catalog(project: Path, table: str) -> Catalog:
    (project / "harness.toml").write_text(f"[backends.mine]\n{table}\n")
    return load_catalog(project, None, {"SET": "filled in"})


def made(project: Path, table: str, model: str | None = None) -> object:
    return catalog(project, table).make("mine", model, Overrides())


def test_function_gets_the_configuration(project: Path) -> None:
    table = (
        'provider = "house_agents.inner.mine:make"\nmodel = "m1"\ntimeout = 7\n'
        "[backends.mine.options]\nany = [1, 2.5]\nname = '${SET}'\n"
        "[backends.mine.options.deep]\nx = '${SET}'"
    )
    backend = made(project, table, "m2")
    assert (backend.id, backend.model) == ("mine", "m2")  # type: ignore[attr-defined]
    config = backend.config  # type: ignore[attr-defined]
    assert config.timeout == 7
    assert config.options == {"any": [1, 2.5], "name": "filled in", "deep": {"x": "filled in"}}


def test_callable_in_a_class(project: Path) -> None:
    assert made(project, 'provider = "house_agents.inner.mine:Group.make"') is not None


def test_nothing_is_imported_before_it_is_made(project: Path) -> None:
    read = catalog(project, 'provider = "house_agents.inner.mine:make"')
    assert not (project / "house_agents" / "inner" / "imported").exists()
    assert not any(name.startswith("house_agents") for name in sys.modules)
    read.make("mine", None, Overrides())
    assert (project / "house_agents" / "inner" / "imported").exists()


def test_it_runs_where_it_says(project: Path) -> None:
    read = catalog(project, 'provider = "house_agents.inner.mine:make"')
    backend = read.make("mine", None, Overrides())
    read.check_runtime_of("mine", None)
    assert read.runtime("mine", backend, None).name == "host"
    assert read.runtime("mine", backend, "profile").name == "profile"


@pytest.mark.parametrize(
    ("provider", "sentence"),
    [
        ("house_agents.inner.absent:make", "house_agents.inner.absent, which is not there"),
        ("absent_house.mine:make", "absent_house.mine, which is not there"),
        ("house_agents.inner.mine.deeper:make", "which is not there"),
        ("house_agents.inner.mine:", 'write it like "package.module:callable"'),
        (":make", 'write it like "package.module:callable"'),
        ("house agents:make", 'write it like "package.module:callable"'),
        ("house_agents:a:b", 'write it like "package.module:callable"'),
    ],
)
def test_wrong_name_is_found_when_the_file_is_read(
    project: Path, provider: str, sentence: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        catalog(project, f'provider = "{provider}"')
    assert sentence in str(caught.value)
    assert "backend 'mine'" in str(caught.value)


@pytest.mark.parametrize(
    ("provider", "sentence"),
    [
        ("house_agents.inner.mine:absent", "there is no absent in house_agents.inner.mine"),
        ("house_agents.inner.mine:number", "is no callable"),
        ("house_agents.inner.mine:fails", "failed: ZeroDivisionError: division by zero"),
        ("house_agents.inner.mine:nothing", "made no backend: object has no id"),
        ("house_agents.inner.mine:other", "called 'other'"),
        ("house_agents.broken:make", "cannot be imported: ModuleNotFoundError"),
    ],
)
def test_what_goes_wrong_later_is_one_sentence(project: Path, provider: str, sentence: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        made(project, f'provider = "{provider}"')
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ('provider = "codex-clu"', 'one of your own is named like "package.module:callable"'),
        ('provider = "house_agents.inner.mine:make"\neffort = "high"', "into its table options"),
        ('provider = "house_agents.inner.mine:make"\nzzz = "high"', "unknown key 'zzz'"),
        ('provider = "house_agents.inner.mine:make"\noptions = 3', "is no table"),
        ('provider = "codex-cli"\noptions = {}', "'options'"),
    ],
)
def test_keys_have_their_place(project: Path, table: str, sentence: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        catalog(project, table)
    assert sentence in str(caught.value)
