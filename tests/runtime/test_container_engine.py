"""Finding an engine, and what is said where it does not work: with programs that stand for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_harness.errors import ConfigurationError
from pytest_harness.runtime import Supervisor
from pytest_harness.runtime.base import RuntimeProbe
from pytest_harness.runtime.container.command import Variables
from pytest_harness.runtime.container.runtime import ContainerRuntime
from pytest_harness.runtime.settings import RuntimeSettings

Probe = Callable[..., RuntimeProbe]

ANSWERS = """#!/bin/sh
for word; do
    case "$word" in
        --version) echo "podman version 9.8.7"; exit;;
        image) %s;;
        run) %s;;
        rm|ps) exit 0;;
    esac
done
"""


@pytest.fixture
def probe(tmp_path: Path, supervisor: Supervisor) -> Probe:
    """Probe the runtime with engines that answer as told, and no others."""

    def ask(engines: dict[str, tuple[str, str]], **options: object) -> RuntimeProbe:
        for name, answers in engines.items():
            (tmp_path / name).write_text(ANSWERS % answers)
            (tmp_path / name).chmod(0o755)
        settings = RuntimeSettings(mode="container", options={"image": "some:1", **options})
        return ContainerRuntime(settings).probe(supervisor, {"PATH": str(tmp_path)})

    return ask


FINE = ("exit 0", "exit 0")


def test_podman_comes_first_and_docker_does_where_it_is_missing(probe: Probe) -> None:
    assert probe({"docker": FINE}).how == "docker 9.8.7"


def test_a_named_engine_is_used(probe: Probe) -> None:
    assert probe({"podman": FINE, "docker": FINE}).how == "podman 9.8.7"
    assert probe({}, engine="docker").how == "docker 9.8.7"


def test_no_engine_is_a_sentence_with_its_remedy(probe: Probe) -> None:
    found = probe({})
    assert not found.ready
    assert found.missing == "neither podman nor docker is on PATH"
    assert "install podman" in found.remedy
    assert probe({}, engine="docker").missing == "docker is not on PATH"


def test_a_missing_image_is_not_fetched(probe: Probe) -> None:
    found = probe({"podman": ("echo 'Error: some:1: image not known' >&2; exit 125", "exit 9")})
    assert found.missing == "podman 9.8.7 has no image some:1, and none is fetched by itself"
    assert found.remedy == "run: podman pull some:1, or build it"


def test_an_engine_without_its_service_is_told_from_a_missing_image(probe: Probe) -> None:
    said = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock."
    found = probe({"docker": (f"echo '{said}' >&2; exit 1", "exit 9")})
    assert found.missing == f"docker 9.8.7 does not answer ({said})"


def test_every_way_that_was_tried_is_named(probe: Probe) -> None:
    found = probe({"podman": ("exit 0", "echo 'Error: not here' >&2; exit 126")})
    assert not found.ready
    for way in ("as it is", "lower limits on files", "runc and cgroupfs"):
        assert f"{way}" in found.missing
    assert found.missing.count("(not here)") == 4
    assert found.remedy == "make this work: podman run --rm --pull=never some:1 true"


def test_the_first_way_that_works_is_taken(probe: Probe) -> None:
    wants = 'case "$*" in *nofile=1024*) exit 0;; esac; echo "Error: setrlimit" >&2; exit 126'
    found = probe({"podman": ("exit 0", wants)})
    assert found.how == "podman 9.8.7, with lower limits on files and processes"


def test_an_engine_without_a_program_for_init_is_used_without(probe: Probe) -> None:
    wants = 'case "$*" in *--init*) echo "Error: no init binary" >&2; exit 125;; esac; exit 0'
    found = probe({"podman": ("exit 0", wants)})
    assert found.ready
    assert found.notes == ("podman 9.8.7 has no program for --init",)


def test_settings_without_an_image_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="has no image; name one"):
        ContainerRuntime(RuntimeSettings(mode="container"))


def test_variables_are_divided_by_who_reads_them() -> None:
    env = {"PATH": "/here", "HOME": "/h", "TOKEN": "a\nb", "SSL_CERT_FILE": "/mine"}
    found = Variables.of(env, {"PATH": "/here", "SSL_CERT_FILE": "/theirs"})
    assert found.passed == {"TOKEN": "a\nb", "SSL_CERT_FILE": "/mine"}
    assert found.lines == b"HOME=/h\n"
    assert found.arguments(Path("/f")) == ("--env-file=/f", "--env=TOKEN", "--env=SSL_CERT_FILE")
