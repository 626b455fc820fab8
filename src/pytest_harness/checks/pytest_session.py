"""One inner pytest session, and the evidence that it was completed."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pytest_harness.checks import inner_pytest
from pytest_harness.checks.base import CheckContext
from pytest_harness.checks.canaries import planted
from pytest_harness.checks.processes import run
from pytest_harness.runtime.process import ProcessResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What a session reported."""

    process: ProcessResult
    """How its process went."""
    finished: bool = False
    """Whether the session ended in order; without it nothing else counts."""
    no_pytest: str = ""
    """Why the interpreter could not import pytest, if it could not."""
    collected: tuple[str, ...] = ()
    """Node ids, in order."""
    passed: frozenset[str] = frozenset()
    """Node ids of tests that passed."""
    errors: tuple[str, ...] = ()
    """What could not be collected, with the reason."""
    forged: str = ""
    """How the session's results were forged, in words; empty if nothing says that they were."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """How to call pytest."""

    interpreter: str
    """The program."""
    paths: tuple[str, ...]
    """What to collect, relative to the root."""
    args: tuple[str, ...]
    """Further arguments."""
    use_config: bool
    """Whether the configuration found at the root counts."""

    def run(
        self, context: CheckContext, root: Path, *, timeout: float, collect_only: bool = False
    ) -> Findings:
        """Run pytest with ``root`` as root directory and working directory.

        Unless it is to collect only, tests that must fail run after all others: if one of them
        passes, or is not there, the results are forged.
        """
        if collect_only:
            return self._run(context, root, timeout, (*self.paths, "--collect-only"), "")
        with planted(root) as canaries:
            found = self._run(context, root, timeout, (*self.paths, canaries.path), canaries.path)
        if not found.finished:
            return found
        forged = found.forged or canaries.verdict(
            found.collected, found.passed, certain=not self.use_config and not self.args
        )
        return replace(found, forged=forged)

    def _run(
        self,
        context: CheckContext,
        root: Path,
        timeout: float,
        arguments: tuple[str, ...],
        unseen: str,
    ) -> Findings:
        nonce = secrets.token_hex(16)
        own = context.scratch / f"session-{nonce[:8]}"
        own.mkdir()
        order = {
            "nonce": nonce,
            "report": str(own / "report.json"),
            "bytecode": str(own / "bytecode"),
            # Plugins and settings of the workspace's own may change pytest in good faith.
            "strict": not self.use_config and not self.args,
            "unseen": unseen,
            "args": [*arguments, *self._arguments(root, own)],
        }
        process = run(
            context,
            (self.interpreter, inner_pytest.__file__),
            cwd=root,
            env=self._environment(),
            timeout=timeout,
            stdin=json.dumps(order).encode(),
            readable=(Path(inner_pytest.__file__),),
        )
        return _read(own / "report.json", nonce, process)

    def _arguments(self, root: Path, own: Path) -> Sequence[str]:
        arguments = [
            f"--rootdir={root}",
            f"--confcutdir={root}",
            "--continue-on-collection-errors",
            "--color=no",
            "--tb=short",
        ]
        if not self.use_config:
            empty = own / "pytest.ini"
            empty.write_text("[pytest]\n")
            arguments += ["-c", str(empty), "-p", "no:cacheprovider"]
        return [*arguments, *self.args]

    def _environment(self) -> dict[str, str]:
        alone = {} if self.use_config else {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        # One seed for all: parameters that come from a set keep their order.
        return {"PYTEST_ADDOPTS": "", "PYTEST_PLUGINS": "", "PYTHONHASHSEED": "0", **alone}


def _read(path: Path, nonce: str, process: ProcessResult) -> Findings:
    """Take a report at its word only if it carries the nonce and the mark of a finished session."""
    try:
        report: Any = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return Findings(process=process)
    if not isinstance(report, dict) or report.get("nonce") != nonce:
        return Findings(process=process)
    if "no_pytest" in report:
        return Findings(process=process, no_pytest=str(report["no_pytest"]))
    passed = report.get("passed", [])
    count = report.get("count")
    if report.get("finished") is not True or not isinstance(count, int) or count < len(passed):
        return Findings(process=process)
    return Findings(
        process=process,
        finished=True,
        collected=tuple(dict.fromkeys(report.get("collected", []))),
        passed=frozenset(passed),
        errors=tuple(report.get("errors", [])),
        forged=_altered(report.get("altered", [])),
    )


def _altered(names: list[str]) -> str:
    if not names:
        return ""
    return f"code under test replaced {', '.join(map(str, names[:3]))}"
