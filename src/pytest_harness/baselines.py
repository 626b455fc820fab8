"""The evaluation of a baseline that several cells share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pytest_harness.ledger.files import explained, write_whole
from pytest_harness.ledger.hiding import hidden
from pytest_harness.records import Evaluation, Spent
from pytest_harness.redaction.vault import Vault
from pytest_harness.runtime import exclusive


def evaluate_once(file: Path, vault: Vault, evaluate: Callable[[], Evaluation]) -> Evaluation:
    """Return the evaluation in ``file``, which the first process to come here makes.

    One that has no score is not kept. Raises `LedgerError` if the file cannot be written.
    """
    with exclusive(file.with_suffix(".lock")):
        if file.exists():
            known = Evaluation.from_json(file.read_bytes())
            # Another cell has paid for it.
            return known.model_copy(update={"spent": Spent()})
        evaluation = evaluate()
        if not evaluation.unscored:
            with explained(file):
                write_whole(file, hidden(evaluation, vault).to_json(), sync=False)
        return evaluation
