"""What a proposer is told, beside the objective."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pytest_harness.inputs import preface
from pytest_harness.target import ResolvedTarget
from pytest_harness.vocabulary import Kind

_SCOPE = """\
Work in the current directory. You may change only: {writable}
"""

_NOTHING = """\
Work in the current directory. You may change nothing in it.
"""

_OPTIMIZE = """\
This is proposal {round} of at most {budget}. The directory .pytest-harness holds the objective, a
description of this environment, and the history of the candidates so far with their scores, check
results and diffs. Read .pytest-harness/history.md before you start. Never change anything below
.pytest-harness.
"""

_TASK = """\
The directory .pytest-harness holds the objective and a description of this environment. Never
change anything below it.
"""


def write_prompt(
    target: ResolvedTarget, round_: int, budget: int, inputs: Mapping[Path, Path]
) -> str:
    """Write the prompt of one proposal; ``round_`` counts from 1.

    ``inputs`` says where the agent finds each file of the target's inputs, by absolute paths.
    """
    before = preface(target.inputs, inputs)
    parts = [before] if before else []
    scope = _SCOPE.format(writable=", ".join(target.writable)) if target.writable else _NOTHING
    parts += [target.objective.strip() + "\n", scope]
    if target.kind is Kind.OPTIMIZE:
        parts.append(_OPTIMIZE.format(round=round_, budget=budget))
    else:
        parts.append(_TASK)
    return "\n".join(parts)
