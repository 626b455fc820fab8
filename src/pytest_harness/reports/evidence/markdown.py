"""Evidence as pages for people."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from pytest_harness.reports.evidence.baseline import Comparison
from pytest_harness.reports.evidence.cell_records import (
    ChangeInterval,
    Contrast,
    Interval,
    Rollups,
    Tally,
)
from pytest_harness.reports.evidence.followups import MOST_EVIDENCE
from pytest_harness.reports.evidence.gathering import Evidence
from pytest_harness.reports.evidence.records import (
    Ablation,
    FollowupKind,
    FormatResult,
    LocalModel,
    ParityEntry,
    Summary,
)
from pytest_harness.reports.matrix import counted
from pytest_harness.reports.plain import one_line
from pytest_harness.reports.tables import Kind, format_value

_SPECIAL = re.compile(r"([\\`*\[\]<>|~])")
_HEADINGS = {
    FollowupKind.FAILURE: "Failures",
    FollowupKind.REJECTED: "Rejected calls and turns",
    FollowupKind.DIVERGENCE: "Divergences between the formats",
    FollowupKind.PRICE: "Unknown prices",
    FollowupKind.FAULT: "Faults",
}
_ROLLED = ("cells", "passed", "rate", "not counted", "rejected", "recovered", "vetoes", "turns")
_SPENT = ("tokens in", "tokens out", "cost", "judge", "unpriced")
_ROLLED_MEAN = (
    "In the tables below, rejected counts the calls that were not executed, recovered those that a "
    "later call made good, and vetoes the turns that a step judge objected to. Cost is the model's "
    "own, judge that of its step judge; unpriced are cells whose cost nobody knows."
)

MOST_ROWS = 30
"""How many rows of what cells have in common a page shows, those with the most cells."""

Rows = Iterable[Sequence[str]]


def summary_page(evidence: Evidence) -> str:
    """Return ``summary.md``."""
    summary = evidence.summary
    parts = [f"# Plain models in the run {_text(summary.run)}", _text(sentence(summary), 1000)]
    if evidence.cells:
        parts += [
            "## Formats by model",
            _table(
                ("model", "verdict", "confidence", "use", "native", "text", "difference", "pairs",
                 "native only", "text only", "p"),
                (_parity_row(model, each) for model, each in summary.parity.items()),
            ),
            "Rates stand with their interval of 95%. The difference is that of native less text; "
            "p is of McNemar's exact test on matched pairs. Trials of one target resemble each "
            "other, so that the truth is less certain than the intervals.",
        ]  # fmt: skip
    if summary.contrasts:
        parts += [
            "## Formats by target and model",
            _table(
                ("target", "model", "native", "text", "pairs", "both pass", "native only",
                 "text only", "both fail", "same tools", "rejected native", "rejected text"),
                (_contrast_row(each) for each in summary.contrasts),
            ),
        ]  # fmt: skip
    if summary.ablations:
        parts += [
            "## Variants",
            _table(
                ("model", "format", "from", "to", "pairs", "recoveries", "regressions",
                 "difference", "p"),
                (_ablation_row(each) for each in summary.ablations),
            ),
        ]  # fmt: skip
    if evidence.readiness.models:
        parts += [
            "## Local models",
            _table(
                ("model", "verdict", "best format", "native", "text", "tokens/s", "caveats"),
                (_local_row(each) for each in evidence.readiness.models),
            ),
        ]
    if evidence.cells:
        parts += [_ROLLED_MEAN, *_rolled(summary.rollups)]
    return "\n\n".join(parts) + "\n"


def _rolled(rolled: Rollups) -> list[str]:
    """Return a table of what cells have in common, for each kind of it."""
    parts: list[str] = []
    for name, group in (
        ("target", rolled.target),
        ("vendor", rolled.vendor),
        ("model", rolled.model),
        ("format", rolled.format),
        ("tool sequence", rolled.tool_sequence),
    ):
        often = sorted(group, key=lambda each: (-each.cells, each.name))[:MOST_ROWS]
        shown = [each for each in group if each in often]
        rows = ((_text(each.name), *_row(each)) for each in shown)
        parts += [f"## By {name}", _table((name, *_ROLLED, *_SPENT), rows)]
        if len(group) > len(shown):
            parts.append(f"{len(group) - len(shown)} more are in summary.json.")
    return parts


def followups_page(evidence: Evidence) -> str:
    """Return ``followups.md``."""
    summary = evidence.summary
    parts = [f"# What to look at in the run {_text(summary.run)}"]
    if not summary.followups:
        parts.append("Nothing.")
    else:
        parts.append(f"At most {MOST_EVIDENCE} cells are named for each; per_run.jsonl has all.")
    for kind in FollowupKind:
        own = [each for each in summary.followups if each.kind is kind]
        if not own:
            continue
        parts.append(f"## {_HEADINGS[kind]}")
        for each in own:
            parts.append(f"### {_text(each.title)}")
            if each.detail:
                parts.append(_text(each.detail, 1000))
            parts.append("\n".join(f"- `{_code(path)}`" for path in each.evidence))
    return "\n\n".join(parts) + "\n"


def comparison_page(comparison: Comparison, now: str, before: str) -> str:
    """Return ``baseline.md``: the run ``now`` beside the earlier run ``before``."""
    parts = [
        f"# The run {_text(now)} beside {_text(before)}",
        f"{_text(comparison.sentence(), 1000)}.",
    ]
    table = comparison.table()
    if table.rows:
        rows = [
            [
                _text(format_value(column.kind, value), 500)
                for column, value in zip(table.columns, row, strict=True)
            ]
            for row in table.rows
        ]
        parts.append(_table([column.heading for column in table.columns], rows))
    return "\n\n".join(parts) + "\n"


def sentence(summary: Summary) -> str:
    """Return how many cells there are and what they came to, in one sentence or two."""
    totals = summary.totals
    others = f"{counted(summary.other_cells, 'cell')} of other backends"
    if not totals.cells and not summary.unfinished:
        return f"The run {one_line(summary.run)} has no cells of plain models; it has {others}."
    parts = [
        f"{counted(totals.cells, 'cell')} of plain models",
        f"{totals.passed} of {counted(totals.samples, 'sample')} passed",
    ]
    if totals.not_counted:
        words = ", ".join(f"{word} {count}" for word, count in totals.not_counted.items())
        parts.append(f"{sum(totals.not_counted.values())} not counted: {words}")
    if summary.unfinished:
        parts.append(f"{summary.unfinished} unfinished")
    if totals.cost_usd is not None:
        parts.append(format_value(Kind.DOLLARS, totals.cost_usd))
    if totals.judge_cost_usd is not None:
        parts.append(f"{format_value(Kind.DOLLARS, totals.judge_cost_usd)} for judges")
    if totals.check_cost_usd is not None:
        parts.append(f"{format_value(Kind.DOLLARS, totals.check_cost_usd)} for graders")
    if totals.unpriced:
        parts.append(f"cost of {counted(totals.unpriced, 'cell')} unknown")
    rest = f" Besides, it has {others}." if summary.other_cells else ""
    return f"{'; '.join(parts)}.{rest}"


def rate_text(side: FormatResult | Tally) -> str:
    """Return passed of all samples with rate and interval: ``4/5, 80% (38% to 96%)``."""
    if side.rate is None:
        return "-"
    return f"{side.passed}/{side.samples}, {side.rate:.0%}{_interval(side.interval)}"


def short_rate_text(side: FormatResult) -> str:
    """Return passed of all samples with the rate's interval: ``4/5 (38% to 96%)``."""
    return "-" if side.rate is None else f"{side.passed}/{side.samples}{_interval(side.interval)}"


