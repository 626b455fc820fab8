"""The engine and the image that tests run containers with."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

IMAGE = "localhost/pytest-harness-test:1"
STORAGE = "CONTAINERS_STORAGE_CONF"

_ROOT = Path(__file__).parents[1]


def use_image(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let podman use the storage of `.ci/make-image`; skips the test where that is missing."""
    given = os.environ.get("PYTEST_HARNESS_IMAGE")
    directory = Path(given) if given else _ROOT / ".ci-cache" / "container"
    if shutil.which("podman") is None:
        pytest.skip("podman is missing; install it to run this test too")
    if not (directory / ".made").exists():
        pytest.skip("the image is missing; run .ci/make-image to run this test too")
    monkeypatch.setenv(STORAGE, str(directory / "storage.conf"))


def containers() -> list[str]:
    """Names of all containers that there are."""
    found = subprocess.run(
        ["podman", "ps", "--all", "--format={{.Names}}"], capture_output=True, text=True, check=True
    )
    return found.stdout.split()
