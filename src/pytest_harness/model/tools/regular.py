"""Searching by regular expression in a process of its own, which a hard pattern cannot hang."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pytest_harness.model.tools import search_inside
from pytest_harness.model.tools.naming import NotAllowedError, NotPossibleError
from pytest_harness.model.tools.search_files import Hit
from pytest_harness.runtime.process import ProcessSpec, Runner
from pytest_harness.vocabulary import Ended

SEARCH_SECONDS = 20.0
"""Seconds that one search may take."""

_KEEP = 1 << 20


class Regular:
    """A `Matcher`; ``runner`` runs processes of this machine."""

    def __init__(
        self,
        workspace: Path,
        runner: Runner,
        environment: Mapping[str, str],
        remaining: Callable[[], float],
    ) -> None:
        self._workspace = workspace
        self._runner = runner
        self._environment = environment
        self._remaining = remaining

    def __call__(self, pattern: str, files: Sequence[bytes], most: int) -> list[Hit]:
        """Return at most so many hits in order.

        Raises `NotAllowedError` for what is no pattern and `NotPossibleError` where it takes too
        long, and lets `SupervisorError` through.
        """
        limit = min(SEARCH_SECONDS, self._remaining())
        if limit <= 0:
            raise NotPossibleError("no time is left")
        program = Path(search_inside.__file__)
        result = self._runner.run(
            ProcessSpec(
                argv=(sys.executable, "-I", "-S", str(program)),
                cwd=self._workspace,
                env=self._environment,
                timeout=limit,
                stdin=_order(pattern, files, most),
                keep=_KEEP,
                readable=(program,),
            )
        )
        if result.ended is Ended.TIMEOUT:
            raise NotPossibleError(
                f"the search took longer than {limit:.3g} s; use a simpler pattern, or regex=false"
            )
        try:
            answer = json.loads(result.stdout.data())
        except ValueError:
            raise NotPossibleError(
                f"the search ended early ({result.reason or result.ended}); try regex=false"
            ) from None
        if "wrong" in answer:
            raise NotAllowedError(
                f"the pattern is no regular expression ({answer['wrong']}); "
                "correct it, or use regex=false for a text as it stands"
            )
        return [Hit(*each) for each in answer["hits"]]


def _order(pattern: str, files: Sequence[bytes], most: int) -> bytes:
    parts = [json.dumps({"pattern": pattern, "hits": most}).encode() + b"\n"]
    for data in files:
        parts += (b'{"size": %d}\n' % len(data), data)
    return b"".join(parts)
