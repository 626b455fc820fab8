"""Calling a function in a process of its own, in the runtime, by the harness's own interpreter."""

from __future__ import annotations

import json
import os
import pickle
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_harness.checks import inner_python
from pytest_harness.errors import TargetError

if TYPE_CHECKING:
    from pytest_harness.runtime.process import ProcessResult

Start = Callable[[tuple[str, ...], bytes, tuple[Path, ...]], "ProcessResult"]
"""Runs a program with something on its standard input, and paths it must read, to its end."""


def call_apart(
    function: object, argument: Path, scratch: Path, what: str, start: Start
) -> tuple[ProcessResult, dict[str, str] | None]:
    """Call ``function`` with a path and return how its process went, and its answer.

    The answer is ``None`` if the call did not finish; `inner_python` says what else it holds. The
    function is sent by value together with what it uses of its own module; other modules are
    imported by the child, from the same search path. ``what`` names it in errors. Raises
    `TargetError` for a function that cannot be sent.
    """
    nonce = secrets.token_hex(16)
    answer_file = scratch / f"answer-{nonce[:8]}.json"
    search_path = [os.path.abspath(path) for path in sys.path]  # noqa: PTH100 - text is wanted
    order = (nonce, search_path, str(answer_file), str(argument), _pickled(function, what))
    result = start(
        (sys.executable, "-I", inner_python.__file__),
        pickle.dumps((sys.version_info[:2], sys.prefix, order)),
        (*map(Path, search_path), Path(inner_python.__file__), _cloudpickle()),
    )
    return result, _read(answer_file, nonce)


def _pickled(function: object, what: str) -> bytes:
    import cloudpickle  # type: ignore[import-untyped]

    with _by_value(function):
        try:
            return bytes(cloudpickle.dumps(function))
        except (pickle.PicklingError, TypeError) as error:
            raise TargetError(
                f"{what} cannot be sent to a child process ({error}); let it hold plain values only"
            ) from None


def _cloudpickle() -> Path:
    """Return the directory of what a function is packed and unpacked with."""
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