def change_text(value: float | None, found: ChangeInterval | None) -> str:
    """Return a difference in percentage points with its interval: ``+20 (-10 to +48)``."""
    if value is None:
        return "-"
    around = "" if found is None else f" ({100 * found.low:+.0f} to {100 * found.high:+.0f})"
    return f"{100 * value:+.0f}{around}"


def p_text(value: float | None) -> str:
    """Return a p as people read it."""
    return "-" if value is None else f"{value:.3g}"


def _interval(found: Interval | None) -> str:
    return "" if found is None else f" ({found.low:.0%} to {found.high:.0%})"


def _parity_row(model: str, entry: ParityEntry) -> Sequence[str]:
    return (
        _text(model),
        entry.verdict.value,
        entry.confidence.value,
        "-" if entry.preferred is None else entry.preferred.value,
        rate_text(entry.native),
        rate_text(entry.text),
        change_text(entry.difference, entry.interval),
        str(entry.pairs),
        str(entry.native_only),
        str(entry.text_only),
        p_text(entry.p_value),
    )


def _contrast_row(each: Contrast) -> Sequence[str]:
    counts = {word.value: number for word, number in each.divergences.items()}
    return (
        _text(each.target),
        _text(each.model),
        rate_text(each.native),
        rate_text(each.text),
        str(each.pairs),
        *(str(counts[word]) for word in ("both-pass", "native-only", "text-only", "both-fail")),
        str(each.same_tools),
        f"{each.native.rejected_calls} ({each.native.recovered} recovered)",
        f"{each.text.rejected_calls} ({each.text.recovered} recovered)",
    )


def _ablation_row(each: Ablation) -> Sequence[str]:
    return (
        _text(each.model),
        each.format.value,
        _text(each.before),
        _text(each.after),
        str(each.pairs),
        str(each.recoveries),
        str(each.regressions),
        change_text(each.difference, each.interval),
        p_text(each.p_value),
    )


def _local_row(each: LocalModel) -> Sequence[str]:
    return (
        _text(each.model),
        each.verdict.value,
        "-" if each.best is None else each.best.value,
        rate_text(each.native),
        rate_text(each.text),
        "-" if each.tokens_per_second is None else f"{each.tokens_per_second:.1f}",
        _text("; ".join(each.caveats), 1000) or "-",
    )


def _row(each: Tally) -> Sequence[str]:
    return (
        str(each.cells),
        str(each.passed),
        rate_text(each),
        ", ".join(f"{word} {count}" for word, count in each.not_counted.items()) or "-",
        str(each.rejected_calls),
        str(each.recovered),
        str(each.vetoes),
        format_value(Kind.COUNT, each.turns),
        format_value(Kind.COUNT, each.tokens_input),
        format_value(Kind.COUNT, each.tokens_output),
        format_value(Kind.DOLLARS, each.cost_usd),
        format_value(Kind.DOLLARS, each.judge_cost_usd),
        str(each.unpriced),
    )


def _table(headings: Sequence[str], rows: Rows) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _text(text: str, limit: int = 200) -> str:
    """Return text on one line in which nothing is markup."""
    return _SPECIAL.sub(r"\\\1", one_line(text, limit))


def _code(text: str) -> str:
    return one_line(text, 500).replace("`", "'")
