"""Tables: one model of rows, printed for people, as TSV or as JSON."""

from __future__ import annotations

import csv
import enum
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass

from tabulate import tabulate

from pytest_harness.records import CandidateRecord, CellRecord
from pytest_harness.reports import facts
from pytest_harness.reports.plain import one_line, printable

Value = str | int | float | bool | None
"""What a row may hold."""


class Kind(enum.Enum):
    """How the values of a column are printed for people."""

    TEXT = enum.auto()
    """As they are, on one line."""
    SCORE = enum.auto()
    """With three decimals."""
    COUNT = enum.auto()
    """With separators of thousands."""
    DOLLARS = enum.auto()
    """With a sign and four decimals."""
    SECONDS = enum.auto()
    """With one decimal."""
    NUMBER = enum.auto()
    """As short as possible."""
    CHANGE = enum.auto()
    """A difference of scores, signed."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column."""

    key: str
    """Its name for programs."""
    heading: str
    """Its name for people."""
    kind: Kind = Kind.TEXT
    """How its values are printed."""


@dataclass(frozen=True, slots=True)
class Table:
    """Columns and rows; every row has one value for each column."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]

    def text(self) -> str:
        """Return the table for people, without a final newline."""
        body = [
            [
                format_value(column.kind, value)
                for column, value in zip(self.columns, row, strict=True)
            ]
            for row in self.rows
        ]
        return tabulate(
            body,
            headers=[one_line(column.heading) for column in self.columns],
            tablefmt="simple",
            disable_numparse=True,
            colalign=["left" if column.kind is Kind.TEXT else "right" for column in self.columns]
            if body
            else None,
        )

    @property
    def width(self) -> int:
        """How many columns of a terminal the table for people takes."""
        return max(map(len, self.text().splitlines()), default=0)

    def without(self, *keys: str) -> Table:
        """Return the table without these columns."""
        kept = [index for index, column in enumerate(self.columns) if column.key not in keys]
        return Table(
            tuple(self.columns[index] for index in kept),
            tuple(tuple(row[index] for index in kept) for row in self.rows),
        )

    def tsv(self) -> str:
        """Return the table as tab-separated values, one line for the names and one for each row.

        Numbers are exact. Text stands on one line and without control characters, so that
        line-wise tools can read it; JSON has it as it is.
        """
        stream = io.StringIO()
        writer = csv.writer(stream, dialect="excel-tab", lineterminator="\n")
        writer.writerow([column.key for column in self.columns])
        for row in self.rows:
            writer.writerow(["" if value is None else _raw(value) for value in row])
        return stream.getvalue()

    def objects(self) -> list[dict[str, Value]]:
        """Return the rows as objects keyed by column."""
        return [
            {column.key: value for column, value in zip(self.columns, row, strict=True)}
            for row in self.rows
        ]

    def json(self) -> str:
        """Return the rows as a JSON list, with a final newline."""
        return json.dumps(self.objects(), indent=2, allow_nan=False) + "\n"


def format_value(kind: Kind, value: Value) -> str:
    """Return one value as people read it; ``-`` for what has none."""
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str) or kind is Kind.TEXT:
        return one_line(str(value)) or "-"
    match kind:
        case Kind.SCORE:
            return f"{value:.3f}"
        case Kind.COUNT:
            return f"{value:,}"
        case Kind.DOLLARS:
            return f"${value:,.4f}"
        case Kind.SECONDS:
            return f"{value:,.1f}"
        case Kind.NUMBER:
            return f"{value:g}"
        case Kind.CHANGE:
            return f"{value:+.3f}"


def cell_table(records: Iterable[CellRecord]) -> Table:
    """Return one row for each cell."""
    return Table(_CELL_COLUMNS, tuple(_cell_row(record) for record in records))


def candidate_table(record: CellRecord) -> Table:
    """Return one row for each candidate of a cell."""
    return Table(_CANDIDATE_COLUMNS, tuple(_candidate_row(each) for each in record.candidates))


def check_table(candidate: CandidateRecord) -> Table:
    """Return one row for each check of a candidate; no rows if none ran."""
    evaluation = candidate.evaluation or candidate.validation
    checks = () if evaluation is None else evaluation.checks
    return Table(
        _CHECK_COLUMNS,
        tuple(
            (
                check.name,
                check.type,
                check.weight,
                check.required,
                check.status.value,
                check.score,
                check.duration,
                check.reason,
            )
            for check in checks
        ),
    )


_CELL_COLUMNS = (
    Column("target", "target"),
    Column("id", "cell"),
    Column("backend", "backend"),
    Column("model", "model"),
    Column("format", "format"),
    Column("variant", "variant"),
    Column("trial", "trial", Kind.COUNT),
    Column("status", "status"),
    Column("outcome", "outcome"),
    Column("fault", "fault"),
    Column("score_baseline", "before", Kind.SCORE),
    Column("score_best", "after", Kind.SCORE),
    Column("proposals", "proposals", Kind.COUNT),
    Column("tokens_input", "tokens in", Kind.COUNT),
    Column("tokens_output", "tokens out", Kind.COUNT),
    Column("cost_usd", "cost", Kind.DOLLARS),
    Column("duration_s", "seconds", Kind.SECONDS),
    Column("key", "key"),
)

_CANDIDATE_COLUMNS = (
    Column("id", "candidate"),
    Column("parent", "parent"),
    Column("outcome", "outcome"),
    Column("fault", "fault"),
    Column("score", "score", Kind.SCORE),
    Column("changed_files", "files", Kind.COUNT),
    Column("attempts", "attempts", Kind.COUNT),
    Column("cost_usd", "cost", Kind.DOLLARS),
    Column("duration_s", "seconds", Kind.SECONDS),
    Column("reason", "reason"),
)

_CHECK_COLUMNS = (
    Column("name", "check"),
    Column("type", "type"),
    Column("weight", "weight", Kind.NUMBER),
    Column("required", "required"),
    Column("status", "status"),
    Column("score", "score", Kind.SCORE),
    Column("duration_s", "seconds", Kind.SECONDS),
    Column("reason", "reason"),
)


def _cell_row(record: CellRecord) -> tuple[Value, ...]:
    point = record.point
    total = record.spending.total
    return (
        record.target,
        record.id,
        point.backend,
        facts.model(record),
        None if point.format is None else point.format.value,
        point.variant,
        point.trial,
        record.status.value,
        None if record.outcome is None else record.outcome.value,
        None if record.fault is None else record.fault.value,
        facts.baseline_score(record),
        facts.best_score(record),
        facts.proposals(record),
        total.usage.total_input,
        total.usage.total_output,
        total.cost_usd,
        record.duration,
        record.key,
    )


def _candidate_row(candidate: CandidateRecord) -> tuple[Value, ...]:
    proposal = candidate.proposal
    return (
        candidate.id,
        candidate.parent,
        candidate.outcome.value,
        None if candidate.fault is None else candidate.fault.value,
        candidate.score,
        candidate.changed_files,
        None if proposal is None else len(proposal.attempts) + 1,
        None if proposal is None else proposal.paid.cost_usd,
        sum(candidate.durations.values()),
        candidate.reason,
    )


def _raw(value: str | float | bool) -> str:  # noqa: FBT001
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, float) else " ".join(printable(str(value)).split())
