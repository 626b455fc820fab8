"""The matrix of backends and targets: what a run, or several, come to."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field

from pytest_harness.records import CellRecord
from pytest_harness.reports import facts
from pytest_harness.reports.causes import cause_of, causes_table
from pytest_harness.reports.tables import Column, Kind, Table, Value
from pytest_harness.vocabulary import Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """As much of a cell as a matrix needs."""

    backend: str
    """Label of the backend."""
    target: str
    """Label of the target."""
    word: str | None
    """Why it does not count; ``None`` if it does."""
    score: float
    """Its score, if it counts."""
    baseline: float | None
    """The score before any proposal."""
    cost_usd: float | None
    """Dollars, where known."""
    unpriced: bool = False
    """Whether tokens were spent whose cost nobody knows."""
    target_id: str = ""
    """What tells targets of one name apart; empty where that is not known."""
    cause: Cause | None = None
    """Why it has no plain result, where that is known."""

    @classmethod
    def of(cls, record: CellRecord) -> Result:
        """Return what a record comes to."""
        total = record.spending.total
        return cls(
            backend=facts.backend_label(record.point),
            target=facts.target_label(record),
            word=facts.fault_word(record),
            score=facts.mean_score(record),
            baseline=facts.baseline_score(record),
            cost_usd=total.cost_usd,
            unpriced=total.cost_usd is None and total.usage.total_input is not None,
            target_id=record.target_id,
            cause=cause_of(record),
        )


@dataclass(slots=True)
class Entry:
    """All trials of one backend on one target."""

    scores: list[float] = field(default_factory=list)
    """Scores of the trials that count."""
    baselines: list[float] = field(default_factory=list)
    """Their scores before any proposal, where known."""
    faults: dict[str, int] = field(default_factory=dict)
    """Trials that do not count, by why."""
    cost_usd: float | None = None
    """Dollars, of all trials, where known."""
    unpriced: int = 0
    """Trials whose cost nobody knows."""

    @property
    def mean(self) -> float | None:
        """Mean score; ``None`` if no trial counts."""
        return statistics.fmean(self.scores) if self.scores else None

    @property
    def deviation(self) -> float | None:
        """Sample standard deviation; ``None`` below two trials."""
        return statistics.stdev(self.scores) if len(self.scores) > 1 else None

    def text(self) -> str:
        """Return mean, number of trials and faults: ``0.950 (n=3, 1 fault)``."""
        faults = sum(self.faults.values())
        unfinished = self.faults.get("unfinished", 0)
        notes = [f"n={len(self.scores)}"] if self.scores else []
        if faults - unfinished:
            notes.append(counted(faults - unfinished, "fault"))
        if unfinished:
            notes.append(f"{unfinished} unfinished")
        mean = "-" if self.mean is None else f"{self.mean:.3f}"
        return f"{mean} ({', '.join(notes)})"

    def add(self, result: Result) -> None:
        """Count one more trial."""
        if result.word is not None:
            self.faults[result.word] = self.faults.get(result.word, 0) + 1
        else:
            self.scores.append(result.score)
            if result.baseline is not None:
                self.baselines.append(result.baseline)
        self.unpriced += result.unpriced
        if result.cost_usd is not None:
            self.cost_usd = result.cost_usd + (self.cost_usd or 0.0)


@dataclass(slots=True)
class Matrix:
    """Entries by backend and target, in the order in which they were met."""

    entries: dict[tuple[str, str], Entry] = field(default_factory=dict)
    """By labels of backend and target."""
    cells: int = 0
    """How many cells."""
    causes: dict[tuple[Cause, str], int] = field(default_factory=dict)
    """Cells without a plain result, by cause and backend."""
    owners: dict[str, str] = field(default_factory=dict)
    """The target that each label was first used for."""

    def add(self, record: CellRecord) -> tuple[str, str]:
        """Count one more cell and return the labels of its backend and target."""
        return self.add_result(Result.of(record))

    def add_result(self, result: Result) -> tuple[str, str]:
        """Count one more cell and return the labels of its backend and target."""
        owner = self.owners.setdefault(result.target, result.target_id)
        # Another target of the same name must not be averaged with the first.
        shared = owner not in ("", result.target_id) and result.target_id != ""
        label = f"{result.target} ({result.target_id})" if shared else result.target
        key = (result.backend, label)
        self.entries.setdefault(key, Entry()).add(result)
        self.cells += 1
        if result.cause is not None:
            place = (result.cause, result.backend)
            self.causes[place] = self.causes.get(place, 0) + 1
        return key

    @property
    def backends(self) -> list[str]:
        """Labels of the backends."""
        return list(dict.fromkeys(backend for backend, _ in self.entries))

    @property
    def targets(self) -> list[str]:
        """Labels of the targets."""
        return list(dict.fromkeys(target for _, target in self.entries))

    @property
    def faults(self) -> dict[str, int]:
        """What does not count, by why, over all entries."""
        total: dict[str, int] = {}
        for entry in self.entries.values():
            for word, count in entry.faults.items():
                total[word] = total.get(word, 0) + count
        return dict(sorted(total.items()))

    @property
    def cost_usd(self) -> float | None:
        """Dollars, where known."""
        costs = [entry.cost_usd for entry in self.entries.values() if entry.cost_usd is not None]
        return sum(costs) if costs else None

    def table(self) -> Table:
        """Return targets as rows and backends as columns, for people.

        The other way round where that is too wide, as it is with many models.
        """
        backends, targets = self.backends, self.targets
        usual = Table(
            (Column("target", "target"), *(Column(name, name) for name in backends)),
            tuple(
                (target, *(self._text(backend, target) for backend in backends))
                for target in targets
            ),
        )
        turned = Table(
            (Column("backend", "backend"), *(Column(name, name) for name in targets)),
            tuple(
                (backend, *(self._text(backend, target) for target in targets))
                for backend in backends
            ),
        )
        return usual if usual.width <= max(WIDEST, turned.width) else turned

    def causes_table(self) -> Table:
        """Return why cells have no plain result, for each backend."""
        return causes_table(self.causes)

    def long_table(self) -> Table:
        """Return one row for each entry, for programs."""
        return Table(
            _LONG_COLUMNS,
            tuple(
                _long_row(backend, target, each) for (backend, target), each in self.entries.items()
            ),
        )

    def sentence(self) -> str:
        """Return how many cells there are, what does not count, and the cost."""
        parts = [counted(self.cells, "cell")]
        faults = self.faults
        if faults:
            words = ", ".join(f"{word} {count}" for word, count in faults.items())
            parts.append(f"{sum(faults.values())} not counted: {words}")
        if self.cost_usd is not None:
            parts.append(f"${self.cost_usd:,.4f}")
        unpriced = sum(entry.unpriced for entry in self.entries.values())
        if unpriced:
            parts.append(f"cost of {counted(unpriced, 'cell')} unknown")
        return "; ".join(parts)

    def _text(self, backend: str, target: str) -> str | None:
        entry = self.entries.get((backend, target))
        return None if entry is None else entry.text()


def build(records: Iterable[CellRecord]) -> Matrix:
    """Count all ``records``, one at a time."""
    matrix = Matrix()
    for record in records:
        matrix.add(record)
    return matrix


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: ``1 cell``, ``2 cells``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


WIDEST = 100
"""Columns of a terminal that a matrix should fit."""

_LONG_COLUMNS = (
    Column("backend", "backend"),
    Column("target", "target"),
    Column("n", "n", Kind.COUNT),
    Column("score_baseline", "before", Kind.SCORE),
    Column("score_mean", "mean", Kind.SCORE),
    Column("score_deviation", "deviation", Kind.SCORE),
    Column("score_min", "lowest", Kind.SCORE),
    Column("score_max", "highest", Kind.SCORE),
    Column("faults", "faults", Kind.COUNT),
    Column("cost_usd", "cost", Kind.DOLLARS),
)


def _long_row(backend: str, target: str, entry: Entry) -> tuple[Value, ...]:
    return (
        backend,
        target,
        len(entry.scores),
        statistics.fmean(entry.baselines) if entry.baselines else None,
        entry.mean,
        entry.deviation,
        min(entry.scores, default=None),
        max(entry.scores, default=None),
        sum(entry.faults.values()),
        entry.cost_usd,
    )
