"""What a run was made with."""

from __future__ import annotations

import platform
from importlib.metadata import version


def describe_versions(**others: str) -> dict[str, str]:
    """Give the versions of pytest-harness, of Python and of the system, with ``others`` beside."""
    return {
        "pytest-harness": version("pytest-harness"),
        **others,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
    }
