"""A callable decides."""

from __future__ import annotations

import importlib.util
import json
import os
import pickle
import secrets
import sys
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_harness.checks import inner_python
from pytest_harness.checks.base import Check, CheckContext, Verdict
from pytest_harness.checks.processes import ending, run, tail
from pytest_harness.errors import TargetError
from pytest_harness.vocabulary import Ended

if TYPE_CHECKING:
    from collections.abc import Iterator

Decide = Callable[[Path], bool | float | int | Fraction | str | None]
"""Is given the workspace; answers with a score from 0 to 1, a truth value, ``None`` for full marks,
or a text that says why there are none."""


@dataclass(frozen=True)
class Python(Check):
    """The score that a callable gives, asked in a child process of the harness's own interpreter.

    The callable is sent by value together with what it uses of its own module; other modules are
    imported by the child, from the same search path. An exception means no marks.
    """

    function: Decide | None = None
    """The callable."""

    def problem(self) -> str | None:
        """Say what is wrong with the declaration."""
        if not callable(self.function):
            return f"{self.function!r} is no callable; give a function of the workspace's path"
        return None

    def grade(self, context: CheckContext) -> Verdict:
        """Ask the callable."""
        nonce = secrets.token_hex(16)
        answer_file = context.scratch / "answer.json"
        search_path = [os.path.abspath(path) for path in sys.path]  # noqa: PTH100 - text is wanted
        order = (nonce, search_path, str(answer_file), str(context.workspace), self._pickled())
        result = run(
            context,
            (sys.executable, "-I", inner_python.__file__),
            timeout=self.timeout,
            stdin=pickle.dumps((sys.version_info[:2], sys.prefix, order)),
            readable=[*map(Path, search_path), Path(inner_python.__file__), _cloudpickle()],
        )
        if result.ended is Ended.TIMEOUT:
            reason = f"the callable did not answer within {self.timeout:g} s"
            return Verdict.timeout(reason, tail(result))
        if result.ended is Ended.NOT_STARTED:
            return Verdict.error(ending(result), tail(result))
        answer = _read(answer_file, nonce)
        if answer is None:
            reason = f"the callable did not finish: {ending(result)}"
            return Verdict.share(0, 1, reason, tail(result))
        return _verdict(answer, tail(result))

    def _pickled(self) -> bytes:
        import cloudpickle  # type: ignore[import-untyped]

        with _by_value(self.function):
            try:
                return bytes(cloudpickle.dumps(self.function))
            except (pickle.PicklingError, TypeError) as error:
                raise TargetError(
                    f"the callable of {self.name!r} cannot be sent to a child process ({error}); "
                    "let it hold plain values only"
                ) from None


def _cloudpickle() -> Path:
    """Return the directory of what the callable is packed and unpacked with."""
    import cloudpickle

    return Path(cloudpickle.__file__).parent


@contextmanager
def _by_value(function: object) -> Iterator[None]:
    """Let ``function``'s module travel by value: a test module cannot be imported by its name."""
    import cloudpickle

    name = getattr(function, "__module__", None) or type(function).__module__
    module = sys.modules.get(name)
    known = cloudpickle.list_registry_pickle_by_value()
    if module is None or name == "__main__" or name in known:
        yield
        return
    cloudpickle.register_pickle_by_value(module)
    try:
        yield
    finally:
        cloudpickle.unregister_pickle_by_value(module)


def _read(path: Path, nonce: str) -> dict[str, str] | None:
    """Return what the child wrote, or ``None`` if it wrote nothing or another did."""
    try:
        answer = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    if not isinstance(answer, dict) or answer.get("nonce") != nonce:
        return None
    return {str(key): str(value) for key, value in answer.items()}


def _verdict(answer: dict[str, str], printed: str) -> Verdict:
    if "unloadable" in answer:
        return Verdict.error(f"the callable cannot be loaded: {answer['unloadable']}", printed)
    if importlib.util.find_spec(answer.get("missing") or "-") is not None:
        reason = f"the callable needs {answer['missing']}, which is missing where checks run"
        return Verdict.error(f"{reason}; install it there", printed)
    if "raised" in answer:
        return Verdict.share(0, 1, answer["raised"], printed)
    if "failed" in answer:
        return Verdict.share(0, 1, answer["failed"] or "the callable says no", printed)
    if "wrong" in answer:
        return Verdict.error(
            f"the callable returned {answer['wrong']}; return a score, a truth value or a text",
            printed,
        )
    try:
        score = Fraction(answer["score"])
    except ValueError:
        return Verdict.error(f"the callable returned {answer['score']}, which is no score", printed)
    if not 0 <= score <= 1:
        return Verdict.error(f"the callable returned {score}; a score lies from 0 to 1", printed)
    reason = f"the callable gives {answer['score']}"
    return Verdict.share(score.numerator, score.denominator, reason, printed)
