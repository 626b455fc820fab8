"""The child's side of `calling`: load a function, call it, write down what came of it.

Run as a script by the harness's own interpreter, or by an image's; standard input holds a pickled
`(version, prefix, (nonce, search path, result file, workspace, pickled function))`.
"""

from __future__ import annotations

import json
import pickle
import sys
import traceback
from fractions import Fraction
from pathlib import Path


def main() -> None:
    """Answer with one JSON object in the result file; without one, the call was not finished."""
    version, prefix, order = pickle.load(sys.stdin.buffer)  # noqa: S301 - made by our parent
    nonce, search_path, result, workspace, payload = order
    # Another interpreter has a library of its own, which nothing of our parent's may stand for.
    sys.path[:] = search_path if sys.prefix == prefix else [*sys.path, *search_path]
    answer = {}
    function = None
    try:
        if version == sys.version_info[:2]:
            function = pickle.loads(payload)  # noqa: S301
        else:
            answer["unloadable"] = _other_version(version)
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent must hear of it
        answer["unloadable"] = _last_line(error)
    if function is not None:
        try:
            answer = describe(function(Path(workspace)))
        except BaseException as error:  # noqa: BLE001 - SystemExit of candidate code included
            traceback.print_exc()
            answer = {"raised": _last_line(error)}
            if isinstance(error, ModuleNotFoundError) and error.name:
                answer["missing"] = error.name.partition(".")[0]
    Path(result).write_text(json.dumps({"nonce": nonce, **answer}), encoding="utf-8")


def describe(value: object) -> dict[str, str]:
    """Turn what a function returned into what its check understands."""
    if value is None:
        return {"score": "1"}
    if isinstance(value, str):
        return {"failed": value}
    if isinstance(value, (bool, int, Fraction)):
        return {"score": str(Fraction(value))}
    if isinstance(value, float):
        return {"score": repr(float(value))}
    return {"wrong": f"{type(value).__name__} {value!r:.100}"}


def _last_line(error: BaseException) -> str:
    return traceback.format_exception_only(type(error), error)[-1].strip()


def _other_version(version: tuple[int, ...]) -> str:
    wanted = ".".join(map(str, version))
    found = ".".join(map(str, sys.version_info[:2]))
    return f"it was packed by Python {wanted}, and here is {found}; use a Python {wanted} here"


if __name__ == "__main__":
    main()
