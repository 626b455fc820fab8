"""Variants beside each other, as of an ablation of validator or judge."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

from pytest_harness.reports.evidence.cell_records import CellEvidence
from pytest_harness.reports.evidence.records import Ablation
from pytest_harness.reports.evidence.rollups import change_interval
from pytest_harness.reports.statistics import mcnemar, paired_difference
from pytest_harness.vocabulary import ToolFormat

_Place = tuple[str, str, int]


def ablations(cells: Sequence[CellEvidence]) -> tuple[Ablation, ...]:
    """Compare every two variants of a model and format on the targets and trials they share."""
    groups: dict[tuple[str, ToolFormat], dict[str, dict[_Place, bool]]] = {}
    for cell in cells:
        if cell.variant is None or cell.passed is None:
            continue
        variants = groups.setdefault((cell.model, cell.format), {})
        place = (cell.target, cell.parameters, cell.trial)
        variants.setdefault(cell.variant, {})[place] = cell.passed
    found: list[Ablation] = []
    for (model, form), variants in sorted(groups.items()):
        for before, after in itertools.combinations(sorted(variants), 2):
            one, two = variants[before], variants[after]
            counts = Counter((one[place], two[place]) for place in one.keys() & two.keys())
            if counts:
                found.append(_ablation(model, form, before, after, counts))
    return tuple(found)


def _ablation(
    model: str, form: ToolFormat, before: str, after: str, counts: Counter[tuple[bool, bool]]
) -> Ablation:
    pairs = counts.total()
    both, neither = counts[True, True], counts[False, False]
    recoveries, regressions = counts[False, True], counts[True, False]
    return Ablation(
        model=model,
        format=form,
        before=before,
        after=after,
        pairs=pairs,
        both_pass=both,
        both_fail=neither,
        recoveries=recoveries,
        regressions=regressions,
        difference=float(Fraction(recoveries - regressions, pairs)),
        interval=change_interval(paired_difference(both, recoveries, regressions, neither)),
        p_value=mcnemar(recoveries, regressions),
    )
