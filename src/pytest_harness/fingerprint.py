"""The digest of all that a cell's result depends on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from pytest_harness.backends.base import Backend
from pytest_harness.checks import describe_check, describe_value
from pytest_harness.inputs import File
from pytest_harness.model.vendors import MOCK
from pytest_harness.runtime.base import Runtime
from pytest_harness.target import ResolvedTarget
from pytest_harness.workspace import scan

LENGTH = 16
"""Hexadecimal digits of a fingerprint."""

COMPILED = ("__pycache__/",)
"""What is removed before checks run, and lies there or not as an installation pleases."""


def digest(parts: Mapping[str, object]) -> str:
    """Digest named parts, whatever their order."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:LENGTH]


def baseline_parts(target: ResolvedTarget, runtime: Runtime) -> dict[str, object]:
    """All that the evaluation of the baseline depends on."""
    return {
        "workspace": _trees((target.workspace, *target.layers), target.ignore),
        "hidden": _trees(target.hidden, COMPILED),
        "overlays": {name: _trees((path,), COMPILED) for name, path in target.overlays.items()},
        "checks": [describe_check(check) for check in target.checks],
        "env": dict(target.env),
        "ignore": list(target.ignore),
        "protected": list(target.protected),
        "keep_ignored": target.keep_ignored,
        "background": target.background,
        "runtime": dict(runtime.settings()),
    }


def cell_parts(
    target: ResolvedTarget,
    backend: Backend,
    version: str | None,
    point: Mapping[str, object],
    limits: Mapping[str, object],
) -> dict[str, object]:
    """All that a cell's result depends on beside `baseline_parts`."""
    return {
        "objective": target.objective,
        "kind": target.kind,
        "writable": list(target.writable),
        "validation": [describe_check(check) for check in target.validation],
        "evidence": [hashlib.sha256(path.read_bytes()).hexdigest() for path in target.evidence],
        "inputs": _inputs(target),
        "solution": _solution(target) if _plays_solution(backend) else None,
        "backend": {"id": backend.id, "provider": backend.provider, **backend.settings()},
        "version": version,
        "point": dict(point),
        "limits": dict(limits),
    }


def _plays_solution(backend: Backend) -> bool:
    """Tell whether what a backend does is taken from the target's solution."""
    plays = backend.provider == "model" and (backend.model or "").startswith(f"{MOCK}:")
    return plays or backend.provider == "fake"


def _trees(paths: Sequence[Path], ignore: Sequence[str]) -> list[str]:
    return [scan(path, ignore).digest for path in paths]


def _inputs(target: ResolvedTarget) -> list[str]:
    """The inputs by content; a file that is missing is one as well."""
    parts: list[str] = []
    for message in target.inputs:
        parts.append(str(message.role))
        for part in message.parts:
            if isinstance(part, File):
                path = Path(part.path)
                held = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "none"
                parts.append(f"{path.name} {held}")
            else:
                parts.append(str(part))
    return parts


def _solution(target: ResolvedTarget) -> list[str]:
    """The solution by content."""
    solution = target.solution
    if solution is None:
        return []
    parts = [describe_value(solution.apply), repr(solution.answer), repr(solution.tool_calls)]
    parts += map(repr, solution.steps)
    if solution.files is not None:
        parts.append(scan(Path(solution.files), COMPILED).digest)
    if solution.patch is not None:
        parts.append(hashlib.sha256(Path(solution.patch).read_bytes()).hexdigest())
    return parts
